//! The page of what cannot be shown.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use super::frame::Frame;
use super::respond;
use super::visitor::Visitor;
use crate::store::{Noun, StoreError};
use crate::web::error::ApiError;
use crate::web::state::AppState;

/// The fields are told in `views/error.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    status: u16,
    heading: String,
    text: String,
    detail: Option<String>,
    retry_url: Option<String>,
}

/// What a page is worth, or the page that says why there is none.
pub(super) fn or_page(
    state: &AppState,
    visitor: &Visitor,
    result: Result<HttpResponse, ApiError>,
) -> HttpResponse {
    result.unwrap_or_else(|error| page(state, visitor, &error))
}

/// The page that says what went wrong and where to go on.
pub(super) fn page(state: &AppState, visitor: &Visitor, error: &ApiError) -> HttpResponse {
    error.log();
    let status = error.status_code();
    let kind = kind(error, status);
    let language = visitor.language;
    let heading = language.say(&format!("error-{kind}-heading"));
    let again = matches!(kind, "unavailable" | "too-many" | "internal");
    let content = Content {
        status: status.as_u16(),
        text: language.say(&format!("error-{kind}-text")),
        detail: precise(error),
        retry_url: again.then(|| visitor.path.clone()),
        heading: heading.clone(),
    };
    let frame = Frame::new(visitor, "", heading);
    let mut response = respond(state, status, "error", &frame, &content);
    if let Some(seconds) = error.retry_after() {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// What exactly was wrong, where a visitor typed it.
fn precise(error: &ApiError) -> Option<String> {
    match error {
        ApiError::Invalid(invalid) => Some(invalid.to_string()),
        _ => None,
    }
}

fn kind(error: &ApiError, status: StatusCode) -> &'static str {
    match error {
        ApiError::Store(StoreError::NotFound(Noun::Product)) => "product-missing",
        ApiError::Store(StoreError::NotFound(Noun::Cart)) => "cart-missing",
        ApiError::Store(StoreError::NotFound(Noun::Order)) => "order-missing",
        _ => match status {
            StatusCode::NOT_FOUND => "page-missing",
            StatusCode::FORBIDDEN => "forbidden",
            StatusCode::CONFLICT => "conflict",
            StatusCode::PAYLOAD_TOO_LARGE => "too-large",
            StatusCode::TOO_MANY_REQUESTS => "too-many",
            StatusCode::SERVICE_UNAVAILABLE => "unavailable",
            StatusCode::INTERNAL_SERVER_ERROR => "internal",
            _ => "bad-request",
        },
    }
}
