//! Products with invalid stored data, `/admin/attention`.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use fluent_templates::fluent_bundle::FluentValue;
use serde::Serialize;

use super::AdminShell;
use super::guard::AdminGuard;
use crate::domain::invalid_product::{InvalidProduct, ProductIssue};
use crate::http::catalogue::CatalogueReader;
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::i18n::{Arguments, Language};
use crate::pages::failure;
use crate::pages::visitor::Visitor;

/// Products on the page.
const LIMIT: usize = 200;

/// Fields: see `views/admin/invalid_products.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InvalidProductsPage {
    products: Vec<InvalidProductModel>,
    has_more: bool,
}

#[derive(Serialize)]
struct InvalidProductModel {
    id: String,
    title: String,
    code: String,
    url: String,
    faults: Vec<String>,
}

pub(super) async fn list(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
    catalogue: CatalogueReader,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let page = render(&state, &catalogue, &visitor).await;
    failure::or_page(&visitor, page)
}

async fn render(
    state: &AppState,
    catalogue: &CatalogueReader,
    visitor: &Visitor,
) -> Result<HttpResponse, ApiError> {
    let catalogue = catalogue.current().await?;
    let invalid = catalogue.invalid_products(LIMIT);
    let products = invalid.products.iter();
    let content = InvalidProductsPage {
        products: products
            .map(|product| model(product, visitor.language))
            .collect(),
        has_more: invalid.has_more,
    };
    let shell = AdminShell::new(state, visitor, "invalid").with_stale(catalogue.is_stale);
    Ok(shell.respond("admin/invalid_products", &content))
}

fn model(invalid: &InvalidProduct, language: Language) -> InvalidProductModel {
    let product = &invalid.product;
    InvalidProductModel {
        id: product.id.to_string(),
        title: product.title.clone(),
        code: product.code.clone(),
        url: format!("/admin/products/{}?fix=1", product.id),
        faults: invalid
            .faults
            .iter()
            .map(|fault| issue_text(*fault, language))
            .collect(),
    }
}

fn issue_text(fault: ProductIssue, language: Language) -> String {
    let ProductIssue::Unreadable(field) = fault else {
        return language.translate("admin-fault-shared");
    };
    let field = FluentValue::from(language.translate(&format!("field-{field}")));
    language.translate_with("admin-fault", &Arguments::from([("field".into(), field)]))
}
