//! The chat, `/chat`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::layout::Layout;
use super::respond;
use super::visitor::Visitor;
use crate::http::state::AppState;

/// Fields: see `views/chat.hbs`.
#[derive(Serialize)]
struct ChatPage {
    socket: &'static str,
}

pub(super) async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let layout = Layout::new(&visitor, "chat", visitor.language.translate("title-chat"));
    let content = ChatPage { socket: "/ws/chat" };
    respond(StatusCode::OK, "chat", &layout, &content)
}
