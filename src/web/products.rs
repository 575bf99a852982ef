//! `/api/products`.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::body::Body;
use super::envelope::{done, payload};
use super::error::ApiError;
use super::if_match::IfMatch;
use super::members::Members;
use super::product_query::QueryString;
use super::state::AppState;
use crate::domain::ids::ProductId;
use crate::domain::product::{NewProduct, ProductPatch, RawProduct};
use crate::domain::product_query::ProductQuery;
use crate::protocol::product_view::ProductView;
use crate::shop::Listing;
use crate::store::{Noun, StoreError};

const LIST_PATH: &str = "/api/products";

const FIELDS: [&str; 8] = [
    "title",
    "description",
    "code",
    "price",
    "status",
    "stock",
    "category",
    "thumbnails",
];

/// The list's envelope: the names are those of the original application.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListAnswer<'a> {
    status: u16,
    payload: Vec<ProductView<'a>>,
    total_docs: u64,
    total_pages: u64,
    page: u64,
    limit: u32,
    has_prev_page: bool,
    has_next_page: bool,
    prev_page: Option<u64>,
    next_page: Option<u64>,
    prev_link: Option<String>,
    next_link: Option<String>,
    cursor: &'a str,
}

impl<'a> ListAnswer<'a> {
    fn new(listing: &'a Listing, query: &ProductQuery, string: &QueryString) -> Self {
        let total_pages = listing.page.pages(query.limit);
        let page = u64::from(query.page);
        // From beyond the end the way back leads to the last page.
        let prev_page = (page > 1).then(|| (page - 1).min(total_pages));
        let next_page = (page < total_pages).then_some(page + 1);
        let link = |page: u64| format!("{LIST_PATH}?{}", string.with("page", &page.to_string()));
        Self {
            status: StatusCode::OK.as_u16(),
            payload: listing.page.products.iter().map(Into::into).collect(),
            total_docs: listing.page.total,
            total_pages,
            page,
            limit: query.limit,
            has_prev_page: prev_page.is_some(),
            has_next_page: next_page.is_some(),
            prev_page,
            next_page,
            prev_link: prev_page.map(link),
            next_link: next_page.map(link),
            cursor: listing.cursor.as_str(),
        }
    }
}

pub(super) async fn list(
    request: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let query = string.product_query()?;
    let listing = state.shop.list_products(&query).await?;
    Ok(HttpResponse::Ok().json(ListAnswer::new(&listing, &query, &string)))
}

pub(super) async fn create(
    state: Data<AppState>,
    Body(members): Body,
) -> Result<HttpResponse, ApiError> {
    let new = NewProduct::parse(raw_product(members)?)?;
    let product = state.shop.create_product(new).await?;
    let mut response = payload(StatusCode::CREATED, ProductView::from(&product));
    let location = format!("{LIST_PATH}/{}", product.id);
    insert(&mut response, header::LOCATION, &location);
    insert(&mut response, header::ETAG, &etag(product.version));
    Ok(response)
}

pub(super) async fn get(
    state: Data<AppState>,
    pid: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let product = state.shop.product(product_id(&pid)?).await?;
    let mut response = payload(StatusCode::OK, ProductView::from(&product));
    insert(&mut response, header::ETAG, &etag(product.version));
    insert(&mut response, header::CACHE_CONTROL, "no-store");
    Ok(response)
}

pub(super) async fn update(
    request: HttpRequest,
    state: Data<AppState>,
    pid: Path<String>,
    Body(members): Body,
) -> Result<HttpResponse, ApiError> {
    let id = product_id(&pid)?;
    let patch = ProductPatch::parse(raw_product(members)?)?;
    let expected = IfMatch::of(&request)
        .expected::<_, ApiError>(async { Ok(state.shop.product(id).await?) })
        .await?;
    let product = state.shop.update_product(id, patch, expected).await?;
    let mut response = payload(StatusCode::ACCEPTED, ProductView::from(&product));
    insert(&mut response, header::ETAG, &etag(product.version));
    Ok(response)
}

pub(super) async fn delete(
    request: HttpRequest,
    state: Data<AppState>,
    pid: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = product_id(&pid)?;
    let expected = IfMatch::of(&request)
        .expected::<_, ApiError>(async { Ok(state.shop.product(id).await?) })
        .await?;
    state.shop.delete_product(id, expected).await?;
    Ok(done("product deleted"))
}

pub(super) async fn delete_thumbnail(
    state: Data<AppState>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (pid, name) = path.into_inner();
    let product = state.shop.remove_picture(product_id(&pid)?, &name).await?;
    Ok(payload(StatusCode::OK, ProductView::from(&product)))
}

fn raw_product(members: Members) -> Result<RawProduct, ApiError> {
    let mut members = members.only(&FIELDS)?;
    Ok(RawProduct {
        title: members.text("title"),
        description: members.text("description"),
        code: members.text("code"),
        price: members.number("price"),
        status: members.flag("status"),
        stock: members.integer("stock"),
        category: members.text("category"),
        thumbnails: members.texts("thumbnails"),
    })
}

/// A malformed id is that of no product.
pub(super) fn product_id(text: &str) -> Result<ProductId, StoreError> {
    text.parse()
        .map_err(|_| StoreError::NotFound(Noun::Product))
}

fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

fn insert(response: &mut HttpResponse, name: header::HeaderName, value: &str) {
    let value = header::HeaderValue::from_str(value)
        .expect("ids, versions and fixed words are visible ASCII");
    response.headers_mut().insert(name, value);
}
