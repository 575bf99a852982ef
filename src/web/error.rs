//! The one map from what went wrong to what a client is told: status, stable code, words.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::orders::LineLeftView;
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::purchase::LineLeft;
use crate::domain::timestamp::Timestamp;
use crate::images::ImageError;
use crate::shop::{ShopError, Tally};
use crate::store::{Noun, StoreError};
use crate::telemetry::request;

/// Seconds after which a client may try again when the store was not there.
pub(super) const RETRY_AFTER: u64 = 2;

/// Every way in which a request fails.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the body is not valid JSON: {0}")]
    BadJson(String),
    #[error("the body is not what its content type says")]
    BadBody,
    #[error("the body is larger than 64 KiB of JSON, or 192 KiB of a form")]
    BodyTooLarge,
    #[error("send JSON (application/json) or a form (application/x-www-form-urlencoded)")]
    UnsupportedMediaType,
    #[error("the upload is larger than what is taken at once")]
    UploadTooLarge,
    #[error("the body did not arrive in time")]
    BodyTimeout,
    #[error("there is nothing at this address")]
    NoRoute,
    #[error("this address does not take {method}, only {allowed}")]
    MethodNotAllowed {
        method: Method,
        allowed: &'static str,
    },
    #[error("connect with a websocket (version 13)")]
    UpgradeRequired,
    #[error("the key of the websocket handshake is not 16 bytes in base64")]
    BadWebsocketKey,
    #[error("the websocket handshake has a body")]
    HandshakeWithBody,
    #[error("this is the admin's: send the admin token as `Authorization: Bearer …`")]
    Unauthorized,
    #[error("this address may not write in the chat until {until}")]
    Muted { until: Timestamp },
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("{what}: try again in {} s", wait_seconds(*wait))]
    TooManyRequests { what: &'static str, wait: Duration },
    #[error("this address has {most} sockets open, which is as many as it may")]
    TooManySockets { most: u32, wait: Duration },
    #[error("send the body as it is, without Content-Encoding")]
    EncodedBody,
    #[error("a request has exactly one Host line")]
    BadHost,
    #[error("something went wrong in the shop")]
    Panicked,
    #[error("send rows as text/csv or application/x-ndjson")]
    UnsupportedRows,
    #[error("another import is under way: try again when it is done")]
    ImportRunning,
    #[error("the server stops: send the rows again when it is back")]
    Stopping,
    /// What ended an import before its end, and how far it had come: that stays.
    #[error("{cause}. {tally}")]
    ImportCut { cause: Box<ApiError>, tally: Tally },
}

/// What the API promises never to change: a word and a status.
struct Outcome {
    status: StatusCode,
    code: &'static str,
}

impl ApiError {
    /// The stable word.
    pub(super) fn code(&self) -> &'static str {
        self.outcome().code
    }

    /// The most that a refused line could hold.
    pub(super) fn available(&self) -> Option<i64> {
        match self {
            Self::Store(StoreError::InsufficientStock { available, .. }) => Some(*available),
            Self::Store(StoreError::LinesShort { lines }) => match &lines[..] {
                [line] => Some(line.available),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the same request would be refused again as long as nobody changes anything: such a
    /// refusal answers a request under an idempotency key for good.
    pub(super) fn is_answer(&self) -> bool {
        let is_final = match self {
            Self::Store(store) => store.is_final(),
            _ => true,
        };
        let status = self.outcome().status.as_u16();
        is_final && matches!(status, 400 | 404 | 409 | 412)
    }

    /// Seconds after which a client may try again, where that helps.
    pub(super) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyRequests { wait, .. } | Self::TooManySockets { wait, .. } => {
                Some(wait_seconds(*wait))
            }
            _ => (self.outcome().status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER),
        }
    }

    /// Every line of a cart that cannot be had.
    fn short_lines(&self) -> &[LineLeft] {
        match self {
            Self::Store(StoreError::LinesShort { lines }) => lines,
            _ => &[],
        }
    }

    fn outcome(&self) -> Outcome {
        let (status, code) = match self {
            Self::Invalid(invalid) => return invalid_outcome(invalid),
            Self::Store(store) => return store_outcome(store),
            Self::BadJson(_) => (StatusCode::BAD_REQUEST, "bad_json"),
            Self::BadBody => (StatusCode::BAD_REQUEST, "bad_body"),
            Self::BodyTooLarge | Self::UploadTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too_large")
            }
            Self::UnsupportedMediaType | Self::EncodedBody => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")
            }
            Self::TooManyRequests { .. } | Self::TooManySockets { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "rate_limited")
            }
            Self::BodyTimeout => (StatusCode::REQUEST_TIMEOUT, "timeout"),
            Self::NoRoute => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed { .. } => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::UpgradeRequired => (StatusCode::UPGRADE_REQUIRED, "upgrade_required"),
            Self::BadWebsocketKey | Self::HandshakeWithBody => {
                (StatusCode::BAD_REQUEST, "bad_handshake")
            }
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::Muted { .. } => (StatusCode::FORBIDDEN, "muted"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::BadHost => (StatusCode::BAD_REQUEST, "bad_host"),
            Self::Panicked => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Self::UnsupportedRows => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            Self::ImportRunning => (StatusCode::CONFLICT, "import_running"),
            Self::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::ImportCut { cause, .. } => return cause.outcome(),
        };
        Outcome { status, code }
    }

    /// A sentence for the client; what a driver said stays in the log.
    fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::Store(store) => store_detail(store),
            Self::ImportCut { cause, tally } => format!("{}. {tally}", cause.detail()).into(),
            other => other.to_string().into(),
        }
    }

    fn field_errors(&self) -> Cow<'_, [FieldError]> {
        match self {
            Self::Invalid(invalid) => invalid.fields().into(),
            Self::Store(StoreError::CartFull) => vec![crate::domain::cart::cart_full()].into(),
            _ => [].as_slice().into(),
        }
    }

    /// Logs a failure; called once, where it is answered.
    pub(super) fn log(&self) {
        let failure = match self {
            Self::Store(error) => error.failure(),
            _ => None,
        };
        request::note_refusal(self.code(), failure);
        match self {
            Self::Store(error @ (StoreError::Unavailable(_) | StoreError::Internal(_))) => {
                log::error!("{error}");
            }
            Self::Panicked => log::error!("a request was given up: its handler panicked"),
            Self::ImportCut { cause, tally } => {
                log::warn!("an import ended early. {tally}");
                cause.log();
            }
            _ => log::debug!("refused: {}", self.code()),
        }
    }
}

