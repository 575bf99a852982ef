//! The table of products.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::Around;
use crate::domain::product::Product;
use crate::domain::product_query::{MAX_PAGE, ProductQuery, Sort};
use crate::text::Language;
use crate::web::error::ApiError;
use crate::web::pages::live::SOCKET;
use crate::web::pages::paging::Paging;
use crate::web::pages::product_model::{ImageModel, images};
use crate::web::pages::visitor::Visitor;
use crate::web::pages::{failure, words};
use crate::web::product_query::QueryString;
use crate::web::state::AppState;

/// Products on a page.
const LIMIT: u32 = 50;
/// What can be asked for beside the page.
const WISHES: [&str; 4] = ["q", "category", "status", "sort"];
/// The columns that can be sorted by, in their order.
const COLUMNS: [&str; 5] = ["title", "category", "price", "stock", "status"];

/// The fields are told in `views/admin/products.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    q: &'a str,
    category: &'a str,
    status: &'a str,
    sort: &'a str,
    filtered: bool,
    categories: Vec<String>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    total: u64,
    first: u64,
    last: u64,
    socket: &'static str,
    cursor: &'a str,
    paging: Paging,
}

#[derive(Serialize)]
struct Column {
    name: &'static str,
    label: String,
    url: String,
    order: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: String,
    title: String,
    code: String,
    category: String,
    price: String,
    price_text: String,
    stock: i64,
    status: bool,
    version: i64,
    url: String,
    image: Option<ImageModel>,
}

impl Row {
    fn new(product: &Product, language: Language) -> Self {
        Self {
            id: product.id.to_string(),
            title: product.title.clone(),
            code: product.code.clone(),
            category: product.category.clone(),
            price: product.price.to_string(),
            price_text: words::price(language, product.price),
            stock: product.stock,
            status: product.status,
            version: product.version,
            url: format!("/admin/products/{}", product.id),
            image: images(product).into_iter().next(),
        }
    }
}

pub(super) async fn show(
    request: &HttpRequest,
    state: &AppState,
    visitor: &Visitor,
) -> HttpResponse {
    let string = QueryString::parse(request.query_string());
    let drawn = draw(request, state, visitor, &string).await;
    failure::or_page(state, visitor, drawn)
}

async fn draw(
    request: &HttpRequest,
    state: &AppState,
    visitor: &Visitor,
    string: &QueryString,
) -> Result<HttpResponse, ApiError> {
    let query = query(string)?;
    let listing = state.shop.list_products(&query).await?;
    let categories = state.shop.categories().await?;
    let products = &listing.page.products;
    let shown = products.len() as u64;
    let wish = |name| string.get(name).unwrap_or_default();
    let content = Content {
        q: wish("q"),
        category: wish("category"),
        status: wish("status"),
        sort: wish("sort"),
        filtered: ["q", "category", "status"]
            .iter()
            .any(|name| !wish(name).is_empty()),
        categories,
        columns: COLUMNS
            .iter()
            .map(|name| column(name, query.sort, string, visitor.language))
            .collect(),
        rows: products
            .iter()
            .map(|product| Row::new(product, visitor.language))
            .collect(),
        total: listing.page.total,
        first: if shown == 0 { 0 } else { query.offset() + 1 },
        last: if shown == 0 {
            0
        } else {
            query.offset() + shown
        },
        socket: SOCKET,
        cursor: listing.cursor.as_str(),
        paging: Paging::new(
            u64::from(query.page.min(MAX_PAGE)),
            listing.page.pages(LIMIT),
            |page| url(string, &[("page", &page.to_string())]),
        ),
    };
    let around = Around::new(state, visitor, "products").after(request.query_string());
    Ok(around.respond("admin/products", &content))
}

/// A field that is not filled in asks for nothing.
fn query(string: &QueryString) -> Result<ProductQuery, ApiError> {
    let wishes = WISHES.into_iter().chain(["page"]);
    let filled = wishes
        .filter_map(|name| Some((name, string.get(name)?)))
        .filter(|(_, value)| !value.is_empty());
    let filled = serde_urlencoded::to_string(filled.collect::<Vec<_>>()).unwrap_or_default();
    let mut query = QueryString::parse(&filled).product_query()?;
    query.limit = LIMIT;
    Ok(query)
}

/// This table with other wishes; the page is the first unless it is among them.
fn url(string: &QueryString, other: &[(&str, &str)]) -> String {
    let kept = WISHES
        .into_iter()
        .filter(|name| other.iter().all(|(set, _)| set != name))
        .filter_map(|name| Some((name, string.get(name)?)));
    let wishes = kept.chain(other.iter().copied());
    let wishes = wishes.filter(|(_, value)| !value.is_empty());
    match serde_urlencoded::to_string(wishes.collect::<Vec<_>>()) {
        Ok(query) if !query.is_empty() => format!("/admin?{query}"),
        _ => "/admin".to_owned(),
    }
}

fn column(
    name: &'static str,
    sort: Option<Sort>,
    string: &QueryString,
    language: Language,
) -> Column {
    let asked = string.get("sort").unwrap_or_default();
    let by_this = asked.split(':').next() == Some(name);
    let order = match sort.filter(|_| by_this) {
        Some(Sort {
            descending: true, ..
        }) => "descending",
        Some(_) => "ascending",
        None => "none",
    };
    // Up, down, and back to the shop's own order.
    let next = match order {
        "none" => format!("{name}:asc"),
        "ascending" => format!("{name}:desc"),
        _ => String::new(),
    };
    Column {
        name,
        label: language.say(&format!("admin-column-{name}")),
        url: url(string, &[("sort", &next)]),
        order,
    }
}
