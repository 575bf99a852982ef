//! `/api/messages`.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::envelope::{done, payload};
use super::error::ApiError;
use super::guard::admin::Admin;
use super::once::OnceBody;
use super::product_query::QueryString;
use super::state::AppState;
use crate::domain::chat_message::{Appended, NewChatMessage};
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::field::Field;
use crate::domain::members::Members;
use crate::protocol::chat_message_view::ChatMessageView;
use crate::protocol::client_frame::{DEFAULT_HISTORY, MAX_HISTORY};
use crate::store::{KeyedRequest, Noun, StoreError};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HistoryAnswer<'a> {
    status: u16,
    payload: Vec<ChatMessageView<'a>>,
    has_more: bool,
}

pub(super) async fn history(
    request: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let limit = string.number("limit", DEFAULT_HISTORY, MAX_HISTORY);
    let before = string.get("before").map(str::parse::<i64>).transpose();
    let before = before.map_err(|_| FieldError::new("before", "must be a whole number"));
    let (limit, before) = match (limit, before) {
        (Ok(limit), Ok(before)) => (limit, before),
        (limit, before) => {
            let errors = limit.err().into_iter().chain(before.err());
            return Err(ValidationError::Query(errors.collect()).into());
        }
    };
    let history = state.shop.history(before, limit).await?;
    Ok(HttpResponse::Ok().json(HistoryAnswer {
        status: StatusCode::OK.as_u16(),
        payload: history.messages.iter().map(Into::into).collect(),
        has_more: history.has_more,
    }))
}

pub(super) async fn append(
    state: Data<AppState>,
    body: OnceBody,
) -> Result<HttpResponse, ApiError> {
    let request = |members: Members| {
        let mut members = members.only(&["user", "message", "text"])?;
        // The class examples of the original application call it `text`.
        let message = match (members.text("message"), members.text("text")) {
            (Field::Missing, text) => text,
            (message, _) => message,
        };
        let new = NewChatMessage::parse(members.text("user"), message)?;
        Ok(KeyedRequest::AppendMessage(new))
    };
    body.answer(&state, request, StatusCode::CREATED).await
}

/// The answer that shows a new message.
pub(super) fn appended(appended: &Appended) -> HttpResponse {
    payload(
        StatusCode::CREATED,
        ChatMessageView::from(&appended.message),
    )
}

pub(super) async fn delete(
    _: Admin,
    state: Data<AppState>,
    mid: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = mid
        .parse()
        .map_err(|_| StoreError::NotFound(Noun::Message))?;
    state.shop.delete_message(id).await?;
    Ok(done("message deleted"))
}
