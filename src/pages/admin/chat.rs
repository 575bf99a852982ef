//! The chat's messages and mutes, for moderators.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::guard::AdminGuard;
use super::{AdminShell, ignore_missing, redirect};
use crate::domain::chat_message::ChatMessage;
use crate::domain::error::ValidationError;
use crate::domain::ids::ChatMessageId;
use crate::domain::mute::Mute;
use crate::http::error::ApiError;
use crate::http::path::{Id, IdResult};
use crate::http::query::QueryString;
use crate::http::state::AppState;
use crate::i18n::Language;
use crate::pages::visitor::Visitor;
use crate::pages::{failure, format};

/// Messages on a page.
const LIMIT: u32 = 50;
/// Muted people on a page.
const MUTES: usize = 200;

/// Fields: see `views/admin/chat.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AdminChatPage {
    messages: Vec<MessageModel>,
    older_url: Option<String>,
    newest_url: Option<&'static str>,
    mutes: Vec<MuteModel>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MuteModel {
    user: String,
    until: String,
    until_text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageModel {
    user: String,
    text: String,
    datetime: String,
    moment_text: String,
    delete_url: String,
}

pub(super) async fn list(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let page = render(&request, &state, &visitor).await;
    failure::or_page(&visitor, page)
}

async fn render(
    request: &HttpRequest,
    state: &AppState,
    visitor: &Visitor,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let before = string
        .integer("before")
        .map_err(|error| ValidationError::Query(vec![error]))?;
    let history = state.shop.history(before, LIMIT).await?;
    let mutes = state.shop.mutes().await?;
    let oldest = history.messages.first().filter(|_| history.has_more);
    let content = AdminChatPage {
        older_url: oldest.map(|message| format!("/admin/chat?before={}", message.seq)),
        newest_url: before.map(|_| "/admin/chat"),
        mutes: mutes
            .iter()
            .take(MUTES)
            .map(|mute| muted(mute, visitor.language))
            .collect(),
        messages: history
            .messages
            .iter()
            .rev()
            .map(|message| model(message, visitor.language))
            .collect(),
    };
    let shell = AdminShell::new(state, visitor, "chat").with_done(request.query_string());
    Ok(shell.respond("admin/chat", &content))
}

fn muted(mute: &Mute, language: Language) -> MuteModel {
    MuteModel {
        user: mute.user.as_str().to_owned(),
        until: mute.until.to_string(),
        until_text: format::moment(language, mute.until),
    }
}

fn model(message: &ChatMessage, language: Language) -> MessageModel {
    MessageModel {
        user: message.user.clone(),
        text: message.text.clone(),
        datetime: message.datetime.to_string(),
        moment_text: format::moment(language, message.datetime),
        delete_url: format!("/admin/chat/{}/delete", message.id),
    }
}

/// `POST /admin/chat/:mid/delete`.
pub(super) async fn delete(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
    id: IdResult<ChatMessageId>,
) -> HttpResponse {
    let deleted = async {
        let Id(id) = id?;
        ignore_missing(state.shop.delete_message(id).await)?;
        Ok("/admin/chat?done=removed".to_owned())
    };
    redirect(&request, &state, deleted.await).await
}
