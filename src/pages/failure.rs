//! The page of a failed request.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use super::layout::Layout;
use super::respond;
use super::visitor::Visitor;
use crate::domain::refusal::{Refusal, Resource};
use crate::http::error::ApiError;
use crate::store::StoreError;

/// Fields: see `views/error.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorPage {
    status: u16,
    heading: String,
    text: String,
    detail: Option<String>,
    retry_url: Option<String>,
}

/// The page, or the page of its failure.
pub(super) fn or_page(visitor: &Visitor, page: Result<HttpResponse, ApiError>) -> HttpResponse {
    page.unwrap_or_else(|error| self::page(visitor, &error))
}

/// The page that shows what went wrong and where to continue.
pub(super) fn page(visitor: &Visitor, error: &ApiError) -> HttpResponse {
    error.log();
    let status = error.status_code();
    let kind = kind(error, status);
    let language = visitor.language;
    let heading = language.translate(&format!("error-{kind}-heading"));
    let can_retry = matches!(kind, "unavailable" | "too-many" | "internal");
    let content = ErrorPage {
        status: status.as_u16(),
        text: language.translate(&format!("error-{kind}-text")),
        detail: detail(error),
        retry_url: can_retry.then(|| visitor.path.clone()),
        heading: heading.clone(),
    };
    let layout = Layout::new(visitor, "", heading);
    let mut response = respond(status, "error", &layout, &content);
    if let Some(seconds) = error.retry_after() {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// The precise error, for invalid input.
fn detail(error: &ApiError) -> Option<String> {
    match error {
        ApiError::Invalid(invalid) => Some(invalid.to_string()),
        _ => None,
    }
}

fn kind(error: &ApiError, status: StatusCode) -> &'static str {
    match error {
        ApiError::Store(StoreError::Refused(Refusal::NotFound(Resource::Product))) => {
            "product-missing"
        }
        ApiError::Store(StoreError::Refused(Refusal::NotFound(Resource::Cart))) => "cart-missing",
        ApiError::Store(StoreError::Refused(Refusal::NotFound(Resource::Order))) => "order-missing",
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
