//! Products that somebody should mend.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use fluent_templates::fluent_bundle::FluentValue;
use serde::Serialize;

use super::Around;
use super::visit::AdminVisit;
use crate::domain::broken::{BrokenProduct, Fault};
use crate::text::{Arguments, Language};
use crate::web::error::ApiError;
use crate::web::pages::failure;
use crate::web::pages::visitor::Visitor;
use crate::web::state::AppState;

/// Products on the page.
const LIMIT: u32 = 200;

/// The fields are told in `views/admin/attention.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    products: Vec<Model>,
    has_more: bool,
}

#[derive(Serialize)]
struct Model {
    id: String,
    title: String,
    code: String,
    url: String,
    faults: Vec<String>,
}

pub(super) async fn list(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let drawn = draw(&state, &visitor).await;
    failure::or_page(&state, &visitor, drawn)
}

async fn draw(state: &AppState, visitor: &Visitor) -> Result<HttpResponse, ApiError> {
    let broken = state.shop.broken_products(LIMIT).await?;
    let products = broken.products.iter();
    let content = Content {
        products: products.map(|one| model(one, visitor.language)).collect(),
        has_more: broken.has_more,
    };
    Ok(Around::new(state, visitor, "attention").respond("admin/attention", &content))
}

fn model(broken: &BrokenProduct, language: Language) -> Model {
    let product = &broken.product;
    Model {
        id: product.id.to_string(),
        title: product.title.clone(),
        code: product.code.clone(),
        url: format!("/admin/products/{}?mend=1", product.id),
        faults: broken
            .faults
            .iter()
            .map(|fault| say(*fault, language))
            .collect(),
    }
}

fn say(fault: Fault, language: Language) -> String {
    let Fault::Unreadable(field) = fault else {
        return language.say("admin-fault-shared");
    };
    let field = FluentValue::from(language.say(&format!("admin-field-{field}")));
    language.say_with("admin-fault", &Arguments::from([("field".into(), field)]))
}
