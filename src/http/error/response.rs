//! The response to a failed request: a problem document (RFC 9457).

use std::borrow::Cow;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiError, detail};
use crate::domain::cart::cart_full;
use crate::domain::error::FieldError;
use crate::domain::refusal::Refusal;
use crate::http::problem::ProblemCode;
use crate::protocol::unavailable_line_view::UnavailableLineView;
use crate::store::StoreError;

/// Most bad fields that are listed: a body could have thousands, and the response may be saved.
const MAX_FIELDS: usize = 100;

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(crate) struct Problem<'a> {
    /// Always `about:blank`; use `code`.
    r#type: &'a str,
    /// The status in words.
    title: &'a str,
    /// The status of the response.
    status: u16,
    /// A sentence for people; it may change.
    detail: &'a str,
    /// Equal to `detail`.
    message: &'a str,
    /// The kind of failure; it never changes.
    code: &'a str,
    /// The invalid fields or parameters; at most the first hundred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<ProblemField<'a>>,
    /// With `insufficient_stock`: the most that the line can hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    available: Option<i64>,
    /// With `insufficient_stock` of a purchase: every unavailable line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    lines: Vec<UnavailableLineView>,
}

/// An invalid field or parameter.
#[derive(Serialize, ToSchema)]
struct ProblemField<'a> {
    /// Its name as the client sent it, with an index for members of lists: `products[2].quantity`.
    field: &'a str,
    /// The error, as the end of the sentence "`field` …".
    reason: &'a str,
}

impl<'a> From<&'a FieldError> for ProblemField<'a> {
    fn from(error: &'a FieldError) -> Self {
        Self {
            field: &error.field,
            reason: &error.reason,
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.problem().status()
    }

    fn error_response(&self) -> HttpResponse {
        self.respond(None)
    }
}

/// A problem for the script of a page.
#[derive(Serialize)]
struct PageProblem<'a> {
    #[serde(flatten)]
    problem: Problem<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

impl ApiError {
    /// The response to the script of a page, with a sentence in the language of the page.
    pub(crate) fn page_response(&self, text: &str) -> HttpResponse {
        self.respond(Some(text))
    }

    fn respond(&self, text: Option<&str>) -> HttpResponse {
        self.log();
        let mut response = HttpResponse::build(self.status_code());
        self.add_headers(&mut response);
        response
            .content_type("application/problem+json")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            // The guard adds it to the responses that pass it; its own refusals do not.
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(self.document(text))
    }

    fn document(&self, text: Option<&str>) -> Vec<u8> {
        let code = self.problem();
        let detail = detail::of(self);
        let fields = self.field_errors();
        let lines = self.unavailable_lines().iter();
        let problem = Problem {
            r#type: "about:blank",
            title: code.status().canonical_reason().unwrap_or("Error"),
            status: code.status().as_u16(),
            detail: &detail,
            message: &detail,
            code: code.code(),
            errors: fields
                .iter()
                .take(MAX_FIELDS)
                .map(ProblemField::from)
                .collect(),
            available: self.available(),
            lines: lines.map(UnavailableLineView::from).collect(),
        };
        let document = PageProblem { problem, text };
        serde_json::to_vec(&document).expect("strings and numbers always serialise")
    }

    fn field_errors(&self) -> Cow<'_, [FieldError]> {
        match self {
            Self::Invalid(invalid) => invalid.fields().into(),
            Self::Store(StoreError::Refused(Refusal::CartFull)) => vec![cart_full()].into(),
            _ => [].as_slice().into(),
        }
    }

    fn add_headers(&self, response: &mut HttpResponseBuilder) {
        if let Some(seconds) = self.retry_after() {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if let Self::MethodNotAllowed { allowed, .. } = self {
            response.insert_header((header::ALLOW, &**allowed));
        }
        match self.problem() {
            ProblemCode::Unauthorized => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            ProblemCode::UpgradeRequired => {
                response.insert_header((header::UPGRADE, "websocket"));
                response.insert_header((header::SEC_WEBSOCKET_VERSION, "13"));
                response.force_close();
            }
            // The client may have sent anything after it.
            ProblemCode::BadHandshake => {
                response.force_close();
            }
            _ => {}
        }
    }
}
