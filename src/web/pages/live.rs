//! The live page, `/realtimeproducts`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::frame::Frame;
use super::paging::Paging;
use super::product_model::ProductModel;
use super::visitor::Visitor;
use super::{failure, respond};
use crate::domain::error::ValidationError;
use crate::domain::product_query::{MAX_PAGE, ProductQuery};
use crate::web::error::ApiError;
use crate::web::product_query::QueryString;
use crate::web::state::AppState;

/// Most products that a page shows at a time.
const LIMIT: u32 = 200;
/// Where the page connects.
pub(super) const SOCKET: &str = "/ws/products";

/// The fields are told in `views/realtimeproducts.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    socket: &'static str,
    cursor: &'a str,
    products: Vec<ProductModel>,
    total: u64,
    new_rows: &'static str,
    overflow_url: String,
    blank: ProductModel,
    paging: Paging,
}

pub(super) async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let string = QueryString::parse(request.query_string());
    let drawn = draw(&state, &visitor, &string).await;
    failure::or_page(&state, &visitor, drawn)
}

async fn draw(
    state: &AppState,
    visitor: &Visitor,
    string: &QueryString,
) -> Result<HttpResponse, ApiError> {
    let page = string
        .number("page", 1, MAX_PAGE)
        .map_err(|error| ValidationError::Query(vec![error]))?;
    let query = ProductQuery {
        page,
        limit: LIMIT,
        ..ProductQuery::default()
    };
    let listing = state.shop.list_products(&query).await?;
    let (page, pages) = (u64::from(page), listing.page.pages(LIMIT));
    let url = |page: u64| format!("/realtimeproducts?page={page}");
    let products = listing.page.products.iter();
    let content = Content {
        socket: SOCKET,
        cursor: listing.cursor.as_str(),
        products: products
            .map(|product| ProductModel::new(product, visitor.language))
            .collect(),
        total: listing.page.total,
        // In the order of ids a new product belongs behind all others.
        new_rows: if page >= pages { "end" } else { "none" },
        overflow_url: url(page + 1),
        blank: ProductModel::blank(visitor.language),
        paging: Paging::new(page, pages, url),
    };
    let frame = Frame::new(visitor, "live", visitor.language.say("title-live"));
    let template = "realtimeproducts";
    Ok(respond(state, StatusCode::OK, template, &frame, &content))
}
