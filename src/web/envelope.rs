//! The success answers of the API.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

/// `{"status", "message"?, "payload"?}`.
#[derive(Serialize)]
struct Envelope<T> {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<T>,
}

/// An answer with a payload.
pub(super) fn payload<T: Serialize>(status: StatusCode, payload: T) -> HttpResponse {
    HttpResponse::build(status).json(Envelope {
        status: status.as_u16(),
        message: None,
        payload: Some(payload),
    })
}

/// An answer that says only what was done.
pub(super) fn done(message: &'static str) -> HttpResponse {
    HttpResponse::Ok().json(Envelope::<()> {
        status: StatusCode::OK.as_u16(),
        message: Some(message),
        payload: None,
    })
}
