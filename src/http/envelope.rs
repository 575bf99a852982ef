//! The JSON envelope of successful responses.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// A success with content.
#[derive(Serialize, ToSchema)]
pub(crate) struct Payload<T> {
    /// The status of the response.
    #[schema(example = 200)]
    status: u16,
    payload: T,
}

/// A success without content.
#[derive(Serialize, ToSchema)]
pub(crate) struct Done {
    /// The status of the response.
    #[schema(example = 200)]
    status: u16,
    /// The result, for people.
    message: &'static str,
}

pub(crate) fn payload<T: Serialize>(status: StatusCode, payload: T) -> HttpResponse {
    HttpResponse::build(status).json(Payload {
        status: status.as_u16(),
        payload,
    })
}

pub(crate) fn done(message: &'static str) -> HttpResponse {
    HttpResponse::Ok().json(Done {
        status: StatusCode::OK.as_u16(),
        message,
    })
}
