//! The API reference, `/docs`, made from the OpenAPI and AsyncAPI documents.

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::{Value, json};

use super::layout::Layout;
use super::respond;
use super::visitor::Visitor;
use crate::api::openapi;
use crate::api::openapi::reference::{Group, Reference, SocketReference};
use crate::http::problem::ProblemCode;
use crate::http::state::AppState;

/// Fields: see `views/docs.hbs`.
#[derive(Serialize)]
struct DocsPage {
    groups: &'static [Group],
    sockets: &'static [SocketReference],
    problems: &'static [Value],
}

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::of(openapi::openapi(), openapi::asyncapi()));
static PROBLEMS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let problem = |problem: &ProblemCode| {
        let status = problem.status().as_u16();
        json!({ "status": status, "code": problem.code(), "meaning": problem.meaning() })
    };
    ProblemCode::ALL.iter().map(problem).collect()
});

pub(super) async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let layout = Layout::new(&visitor, "", visitor.language.translate("title-docs"));
    let content = DocsPage {
        groups: &REFERENCE.groups,
        sockets: &REFERENCE.sockets,
        problems: &PROBLEMS,
    };
    respond(StatusCode::OK, "docs", &layout, &content)
}
