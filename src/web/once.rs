//! The `Idempotency-Key` header: a request that is sent again is answered as the first time.

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError};
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::error::ApiError;
use super::guard::limits;
use super::state::AppState;
use super::{body, carts, messages, orders, products};
use crate::domain::error::ValidationError;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::members::Members;
use crate::store::{Effect, KeyedRequest, Once, Reply, StoreError};

const KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// How the header is described.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it only describes what is read below")]
pub(super) struct KeyHeader {
    /// Makes the request safe to repeat for 24 hours: the first answer comes again, with
    /// `Idempotent-Replayed: true`. Draw a new one for each thing that is to happen once.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]([ -~]*[!-~])?$",
        example = "0f8fad5b-d9cb-469f-a165-70867728950e"
    )]
    key: Option<String>,
}

/// The body of a request that may have a key.
#[derive(Debug)]
pub(super) struct OnceBody {
    key: Option<IdempotencyKey>,
    members: Result<Members, ApiError>,
}

impl FromRequest for OnceBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let kind = body::kind_of(&request)?;
            let bytes = body::collect(&kind, payload).await?;
            let key = key_of(&request, &bytes)?;
            if key.is_some() {
                limits::admit_key(&request)?;
            }
            Ok(Self {
                key,
                members: body::members(&kind, &bytes),
            })
        })
    }
}

/// The key, for this method, path, query and body.
fn key_of(request: &HttpRequest, body: &[u8]) -> Result<Option<IdempotencyKey>, ValidationError> {
    let mut lines = request.headers().get_all(KEY);
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    let text = line.to_str().map_err(|_| ValidationError::IdempotencyKey)?;
    if lines.next().is_some() {
        return Err(ValidationError::IdempotencyKey);
    }
    let (method, path) = (request.method().as_str(), request.path());
    let content = [request.query_string().as_bytes(), body];
    IdempotencyKey::parse(text, method, path, &content).map(Some)
}

impl OnceBody {
    /// Does what the members ask for, and answers it; under a key once. A cart is shown with the
    /// status `success`; everything else has a status of its own.
    pub(super) async fn answer(
        self,
        state: &AppState,
        request: impl FnOnce(Members) -> Result<KeyedRequest, ApiError>,
        success: StatusCode,
    ) -> Result<HttpResponse, ApiError> {
        let request = self.members.and_then(request);
        let Some(key) = self.key else {
            let effect = state.shop.perform(request?).await?;
            return Ok(respond(&effect, success));
        };
        let reply = match request {
            Ok(request) => {
                let once = Once {
                    key,
                    request,
                    answer: Arc::new(move |outcome| kept(outcome, success)),
                };
                state.shop.perform_once(once).await.map_err(ApiError::from)
            }
            Err(refusal) => Err(refusal),
        };
        let reply = match reply {
            Err(refusal) if refusal.is_answer() => {
                let answer = Kept::of(refusal.error_response()).bytes();
                state.shop.keep_answer(key, answer).await?
            }
            reply => reply?,
        };
        match reply {
            Reply::First(answer) => Kept::read(&answer)?.response(),
            Reply::Replayed(answer) => {
                let mut response = Kept::read(&answer)?.response()?;
                let headers = response.headers_mut();
                headers.insert(REPLAYED, HeaderValue::from_static("true"));
                Ok(response)
            }
        }
    }
}

fn respond(effect: &Effect, success: StatusCode) -> HttpResponse {
    match effect {
        Effect::Product(product) => products::created(product),
        Effect::Cart(cart) => carts::answer(success, cart),
        Effect::Purchase(purchased) => orders::bought(purchased),
        Effect::Message(message) => messages::appended(message),
    }
}

fn kept(outcome: Result<Effect, StoreError>, success: StatusCode) -> Vec<u8> {
    let response = match outcome {
        Ok(effect) => respond(&effect, success),
        Err(refusal) => ApiError::from(refusal).error_response(),
    };
    Kept::of(response).bytes()
}

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Kept {
    fn of(response: HttpResponse) -> Self {
        let status = response.status().as_u16();
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.to_string(), value.to_str().ok()?.to_owned()))
        };
        let headers = response.headers().iter().filter_map(header).collect();
        let body = response.into_body().try_into_bytes().unwrap_or_default();
        Self {
            status,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and a number always serialise")
    }

    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        let kept = serde_json::from_slice(bytes);
        kept.map_err(|error| StoreError::Internal(error.into()).into())
    }

    fn response(self) -> Result<HttpResponse, ApiError> {
        let broken = |error| ApiError::from(StoreError::Internal(error));
        let status =
            StatusCode::from_u16(self.status).map_err(|error| broken(Box::new(error).into()))?;
        let mut response = HttpResponse::build(status);
        for header in self.headers {
            response.insert_header(header);
        }
        Ok(response.body(self.body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_whole() {
        let answer = HttpResponse::Created()
            .insert_header(("ETag", "\"1\""))
            .json(["ñ"]);
        let kept = Kept::of(answer).bytes();
        let response = Kept::read(&kept)
            .and_then(Kept::response)
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers().get("etag").unwrap(), "\"1\"");
        let kind = response.headers().get("content-type").unwrap();
        assert_eq!(kind, "application/json");
        let body = response.into_body().try_into_bytes().expect("bytes");
        assert_eq!(body, "[\"ñ\"]");
    }

    #[test]
    fn what_is_no_kept_answer_is_a_failure() {
        assert!(Kept::read(b"{}").is_err());
    }
}