/// Whole seconds, one at least.
fn wait_seconds(wait: Duration) -> u64 {
    let begun = u64::from(wait.subsec_nanos() > 0);
    (wait.as_secs() + begun).max(1)
}

fn invalid_outcome(invalid: &ValidationError) -> Outcome {
    let (status, code) = match invalid {
        ValidationError::Fields(_) => (StatusCode::BAD_REQUEST, "validation"),
        ValidationError::UnknownFields(_) => (StatusCode::BAD_REQUEST, "unknown_field"),
        ValidationError::Query(_) => (StatusCode::BAD_REQUEST, "invalid_query"),
        ValidationError::IdempotencyKey => (StatusCode::BAD_REQUEST, "invalid_idempotency_key"),
        ValidationError::UnreadableFile { .. } => (StatusCode::BAD_REQUEST, "unreadable_file"),
        ValidationError::MissingFile => (StatusCode::BAD_REQUEST, "missing_file"),
        ValidationError::UnsupportedImage { .. } => {
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_image")
        }
        ValidationError::ImageTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
    };
    Outcome { status, code }
}

fn store_outcome(store: &StoreError) -> Outcome {
    let (status, code) = match store {
        StoreError::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
        StoreError::DuplicateCode => (StatusCode::CONFLICT, "duplicate_code"),
        StoreError::VersionMismatch { .. } => (StatusCode::PRECONDITION_FAILED, "version_mismatch"),
        StoreError::NotForSale { .. } => (StatusCode::CONFLICT, "not_for_sale"),
        StoreError::InsufficientStock { .. } | StoreError::LinesShort { .. } => {
            (StatusCode::CONFLICT, "insufficient_stock")
        }
        StoreError::EmptyCart => (StatusCode::BAD_REQUEST, "empty_cart"),
        StoreError::PriceChanged { .. } => (StatusCode::CONFLICT, "price_changed"),
        StoreError::CartFull | StoreError::TooManyThumbnails => {
            (StatusCode::BAD_REQUEST, "validation")
        }
        StoreError::IdempotencyMismatch => {
            (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_mismatch")
        }
        StoreError::KeysExhausted | StoreError::Unavailable(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        }
        StoreError::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    };
    Outcome { status, code }
}

fn store_detail(store: &StoreError) -> Cow<'static, str> {
    match store {
        StoreError::NotFound(noun) => match noun {
            Noun::Product => "there is no such product",
            Noun::Thumbnail => "the product has no such image",
            Noun::Cart => "there is no such cart",
            Noun::CartLine => "the cart does not hold this product",
            Noun::Message => "there is no such message",
            Noun::Order => "there is no such order",
            Noun::Mute => "this address is not muted",
        }
        .into(),
        StoreError::DuplicateCode => "another product has this code".into(),
        StoreError::VersionMismatch { current } => {
            format!("the product was changed meanwhile: it has version {current}").into()
        }
        StoreError::NotForSale { product } => format!("product {product} is not for sale").into(),
        StoreError::InsufficientStock { product, available } => {
            format!("there are not enough of product {product}: {available} available").into()
        }
        StoreError::LinesShort { lines } => short_detail(lines).into(),
        StoreError::EmptyCart => "the cart is empty".into(),
        StoreError::PriceChanged { total } => {
            format!("prices changed: the cart costs {total} now").into()
        }
        StoreError::CartFull => "the cart has as many lines as it can".into(),
        StoreError::TooManyThumbnails => "a product has at most 20 images".into(),
        StoreError::IdempotencyMismatch => {
            "this Idempotency-Key was used for another request: draw a new one".into()
        }
        StoreError::KeysExhausted => {
            "too many idempotency keys are in use: try again later, or without one".into()
        }
        StoreError::Unavailable(_) => "the shop cannot reach its data now: try again".into(),
        StoreError::Internal(_) => "something went wrong in the shop; nothing was changed".into(),
    }
}

