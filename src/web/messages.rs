//! `/api/messages`.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::envelope::{Done, Payload, done, payload};
use super::error::ApiError;
use super::guard::admin::Admin;
use super::once::{KeyHeader, OnceBody};
use super::product_query::QueryString;
use super::state::AppState;
use crate::domain::chat_message::{Appended, NewChatMessage};
use crate::domain::error::ValidationError;
use crate::domain::field::Field;
use crate::domain::members::Members;
use crate::protocol::chat_message_view::ChatMessageView;
use crate::protocol::client_frame::{DEFAULT_HISTORY, MAX_HISTORY};
use crate::store::{KeyedRequest, Noun, StoreError};

/// A part of the chat's history.
#[derive(Serialize, ToSchema)]
#[schema(as = History)]
#[serde(rename_all = "camelCase")]
pub(super) struct HistoryAnswer<'a> {
    /// The status of the answer.
    #[schema(example = 200)]
    status: u16,
    /// Messages, the newest last.
    #[schema(max_items = 100)]
    payload: Vec<ChatMessageView<'a>>,
    /// Whether there are older ones.
    has_more: bool,
}

/// How the parameters of the history are described.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what `history` reads")]
pub(super) struct HistoryParameters {
    /// Messages in the answer.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// Only those before this `seq`.
    #[param(minimum = -9_223_372_036_854_775_808_i64, maximum = 9_223_372_036_854_775_807_i64, example = 17)]
    before: Option<i64>,
}

/// What somebody says.
#[derive(ToSchema)]
#[schema(as = NewChatMessage)]
#[expect(dead_code, reason = "it only describes what `append` reads")]
pub(super) struct NewMessageBody {
    /// The author's address.
    #[schema(max_length = 254, pattern = "{{email}}", example = "ana@example.com")]
    user: String,
    /// What is said, not white space alone; `text` is another name of it.
    #[schema(
        min_length = 1,
        max_length = 2_000,
        pattern = "{{visible}}",
        example = "Is the blue one still there?"
    )]
    message: String,
}

/// Read the chat
#[utoipa::path(
    get, path = "/api/messages", operation_id = "listMessages", tag = "Chat",
    params(HistoryParameters),
    responses((status = 200, description = "The newest messages before that place", body = HistoryAnswer<'_>)),
    extensions(("x-problems" = json!(["invalid_query"]))),
)]
pub(super) async fn history(
    request: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let limit = string.number("limit", DEFAULT_HISTORY, MAX_HISTORY);
    let before = string.whole("before");
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

/// Write in the chat
#[utoipa::path(
    post, path = "/api/messages", operation_id = "createMessage", tag = "Chat",
    params(KeyHeader), request_body = NewMessageBody,
    responses((status = 201, description = "The stored message", body = Payload<ChatMessageView<'_>>)),
    extensions(("x-problems" = json!(["validation", "unknown_field", "muted"]))),
)]
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

/// Delete a message
#[utoipa::path(
    delete, path = "/api/messages/{mid}", operation_id = "deleteMessage", tag = "Chat", security(("admin" = [])),
    responses((status = 200, description = "Its text is gone, its `seq` stays unused", body = Done)),
    extensions(("x-problems" = json!(["not_found"]))),
)]
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
