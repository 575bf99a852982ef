//! One product, `/products/:pid`.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::frame::Frame;
use super::live::SOCKET;
use super::product_model::{ImageModel, ProductModel, images};
use super::visitor::Visitor;
use super::{failure, respond};
use crate::domain::ids::ProductId;
use crate::web::error::ApiError;
use crate::web::products::product_id;
use crate::web::state::AppState;

/// The fields are told in `views/product.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
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

/// What a refused form shows again.
pub(super) struct Refused<'a> {
    pub(super) status: StatusCode,
    pub(super) quantity: &'a str,
    pub(super) reason: &'a str,
}

pub(super) async fn show(
    request: HttpRequest,
    state: Data<AppState>,
    pid: Path<String>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let drawn = match product_id(&pid) {
        Ok(id) => draw(&state, &visitor, id, None).await,
        Err(error) => Err(error.into()),
    };
    failure::or_page(&state, &visitor, drawn)
}

pub(super) async fn draw(
    state: &AppState,
    visitor: &Visitor,
    id: ProductId,
    refused: Option<&Refused<'_>>,
) -> Result<HttpResponse, ApiError> {
    // Before the read, so that whatever changes after the read is told by the stream.
    let cursor = state.shop.heads().products.get().cursor;
    let product = state.shop.product(id).await?;
    let lines = visitor.cart.iter().flat_map(|cart| &cart.lines);
    let category = [("category", product.category.as_str())];
    let content = Content {
        images: images(&product),
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
        cursor: cursor.as_str(),
        product: ProductModel::new(&product, visitor.language).above_the_fold(),
    };
    let frame = Frame::new(visitor, "catalogue", product.title.clone());
    let status = refused.map_or(StatusCode::OK, |refused| refused.status);
    Ok(respond(state, status, "product", &frame, &content))
}
