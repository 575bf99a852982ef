//! The live page, `/realtimeproducts`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::bounds::LIVE_ROWS;
use super::layout::{Layout, Notice};
use super::paging::Paging;
use super::product_model::ProductModel;
use super::visitor::Visitor;
use super::{failure, respond};
use crate::domain::error::ValidationError;
use crate::domain::product_query::{MAX_PAGE, ProductQuery};
use crate::http::catalogue::CatalogueReader;
use crate::http::error::ApiError;
use crate::http::query::QueryString;
use crate::http::state::AppState;

pub(super) const SOCKET: &str = "/ws/products";

/// Fields: see `views/realtimeproducts.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LivePage<'a> {
    socket: &'static str,
    cursor: &'a str,
    products: Vec<ProductModel>,
    total: u64,
    new_rows: &'static str,
    overflow_url: String,
    blank: ProductModel,
    paging: Paging,
}

pub(super) async fn show(
    request: HttpRequest,
    state: Data<AppState>,
    catalogue: CatalogueReader,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let string = QueryString::parse(request.query_string());
    let page = render(&catalogue, &visitor, &string).await;
    failure::or_page(&visitor, page)
}

async fn render(
    catalogue: &CatalogueReader,
    visitor: &Visitor,
    string: &QueryString,
) -> Result<HttpResponse, ApiError> {
    let page = string
        .number("page", 1, MAX_PAGE)
        .map_err(|error| ValidationError::Query(vec![error]))?;
    let query = ProductQuery {
        page,
        limit: LIVE_ROWS,
        ..ProductQuery::default()
    };
    let mut catalogue = catalogue.current().await?;
    let listed = catalogue.page(&query);
    let (page, pages) = (u64::from(page), listed.pages(LIVE_ROWS));
    let url = |page: u64| format!("/realtimeproducts?page={page}");
    let content = LivePage {
        socket: SOCKET,
        cursor: catalogue.position().as_str(),
        products: listed
            .products()
            .map(|product| ProductModel::new(product, visitor.language))
            .collect(),
        total: listed.total,
        // Ids grow: a new product belongs at the end of the last page.
        new_rows: if page >= pages { "end" } else { "none" },
        overflow_url: url(page + 1),
        blank: ProductModel::blank(visitor.language),
        paging: Paging::new(page, pages, url),
    };
    let stale = Notice::if_stale(catalogue.is_stale, visitor);
    let title = visitor.language.translate("title-live");
    let layout = Layout::new(visitor, "live", title).with_notice(stale);
    let template = "realtimeproducts";
    Ok(respond(StatusCode::OK, template, &layout, &content))
}
