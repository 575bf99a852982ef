//! Reads the fields of a request body: JSON or form.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use bytes::BytesMut;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};

use crate::domain::body_fields::{BodyFields, BodyFormat};
use crate::domain::error::ValidationError;
use crate::http::error::{ApiError, size};

/// Largest body of JSON, in bytes.
const MAX_JSON: usize = 64 << 10;
/// Largest form: percent-encoding may write a byte as three.
const MAX_FORM: usize = 3 * MAX_JSON;
const READ_TIMEOUT: Duration = Duration::from_secs(10);

const UNSUPPORTED: ApiError = ApiError::UnsupportedMediaType {
    supported: "application/json or application/x-www-form-urlencoded",
};

/// The fields of a body; none if it is empty.
#[derive(Debug)]
pub(crate) struct Body(pub(crate) BodyFields);

/// The media type of a body.
pub(crate) enum Kind {
    Json,
    Form,
    /// No `Content-Type`, which is right for an empty body.
    Unknown,
}

impl Kind {
    fn max_bytes(&self) -> usize {
        match self {
            Self::Form => MAX_FORM,
            Self::Json | Self::Unknown => MAX_JSON,
        }
    }
}

impl FromRequest for Body {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = kind_of(request);
        let payload = payload.take();
        Box::pin(async move {
            let kind = kind?;
            fields(&kind, &collect(&kind, payload).await?).map(Self)
        })
    }
}

/// The fields in the bytes of a body.
pub(crate) fn fields(kind: &Kind, bytes: &[u8]) -> Result<BodyFields, ApiError> {
    match kind {
        _ if bytes.is_empty() => Ok(BodyFields::new(Map::new(), BodyFormat::Json)),
        Kind::Json => Ok(BodyFields::new(json_fields(bytes)?, BodyFormat::Json)),
        Kind::Form => Ok(BodyFields::new(form_fields(bytes)?, BodyFormat::Form)),
        Kind::Unknown => Err(UNSUPPORTED),
    }
}

pub(crate) fn kind_of(request: &HttpRequest) -> Result<Kind, ApiError> {
    if !request.headers().contains_key(header::CONTENT_TYPE) {
        return Ok(Kind::Unknown);
    }
    match request.content_type() {
        kind if kind.eq_ignore_ascii_case("application/json") => Ok(Kind::Json),
        kind if kind.to_ascii_lowercase().ends_with("+json") => Ok(Kind::Json),
        kind if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") => Ok(Kind::Form),
        _ => Err(UNSUPPORTED),
    }
}

/// The whole body, within the limits of size and time.
pub(crate) async fn collect(kind: &Kind, payload: Payload) -> Result<BytesMut, ApiError> {
    tokio::time::timeout(READ_TIMEOUT, read(payload, kind.max_bytes()))
        .await
        .map_err(|_| ApiError::BodyTimeout)?
}

async fn read(mut payload: Payload, max_bytes: usize) -> Result<BytesMut, ApiError> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ValidationError::BadBody)?;
        if bytes.len() + chunk.len() > max_bytes {
            let limit = size(max_bytes);
            return Err(ApiError::TooLarge {
                what: "body",
                limit,
            });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn json_fields(bytes: &[u8]) -> Result<Map<String, Value>, ValidationError> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(ValidationError::BadJson("expected a JSON object".into())),
        Err(error) => Err(ValidationError::BadJson(error.to_string())),
    }
}

/// A repeated field becomes an array.
fn form_fields(bytes: &[u8]) -> Result<Map<String, Value>, ValidationError> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_bytes(bytes).map_err(|_| ValidationError::BadBody)?;
    let mut fields = Map::new();
    for (name, value) in pairs {
        let value = Value::String(value);
        match fields.get_mut(&name) {
            None => {
                fields.insert(name, value);
            }
            Some(Value::Array(list)) => list.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Ok(fields)
}
