//! The catalogue, `/`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::frame::Frame;
use super::paging::Paging;
use super::product_model::ProductModel;
use super::visitor::Visitor;
use super::{failure, respond};
use crate::domain::product_query::{Filter, MAX_PAGE, ProductQuery};
use crate::web::error::ApiError;
use crate::web::product_query::QueryString;
use crate::web::state::AppState;

/// Products on a page.
const LIMIT: u32 = 24;
/// Pictures that are likely seen without scrolling.
const ABOVE_THE_FOLD: usize = 4;

/// The fields are told in `views/home.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
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

/// What the form asks for; an empty field is one that was not filled in.
struct Wish<'a> {
    string: &'a QueryString,
}

impl<'a> Wish<'a> {
    fn get(&self, name: &str) -> &'a str {
        self.string.get(name).unwrap_or_default()
    }

    /// The address of the catalogue with these wishes.
    fn url(&self, category: &str, page: u64) -> String {
        let page = if page > 1 {
            page.to_string()
        } else {
            String::new()
        };
        let wishes = [
            ("q", self.get("q")),
            ("category", category),
            ("sort", self.get("sort")),
            ("page", &page),
        ];
        let set = wishes.into_iter().filter(|(_, value)| !value.is_empty());
        match serde_urlencoded::to_string(set.collect::<Vec<_>>()) {
            Ok(query) if !query.is_empty() => format!("/?{query}"),
            _ => "/".to_owned(),
        }
    }

    fn query(&self) -> Result<ProductQuery, ApiError> {
        let filled = ["q", "sort", "page"]
            .into_iter()
            .map(|name| (name, self.get(name)))
            .filter(|(_, value)| !value.is_empty());
        let filled = serde_urlencoded::to_string(filled.collect::<Vec<_>>()).unwrap_or_default();
        let mut query = QueryString::parse(&filled).product_query()?;
        query.limit = LIMIT;
        let category = self.get("category");
        if !category.is_empty() {
            query.filters.push(Filter::Category(category.to_owned()));
        }
        Ok(query)
    }
}

pub(super) async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let string = QueryString::parse(request.query_string());
    let drawn = draw(&state, &visitor, &Wish { string: &string }).await;
    failure::or_page(&state, &visitor, drawn)
}

async fn draw(
    state: &AppState,
    visitor: &Visitor,
    wish: &Wish<'_>,
) -> Result<HttpResponse, ApiError> {
    let query = wish.query()?;
    let listing = state.shop.list_products(&query).await?;
    let categories = state.shop.categories().await?;
    let (q, category, sort) = (wish.get("q"), wish.get("category"), wish.get("sort"));

    let shown = listing.page.products.len() as u64;
    let first = query.offset() + 1;
    let products = listing.page.products.iter().enumerate();
    let content = Content {
        q,
        category,
        sort,
        filtered: !q.is_empty() || !category.is_empty(),
        categories: categories
            .into_iter()
            .map(|name| CategoryLink {
                url: wish.url(&name, 1),
                current: name == category,
                name,
            })
            .collect(),
        all_url: wish.url("", 1),
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
        total: listing.page.total,
        first: if shown == 0 { 0 } else { first },
        last: if shown == 0 { 0 } else { first + shown - 1 },
        paging: Paging::new(
            u64::from(query.page.min(MAX_PAGE)),
            listing.page.pages(LIMIT),
            |page| wish.url(category, page),
        ),
    };
    let title = visitor.language.say("title-catalogue");
    let frame = Frame::new(visitor, "catalogue", title);
    Ok(respond(state, StatusCode::OK, "home", &frame, &content))
}
