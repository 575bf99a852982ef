//! Every way in which a request fails, and the response that it gets.

mod code;
mod detail;
mod response;

use std::borrow::Cow;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::Method;

use super::problem::ProblemCode;
use crate::domain::error::ValidationError;
use crate::domain::refusal::Refusal;
use crate::domain::timestamp::Timestamp;
use crate::domain::unavailable_line::UnavailableLine;
use crate::images::ImageError;
use crate::shop::{ImportSummary, ShopError};
use crate::store::StoreError;
use crate::telemetry::request;

pub(crate) use self::detail::size;
pub(crate) use self::response::Problem;

/// Seconds after which a client may retry when the store was unavailable.
pub(crate) const RETRY_AFTER: u64 = 2;

/// Why a request failed. Clients get the messages as `detail`, except those of the store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the {what} is too large (limit {limit})")]
    TooLarge { what: &'static str, limit: String },
    #[error("unsupported media type: use {supported}")]
    UnsupportedMediaType { supported: &'static str },
    #[error("Content-Encoding is not supported")]
    EncodedBody,
    #[error("timed out reading the body")]
    BodyTimeout,
    #[error("not found")]
    NoRoute,
    #[error("method {method} not allowed; use {allowed}")]
    MethodNotAllowed {
        method: Method,
        allowed: Cow<'static, str>,
    },
    #[error("WebSocket upgrade required (version 13)")]
    UpgradeRequired,
    #[error("Sec-WebSocket-Key must be 16 bytes in base64")]
    BadWebsocketKey,
    #[error("a WebSocket handshake must not have a body")]
    HandshakeWithBody,
    #[error("exactly one Host header is required")]
    BadHost,
    #[error("admin token required: send `Authorization: Bearer …`")]
    Unauthorized,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("this address is muted until {until}")]
    Muted { until: Timestamp },
    #[error("{what}: retry in {} s", whole_seconds(*wait))]
    TooManyRequests { what: &'static str, wait: Duration },
    #[error("too many open sockets from this address (limit {limit})")]
    TooManySockets { limit: u32, wait: Duration },
    #[error("internal error")]
    Panicked,
    #[error("another import is running: retry when it has finished")]
    ImportRunning,
    #[error("the server is shutting down: send the rows again later")]
    Stopping,
    /// An import that ended early. The rows of the summary are stored.
    #[error("{cause}. {summary}")]
    ImportCut {
        cause: Box<ApiError>,
        summary: ImportSummary,
    },
}

impl ApiError {
    /// The status and the stable code.
    pub(crate) fn problem(&self) -> ProblemCode {
        code::of(self)
    }

    /// The most that a refused line can hold.
    pub(crate) fn available(&self) -> Option<i64> {
        match self {
            Self::Store(StoreError::Refused(Refusal::InsufficientStock { available, .. })) => {
                Some(*available)
            }
            _ => match self.unavailable_lines() {
                [line] => Some(line.available),
                _ => None,
            },
        }
    }

    /// The lines of a cart that cannot be bought as they are.
    fn unavailable_lines(&self) -> &[UnavailableLine] {
        match self {
            Self::Store(StoreError::Refused(Refusal::LinesShort { lines })) => lines,
            _ => &[],
        }
    }

    /// Seconds after which a client may retry, where that helps.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyRequests { wait, .. } | Self::TooManySockets { wait, .. } => {
                Some(whole_seconds(*wait))
            }
            _ => (self.problem() == ProblemCode::Unavailable).then_some(RETRY_AFTER),
        }
    }

    /// Logs the failure. Called once, where the response is made.
    pub(crate) fn log(&self) {
        let failure = match self {
            Self::Store(error) => error.failure(),
            _ => None,
        };
        let code = self.problem().code();
        request::note_refusal(code, failure);
        match self {
            Self::Store(error @ (StoreError::Unavailable(_) | StoreError::Internal(_))) => {
                log::error!("{error}");
            }
            Self::Panicked => log::error!("handler panicked, request aborted"),
            Self::ImportCut { cause, summary } => {
                log::warn!("import ended early: {summary}");
                cause.log();
            }
            _ => log::debug!("refused: {code}"),
        }
    }
}

/// Rounded up, and at least one.
fn whole_seconds(wait: Duration) -> u64 {
    let begun = u64::from(wait.subsec_nanos() > 0);
    (wait.as_secs() + begun).max(1)
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Store(refusal.into())
    }
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

/// Responds to a known path with a method that it does not support.
pub(crate) async fn no_method(
    request: HttpRequest,
    allowed: Cow<'static, str>,
) -> Result<HttpResponse, ApiError> {
    Err(ApiError::MethodNotAllowed {
        method: request.method().clone(),
        allowed,
    })
}
