//! `/api/messages`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::idempotency::IdempotentBody;
use super::operation::{CHAT, Operation, RequestBody, Success, of, payload_of};
use super::parameters::{Count, QueryErrors};
use crate::domain::chat_message::{NEW_MESSAGE, NewChatMessage};
use crate::domain::command::{Command, Outcome};
use crate::domain::field_spec::{FieldKind, FieldSpec, Literal};
use crate::domain::ids::ChatMessageId;
use crate::http::envelope::{Done, done, payload};
use crate::http::error::ApiError;
use crate::http::guard::admin::Admin;
use crate::http::path::{Id, PathId};
use crate::http::problem::ProblemCode::Muted;
use crate::http::query::QueryString;
use crate::http::state::AppState;
use crate::protocol::chat_message_view::ChatMessageView;
use crate::protocol::client_frame::{DEFAULT_HISTORY, MAX_HISTORY};

/// A part of the chat's history.
#[derive(Serialize, ToSchema)]
#[schema(as = History)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryResponse<'a> {
    /// The status of the response.
    #[schema(example = 200)]
    status: u16,
    /// The messages, the newest last.
    #[schema(max_items = 100)]
    payload: Vec<ChatMessageView<'a>>,
    /// Whether older messages exist.
    has_more: bool,
}

const LIMIT: Count = Count {
    name: "limit",
    default: DEFAULT_HISTORY,
    max: MAX_HISTORY,
    description: "The maximum number of messages.",
};
const BEFORE: FieldSpec = FieldSpec::optional(
    "before",
    FieldKind::Integer {
        min: i64::MIN,
        max: i64::MAX,
    },
    "Only messages before this `seq`.",
)
.example(Literal::Integer(17));

pub(super) const HISTORY: Operation = Operation {
    query: &[LIMIT.spec(), BEFORE],
    responses: &[Success::json(
        200,
        "The newest messages before `before`",
        of::<HistoryResponse<'_>>,
    )],
    ..Operation::new("listMessages", CHAT, "Read the chat")
};

pub(crate) async fn history(
    request: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let mut errors = QueryErrors::default();
    let limit = errors.keep(LIMIT.read(&string));
    let before = errors.keep(string.integer(BEFORE.name));
    let (limit, before) = errors.finish(limit.zip(before))?;
    let history = state.shop.history(before, limit).await?;
    Ok(HttpResponse::Ok().json(HistoryResponse {
        status: StatusCode::OK.as_u16(),
        payload: history.messages.iter().map(Into::into).collect(),
        has_more: history.has_more,
    }))
}

pub(super) const APPEND: Operation = Operation {
    body: Some(RequestBody::Fields(&NEW_MESSAGE)),
    responses: &[
        Success::json(201, "The stored message", payload_of::<ChatMessageView<'_>>)
            .links(&ChatMessageId::PARAMETER),
    ],
    has_key: true,
    problems: &[Muted],
    ..Operation::new("createMessage", CHAT, "Write in the chat")
};

pub(crate) async fn append(
    state: Data<AppState>,
    body: IdempotentBody,
) -> Result<HttpResponse, ApiError> {
    let command = |fields| Ok(Command::AppendMessage(NewChatMessage::read(fields)?));
    body.execute(&state, command, appended).await
}

fn appended(outcome: Outcome) -> Option<HttpResponse> {
    let message = outcome.message()?.message;
    Some(payload(
        StatusCode::CREATED,
        ChatMessageView::from(&message),
    ))
}

pub(super) const DELETE: Operation = Operation {
    responses: &[Success::json(
        200,
        "The message is deleted; its `seq` is not reused",
        of::<Done>,
    )],
    is_admin: true,
    ..Operation::new("deleteMessage", CHAT, "Delete a message")
};

pub(crate) async fn delete(
    _: Admin,
    state: Data<AppState>,
    Id(id): Id<ChatMessageId>,
) -> Result<HttpResponse, ApiError> {
    state.shop.delete_message(id).await?;
    Ok(done("message deleted"))
}
