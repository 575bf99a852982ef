//! Live figures of the server, `/admin/figures`.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::AdminShell;
use super::guard::AdminGuard;
use crate::http::state::AppState;
use crate::pages::visitor::Visitor;

const FIGURES: &str = "/api/figures";

/// Fields: see `views/admin/figures.hbs`.
#[derive(Serialize)]
struct FiguresPage {
    figures: &'static str,
}

pub(super) async fn show(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let content = FiguresPage { figures: FIGURES };
    AdminShell::new(&state, &visitor, "figures").respond("admin/figures", &content)
}
