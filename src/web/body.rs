//! Reads the members of a request's body, JSON or form.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use bytes::BytesMut;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};

use super::error::ApiError;
use crate::domain::members::{Members, Origin};

/// Largest body of JSON, in bytes.
const MAX_JSON: usize = 64 << 10;
/// Largest form: it may spell each byte with three.
const MAX_FORM: usize = 3 * MAX_JSON;
/// How long a body may take to arrive.
const MAX_TIME: Duration = Duration::from_secs(10);

/// The members of a body; none for an empty one.
#[derive(Debug)]
pub(super) struct Body(pub(super) Members);

/// What a body says that it is.
pub(super) enum Kind {
    Json,
    Form,
    /// Nothing says what it is, which is right for no body at all.
    Unsaid,
}

impl Kind {
    fn max_bytes(&self) -> usize {
        match self {
            Self::Form => MAX_FORM,
            Self::Json | Self::Unsaid => MAX_JSON,
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
            members(&kind, &collect(&kind, payload).await?).map(Self)
        })
    }
}

/// The members that a body's bytes hold.
pub(super) fn members(kind: &Kind, bytes: &[u8]) -> Result<Members, ApiError> {
    match kind {
        _ if bytes.is_empty() => Ok(Members::new(Map::new(), Origin::Json)),
        Kind::Json => Ok(Members::new(json_members(bytes)?, Origin::Json)),
        Kind::Form => Ok(Members::new(form_members(bytes)?, Origin::Form)),
        Kind::Unsaid => Err(ApiError::UnsupportedMediaType),
    }
}

/// What a body says that it is.
pub(super) fn kind_of(request: &HttpRequest) -> Result<Kind, ApiError> {
    if !request.headers().contains_key(header::CONTENT_TYPE) {
        return Ok(Kind::Unsaid);
    }
    match request.content_type() {
        kind if kind.eq_ignore_ascii_case("application/json") => Ok(Kind::Json),
        kind if kind.to_ascii_lowercase().ends_with("+json") => Ok(Kind::Json),
        kind if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") => Ok(Kind::Form),
        _ => Err(ApiError::UnsupportedMediaType),
    }
}

/// The whole body, within its bounds of size and time.
pub(super) async fn collect(kind: &Kind, payload: Payload) -> Result<BytesMut, ApiError> {
    tokio::time::timeout(MAX_TIME, gather(payload, kind.max_bytes()))
        .await
        .map_err(|_| ApiError::BodyTimeout)?
}

async fn gather(mut payload: Payload, max_bytes: usize) -> Result<BytesMut, ApiError> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::BadBody)?;
        if bytes.len() + chunk.len() > max_bytes {
            return Err(ApiError::BodyTooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn json_members(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(ApiError::BadJson("an object is needed".into())),
        Err(error) => Err(ApiError::BadJson(error.to_string())),
    }
}

/// A field that stands several times becomes a list.
fn form_members(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_bytes(bytes).map_err(|_| ApiError::BadBody)?;
    let mut members = Map::new();
    for (name, text) in pairs {
        let text = Value::String(text);
        match members.get_mut(&name) {
            None => {
                members.insert(name, text);
            }
            Some(Value::Array(list)) => list.push(text),
            Some(first) => *first = Value::Array(vec![first.take(), text]),
        }
    }
    Ok(members)
}
