//! The reference of both interfaces, `/docs`: drawn from the documents that programs get.

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;

use super::frame::Frame;
use super::respond;
use super::visitor::Visitor;
use crate::web::describe::reference::{Group, Reference, SocketReference};
use crate::web::describe::{self, PROBLEMS};
use crate::web::state::AppState;

/// The fields are told in `views/docs.hbs`.
#[derive(Serialize)]
struct Content {
    groups: &'static [Group],
    sockets: &'static [SocketReference],
    problems: &'static [Value],
}

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::of(describe::openapi(), describe::asyncapi()));
static ALL_PROBLEMS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let told = PROBLEMS.iter();
    told.map(|problem| {
        serde_json::json!({ "status": problem.status, "code": problem.code, "meaning": problem.meaning })
    })
    .collect()
});

pub(super) async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let frame = Frame::new(&visitor, "", visitor.language.say("title-docs"));
    let content = Content {
        groups: &REFERENCE.groups,
        sockets: &REFERENCE.sockets,
        problems: &ALL_PROBLEMS,
    };
    respond(&state, StatusCode::OK, "docs", &frame, &content)
}
