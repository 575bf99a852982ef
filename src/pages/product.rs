//! A product, `/products/:pid`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::layout::{Layout, Notice};
use super::live::SOCKET;
use super::product_model::{ImageModel, ProductModel, images};
use super::visitor::Visitor;
use super::{failure, respond};
use crate::domain::ids::ProductId;
use crate::domain::refusal::{Refusal, Resource};
use crate::http::catalogue::CatalogueReader;
use crate::http::error::ApiError;
use crate::http::path::{Id, IdResult};
use crate::http::state::AppState;

/// Fields: see `views/product.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductPageModel<'a> {
    product: ProductModel,
    images: Vec<ImageModel>,
    category_url: String,
    quantity: &'a str,
    quantity_max: i64,
    in_cart: i64,
    error: Option<&'a str>,
    socket: &'static str,
    cursor: &'a str,
}

/// A refused form, which is shown again.
pub(super) struct RefusedForm<'a> {
    pub(super) status: StatusCode,
    pub(super) quantity: &'a str,
    pub(super) reason: &'a str,
}

pub(super) async fn show(
    request: HttpRequest,
    state: Data<AppState>,
    catalogue: CatalogueReader,
    id: IdResult<ProductId>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let page = match id {
        Ok(Id(id)) => render(&catalogue, &visitor, id, None).await,
        Err(error) => Err(error),
    };
    failure::or_page(&visitor, page)
}

pub(super) async fn render(
    catalogue: &CatalogueReader,
    visitor: &Visitor,
    id: ProductId,
    refused: Option<&RefusedForm<'_>>,
) -> Result<HttpResponse, ApiError> {
    let catalogue = catalogue.current().await?;
    let entry = catalogue.entry(id);
    let product = entry.ok_or(Refusal::NotFound(Resource::Product))?.product();
    let lines = visitor.cart.iter().flat_map(|cart| &cart.lines);
    let category = [("category", product.category.as_str())];
    let content = ProductPageModel {
        images: images(product),
        category_url: format!(
            "/?{}",
            serde_urlencoded::to_string(category).unwrap_or_default()
        ),
        quantity: refused.map_or("1", |refused| refused.quantity),
        quantity_max: product.available().max(1),
        in_cart: lines
            .filter(|line| line.product.id == id)
            .map(|line| line.quantity)
            .sum(),
        error: refused.map(|refused| refused.reason),
        socket: SOCKET,
        cursor: catalogue.position().as_str(),
        product: ProductModel::new(product, visitor.language).above_the_fold(),
    };
    let stale = Notice::if_stale(catalogue.is_stale, visitor);
    let layout = Layout::new(visitor, "catalogue", product.title.clone()).with_notice(stale);
    let status = refused.map_or(StatusCode::OK, |refused| refused.status);
    Ok(respond(status, "product", &layout, &content))
}
