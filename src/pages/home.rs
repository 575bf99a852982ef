//! The catalogue, `/`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::layout::{Layout, Notice};
use super::paging::Paging;
use super::product_model::ProductModel;
use super::visitor::Visitor;
use super::{failure, respond};
use crate::domain::product_query::{MAX_PAGE, ProductQuery};
use crate::http::catalogue::CatalogueReader;
use crate::http::error::ApiError;
use crate::http::query::{self, QueryString};
use crate::http::state::AppState;

/// Products on a page.
const LIMIT: u32 = 24;
/// Images that are probably visible without scrolling.
const ABOVE_THE_FOLD: usize = 4;

/// Fields: see `views/home.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HomePage<'a> {
    q: &'a str,
    category: &'a str,
    sort: &'a str,
    filtered: bool,
    categories: Vec<CategoryLink>,
    all_url: String,
    products: Vec<ProductModel>,
    total: u64,
    first: u64,
    last: u64,
    paging: Paging,
}

#[derive(Serialize)]
struct CategoryLink {
    name: String,
    url: String,
    current: bool,
}

/// The filters of the form; an empty field filters nothing.
struct FilterForm<'a> {
    string: &'a QueryString,
}

impl<'a> FilterForm<'a> {
    fn get(&self, name: &str) -> &'a str {
        self.string.get(name).unwrap_or_default()
    }

    /// The address of the catalogue with these filters.
    fn url(&self, category: &str, page: u64) -> String {
        let page = if page > 1 {
            page.to_string()
        } else {
            String::new()
        };
        let parameters = [
            ("q", self.get("q")),
            ("category", category),
            ("sort", self.get("sort")),
            ("page", &page),
        ];
        query::url("/", parameters)
    }

    fn query(&self) -> Result<ProductQuery, ApiError> {
        let filled = self.string.filled(&["q", "category", "sort", "page"]);
        let mut query = filled.product_query()?;
        query.limit = LIMIT;
        Ok(query)
    }
}

pub(super) async fn show(
    request: HttpRequest,
    state: Data<AppState>,
    catalogue: CatalogueReader,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let string = QueryString::parse(request.query_string());
    let page = render(&catalogue, &visitor, &FilterForm { string: &string }).await;
    failure::or_page(&visitor, page)
}

async fn render(
    catalogue: &CatalogueReader,
    visitor: &Visitor,
    filters: &FilterForm<'_>,
) -> Result<HttpResponse, ApiError> {
    let query = filters.query()?;
    let mut catalogue = catalogue.current().await?;
    let listed = catalogue.page(&query);
    let (q, category, sort) = (
        filters.get("q"),
        filters.get("category"),
        filters.get("sort"),
    );

    let shown = listed.entries.len() as u64;
    let first = query.offset() + 1;
    let products = listed.products().enumerate();
    let content = HomePage {
        q,
        category,
        sort,
        filtered: !q.is_empty() || !category.is_empty(),
        categories: catalogue
            .categories()
            .map(|name| CategoryLink {
                url: filters.url(name, 1),
                current: name == category,
                name: name.to_owned(),
            })
            .collect(),
        all_url: filters.url("", 1),
        products: products
            .map(|(index, product)| {
                let model = ProductModel::new(product, visitor.language);
                if index < ABOVE_THE_FOLD {
                    model.above_the_fold()
                } else {
                    model
                }
            })
            .collect(),
        total: listed.total,
        first: if shown == 0 { 0 } else { first },
        last: if shown == 0 { 0 } else { first + shown - 1 },
        paging: Paging::new(
            u64::from(query.page.min(MAX_PAGE)),
            listed.pages(LIMIT),
            |page| filters.url(category, page),
        ),
    };
    let title = visitor.language.translate("title-catalogue");
    let stale = Notice::if_stale(catalogue.is_stale, visitor);
    let layout = Layout::new(visitor, "catalogue", title).with_notice(stale);
    Ok(respond(StatusCode::OK, "home", &layout, &content))
}
