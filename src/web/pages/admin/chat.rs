//! What was said in the chat, for whoever moderates it.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::visit::AdminVisit;
use super::{Around, answer, gone};
use crate::domain::chat_message::ChatMessage;
use crate::domain::error::ValidationError;
use crate::domain::mute::Mute;
use crate::store::{Noun, StoreError};
use crate::text::Language;
use crate::web::error::ApiError;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::{failure, words};
use crate::web::product_query::QueryString;
use crate::web::state::AppState;

/// Messages on a page.
const LIMIT: u32 = 50;
/// Muted people on a page.
const MUTES: usize = 200;

/// The fields are told in `views/admin/chat.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
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
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let drawn = draw(&request, &state, &visitor).await;
    failure::or_page(&state, &visitor, drawn)
}

async fn draw(
    request: &HttpRequest,
    state: &AppState,
    visitor: &Visitor,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let before = string
        .whole("before")
        .map_err(|error| ValidationError::Query(vec![error]))?;
    let history = state.shop.history(before, LIMIT).await?;
    let mutes = state.shop.mutes().await?;
    let oldest = history.messages.first().filter(|_| history.has_more);
    let content = Content {
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
    let around = Around::new(state, visitor, "chat").after(request.query_string());
    Ok(around.respond("admin/chat", &content))
}

fn muted(mute: &Mute, language: Language) -> MuteModel {
    MuteModel {
        user: mute.user.as_str().to_owned(),
        until: mute.until.to_string(),
        until_text: words::moment(language, mute.until),
    }
}

fn model(message: &ChatMessage, language: Language) -> MessageModel {
    MessageModel {
        user: message.user.clone(),
        text: message.text.clone(),
        datetime: message.datetime.to_string(),
        moment_text: words::moment(language, message.datetime),
        delete_url: format!("/admin/chat/{}/delete", message.id),
    }
}

/// `POST /admin/chat/:mid/delete`.
pub(super) async fn delete(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
    mid: Path<String>,
) -> HttpResponse {
    let deleted = async {
        let id = mid
            .parse()
            .map_err(|_| StoreError::NotFound(Noun::Message))?;
        gone(state.shop.delete_message(id).await)?;
        Ok("/admin/chat?done=removed".to_owned())
    };
    answer(&request, &state, deleted.await).await
}
