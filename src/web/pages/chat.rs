//! The chat, `/chat`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::frame::Frame;
use super::respond;
use super::visitor::Visitor;
use crate::web::state::AppState;

/// The fields are told in `views/chat.hbs`.
#[derive(Serialize)]
struct Content {
    socket: &'static str,
}

pub(super) async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let frame = Frame::new(&visitor, "chat", visitor.language.say("title-chat"));
    let content = Content { socket: "/ws/chat" };
    respond(&state, StatusCode::OK, "chat", &frame, &content)
}
