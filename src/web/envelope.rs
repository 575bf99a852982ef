//! The success answers of the API.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// A success that has something to show.
#[derive(Serialize, ToSchema)]
pub(super) struct Payload<T> {
    /// The status of the answer.
    #[schema(example = 200)]
    status: u16,
    payload: T,
}

/// A success that says only what was done.
#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    /// The status of the answer.
    #[schema(example = 200)]
    status: u16,
    /// What was done.
    message: &'static str,
}

/// An answer with a payload.
pub(super) fn payload<T: Serialize>(status: StatusCode, payload: T) -> HttpResponse {
    HttpResponse::build(status).json(Payload {
        status: status.as_u16(),
        payload,
    })
}

/// An answer that says only what was done.
pub(super) fn done(message: &'static str) -> HttpResponse {
    HttpResponse::Ok().json(Done {
        status: StatusCode::OK.as_u16(),
        message,
    })
}
