//! The `Idempotency-Key` header: a repeated request gets the response of the first one.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;

use crate::domain::body_fields::BodyFields;
use crate::domain::command::{Command, Conclusion, Outcome};
use crate::domain::error::ValidationError;
use crate::domain::field_spec::{FieldKind, FieldSpec, Literal};
use crate::domain::idempotency::{IdempotencyKey, MAX_KEY};
use crate::http::body;
use crate::http::error::ApiError;
use crate::http::guard::admission;
use crate::http::state::AppState;
use crate::store::{Cause, Saved, StoreError};

const KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The header for the documents.
pub(crate) const KEY_PARAMETER: FieldSpec = FieldSpec::optional(
    "Idempotency-Key",
    FieldKind::Text {
        length: Some((1, MAX_KEY)),
        pattern: Some("^[!-~]([ -~]*[!-~])?$"),
    },
    "Makes the request safe to repeat for 24 hours: a repetition gets the first response, with \
        `Idempotent-Replayed: true`. Use a new random key for each intended effect.",
)
.example(Literal::Text("0f8fad5b-d9cb-469f-a165-70867728950e"));

/// The body of a request that may have a key.
#[derive(Debug)]
pub(crate) struct IdempotentBody {
    key: Option<IdempotencyKey>,
    fields: Result<BodyFields, ApiError>,
}

impl FromRequest for IdempotentBody {
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
                admission::admit_key(&request)?;
            }
            Ok(Self {
                key,
                fields: body::fields(&kind, &bytes),
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

impl IdempotentBody {
    /// Executes the command that the fields ask for, under a key once, and renders its outcome.
    pub(crate) async fn execute(
        self,
        state: &AppState,
        command: impl FnOnce(BodyFields) -> Result<Command, ApiError>,
        render: impl Fn(Outcome) -> Option<HttpResponse>,
    ) -> Result<HttpResponse, ApiError> {
        let render = |outcome| render(outcome).ok_or_else(|| internal("unexpected outcome".into()));
        let command = self.fields.and_then(command);
        let Some(key) = self.key else {
            let outcome = state.shop.execute(command?).await?;
            return render(outcome);
        };
        let executed = match command {
            Ok(command) => state.shop.execute_once(command, key).await?,
            Err(error) => {
                let conclusion = match error {
                    ApiError::Invalid(invalid) => Conclusion::Invalid(invalid),
                    ApiError::Store(StoreError::Refused(refusal)) => Conclusion::Refused(refusal),
                    other => return Err(other),
                };
                state.shop.save_conclusion(key, conclusion).await?
            }
        };
        let mut response = match executed.saved {
            Saved::Conclusion(conclusion) => match *conclusion {
                Conclusion::Done(outcome) => render(outcome)?,
                Conclusion::Refused(refusal) => ApiError::from(refusal).error_response(),
                Conclusion::Invalid(invalid) => ApiError::from(invalid).error_response(),
            },
            Saved::Response(bytes) => SavedResponse::read(&bytes)?.response()?,
        };
        if executed.replayed {
            let headers = response.headers_mut();
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        Ok(response)
    }
}

/// A response as version 0.1 saved it under a key.
#[derive(Deserialize)]
struct SavedResponse {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl SavedResponse {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        serde_json::from_slice(bytes).map_err(|error| internal(error.into()))
    }

    fn response(self) -> Result<HttpResponse, ApiError> {
        let status = StatusCode::from_u16(self.status);
        let status = status.map_err(|error| internal(error.into()))?;
        let mut response = HttpResponse::build(status);
        for header in self.headers {
            response.insert_header(header);
        }
        Ok(response.body(self.body))
    }
}

fn internal(cause: Cause) -> ApiError {
    StoreError::Internal(cause).into()
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;

    use super::*;

    #[test]
    fn responses_saved_by_version_0_1_are_replayed_whole() {
        let saved = r#"{"status":201,"headers":[["etag","\"1\""],["content-type","application/json"]],"body":"[\"ñ\"]"}"#;
        let response = SavedResponse::read(saved.as_bytes())
            .and_then(SavedResponse::response)
            .expect("a response");
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers().get("etag").unwrap(), "\"1\"");
        let kind = response.headers().get("content-type").unwrap();
        assert_eq!(kind, "application/json");
        let body = response.into_body().try_into_bytes().expect("bytes");
        assert_eq!(body, "[\"ñ\"]");
    }

    #[test]
    fn other_saved_bytes_are_a_failure() {
        assert!(SavedResponse::read(b"{}").is_err());
    }
}