fn short_detail(lines: &[LineLeft]) -> String {
    let line = |line: &LineLeft| {
        let LineLeft {
            product,
            quantity,
            available,
        } = line;
        format!("{quantity} of product {product} are wanted, {available} available")
    };
    let lines: Vec<_> = lines.iter().map(line).collect();
    format!("there are not enough: {}", lines.join("; "))
}

impl From<ShopError> for ApiError {
    fn from(error: ShopError) -> Self {
        match error {
            ShopError::Invalid(invalid) => Self::Invalid(invalid),
            ShopError::Store(store) => Self::Store(store),
            ShopError::Muted { until } => Self::Muted { until },
        }
    }
}

impl From<ImageError> for ApiError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Invalid(invalid) => Self::Invalid(invalid),
            ImageError::Io(io) => Self::Store(StoreError::Unavailable(Box::new(io))),
        }
    }
}

/// Bad fields that are told: a body could name thousands, and its answer may be kept.
const MAX_TOLD: usize = 100;

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(super) struct Problem<'a> {
    /// Always `about:blank`: `code` tells what happened.
    r#type: &'a str,
    /// The status in words.
    title: &'a str,
    /// The status of the answer.
    status: u16,
    /// A sentence for people; it may change.
    detail: &'a str,
    /// The same as `detail`.
    message: &'a str,
    /// What happened, in a word that never changes.
    code: &'a str,
    /// The fields or parameters that are to blame; of more than a hundred the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<ProblemField<'a>>,
    /// With `insufficient_stock`: the most that the line can hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    available: Option<i64>,
    /// With `insufficient_stock` of a purchase: every line that cannot be had.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    lines: Vec<LineLeftView>,
}

/// A field or parameter that is to blame.
#[derive(Serialize, ToSchema)]
struct ProblemField<'a> {
    /// Its name as the client sent it, with an index for members of lists: `products[2].quantity`.
    field: &'a str,
    /// What is wrong, as the end of the sentence "`field` …".
    reason: &'a str,
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.outcome().status
    }

    /// Logs the failure, once: this is where it is handled.
    fn error_response(&self) -> HttpResponse {
        self.log();
        let Outcome { status, code } = self.outcome();
        let detail = self.detail();
        let fields = self.field_errors();
        let problem = Problem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: &detail,
            message: &detail,
            code,
            errors: fields
                .iter()
                .take(MAX_TOLD)
                .map(|error| ProblemField {
                    field: &error.field,
                    reason: &error.reason,
                })
                .collect(),
            available: self.available(),
            lines: self.short_lines().iter().map(LineLeftView::from).collect(),
        };
        let mut response = HttpResponse::build(status);
        if let Some(seconds) = self.retry_after() {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if let Self::MethodNotAllowed { allowed, .. } = self {
            response.insert_header((header::ALLOW, *allowed));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if status == StatusCode::UPGRADE_REQUIRED {
            response.insert_header((header::UPGRADE, "websocket"));
            response.insert_header((header::SEC_WEBSOCKET_VERSION, "13"));
        }
        if matches!(code, "upgrade_required" | "bad_handshake") {
            // Whatever the client took the connection for, it is not used again.
            response.force_close();
        }
        let body = serde_json::to_vec(&problem)
            .expect("a problem holds only strings and numbers, which always serialise");
        response
            .content_type("application/problem+json")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            // Said here too: what the guard refuses does not pass it on the way back.
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(body)
    }
}

/// Whatever no route takes: a page for browsers, a problem document for programs.
pub(super) async fn no_route(request: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    if super::pages::wants_page(&request) {
        return Ok(super::pages::no_such_page(&request).await);
    }
    Err(ApiError::NoRoute.into())
}

/// A known address with a method that it does not take.
pub(super) async fn no_method(
    request: HttpRequest,
    allowed: &'static str,
) -> Result<HttpResponse, ApiError> {
    Err(ApiError::MethodNotAllowed {
        method: request.method().clone(),
        allowed,
    })
}
