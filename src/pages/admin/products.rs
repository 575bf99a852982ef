//! The table of products, `/admin`.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::AdminShell;
use super::guard::ADMIN_PATH;
use super::product_change::MAX_ATTEMPTS;
use super::product_fields::{FieldModel, FormValues};
use crate::domain::product::Product;
use crate::domain::product_query::{MAX_PAGE, ProductQuery, Sort};
use crate::http::catalogue::CatalogueReader;
use crate::http::error::ApiError;
use crate::http::query::{self, QueryString};
use crate::http::state::AppState;
use crate::i18n::Language;
use crate::pages::live::SOCKET;
use crate::pages::paging::Paging;
use crate::pages::product_model::{ImageModel, images};
use crate::pages::visitor::Visitor;
use crate::pages::{failure, format};

/// Products on a page.
const LIMIT: u32 = 50;
/// The parameters besides the page.
const FILTERS: [&str; 4] = ["q", "category", "status", "sort"];
/// The sortable columns, in order.
const COLUMNS: [&str; 5] = ["title", "category", "price", "stock", "status"];

/// Fields: see `views/admin/products.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductsPage<'a> {
    q: &'a str,
    category: &'a str,
    status: &'a str,
    sort: &'a str,
    filtered: bool,
    categories: Vec<String>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    fields: Vec<FieldModel>,
    attempts: u32,
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
            price_text: format::price(language, product.price),
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
    catalogue: &CatalogueReader,
    visitor: &Visitor,
) -> HttpResponse {
    let string = QueryString::parse(request.query_string());
    let page = render(request, state, catalogue, visitor, &string).await;
    failure::or_page(visitor, page)
}

async fn render(
    request: &HttpRequest,
    state: &AppState,
    catalogue: &CatalogueReader,
    visitor: &Visitor,
    string: &QueryString,
) -> Result<HttpResponse, ApiError> {
    let query = query(string)?;
    let mut catalogue = catalogue.current().await?;
    let listed = catalogue.page(&query);
    let shown = listed.entries.len() as u64;
    let filter = |name| string.get(name).unwrap_or_default();
    let content = ProductsPage {
        q: filter("q"),
        category: filter("category"),
        status: filter("status"),
        sort: filter("sort"),
        filtered: ["q", "category", "status"]
            .iter()
            .any(|name| !filter(name).is_empty()),
        categories: catalogue.categories().map(str::to_owned).collect(),
        columns: COLUMNS
            .iter()
            .map(|name| column(name, query.sort, string, visitor.language))
            .collect(),
        rows: listed
            .products()
            .map(|product| Row::new(product, visitor.language))
            .collect(),
        fields: FormValues::of_new().fields(visitor.language),
        attempts: MAX_ATTEMPTS,
        total: listed.total,
        first: if shown == 0 { 0 } else { query.offset() + 1 },
        last: if shown == 0 {
            0
        } else {
            query.offset() + shown
        },
        socket: SOCKET,
        cursor: catalogue.position().as_str(),
        paging: Paging::new(
            u64::from(query.page.min(MAX_PAGE)),
            listed.pages(LIMIT),
            |page| url(string, &[("page", &page.to_string())]),
        ),
    };
    let shell = AdminShell::new(state, visitor, "products")
        .with_done(request.query_string())
        .with_stale(catalogue.is_stale);
    Ok(shell.respond("admin/products", &content))
}

fn query(string: &QueryString) -> Result<ProductQuery, ApiError> {
    let filled = string.filled(&["q", "category", "status", "sort", "page"]);
    let mut query = filled.product_query()?;
    query.limit = LIMIT;
    Ok(query)
}

/// The address of the table with other parameters; of its first page unless they have one.
fn url(string: &QueryString, other: &[(&str, &str)]) -> String {
    let kept = FILTERS
        .into_iter()
        .filter(|name| other.iter().all(|(set, _)| set != name))
        .filter_map(|name| Some((name, string.get(name)?)));
    query::url(ADMIN_PATH, kept.chain(other.iter().copied()))
}

fn column(
    name: &'static str,
    sort: Option<Sort>,
    string: &QueryString,
    language: Language,
) -> Column {
    let current = string.get("sort").unwrap_or_default();
    let is_current = current.split(':').next() == Some(name);
    let order = match sort.filter(|_| is_current) {
        Some(Sort {
            descending: true, ..
        }) => "descending",
        Some(_) => "ascending",
        None => "none",
    };
    // Ascending, descending, and back to the default order.
    let next = match order {
        "none" => format!("{name}:asc"),
        "ascending" => format!("{name}:desc"),
        _ => String::new(),
    };
    Column {
        name,
        label: language.translate(&format!("admin-column-{name}")),
        url: url(string, &[("sort", &next)]),
        order,
    }
}
