//! What the running server does, as it does it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::Around;
use super::visit::AdminVisit;
use crate::web::pages::visitor::Visitor;
use crate::web::state::AppState;

/// Where the figures are read.
const FIGURES: &str = "/api/figures";

/// The fields are told in `views/admin/figures.hbs`.
#[derive(Serialize)]
struct Content {
    figures: &'static str,
}

pub(super) async fn show(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let content = Content { figures: FIGURES };
    Around::new(&state, &visitor, "figures").respond("admin/figures", &content)
}
