//! `/api/products`.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::body::Body;
use super::envelope::{done, payload};
use super::error::ApiError;
use super::guard::admin::Admin;
use super::if_match::IfMatch;
use super::list_answer::{ListAnswer, Place};
use super::once::OnceBody;
use super::product_query::QueryString;
use super::state::AppState;
use crate::domain::ids::ProductId;
use crate::domain::product::{NewProduct, Product, ProductPatch, RawProduct};
use crate::protocol::product_view::ProductView;
use crate::store::{KeyedRequest, Noun, StoreError};

const LIST_PATH: &str = "/api/products";

pub(super) async fn list(
    request: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let query = string.product_query()?;
    let listing = state.shop.list_products(&query).await?;
    let place = Place {
        page: query.page,
        limit: query.limit,
        total: listing.page.total,
    };
    let products = listing.page.products.iter().map(ProductView::from);
    let answer = ListAnswer::new(products.collect(), &place, LIST_PATH, &string);
    Ok(HttpResponse::Ok().json(answer.at(listing.cursor.as_str())))
}

pub(super) async fn create(
    _: Admin,
    state: Data<AppState>,
    body: OnceBody,
) -> Result<HttpResponse, ApiError> {
    let request = |members| {
        let new = NewProduct::parse(RawProduct::read(members)?)?;
        Ok(KeyedRequest::CreateProduct(new))
    };
    body.answer(&state, request, StatusCode::CREATED).await
}

/// The answer that shows a new product.
pub(super) fn created(product: &Product) -> HttpResponse {
    let mut response = payload(StatusCode::CREATED, ProductView::from(product));
    let location = format!("{LIST_PATH}/{}", product.id);
    insert(&mut response, header::LOCATION, &location);
    insert(&mut response, header::ETAG, &etag(product.version));
    response
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
    _: Admin,
    request: HttpRequest,
    state: Data<AppState>,
    pid: Path<String>,
    Body(members): Body,
) -> Result<HttpResponse, ApiError> {
    let id = product_id(&pid)?;
    let patch = ProductPatch::parse(RawProduct::read(members)?)?;
    let expected = IfMatch::of(&request)
        .expected::<_, ApiError>(async { Ok(state.shop.product(id).await?) })
        .await?;
    let product = state.shop.update_product(id, patch, expected).await?;
    let mut response = payload(StatusCode::ACCEPTED, ProductView::from(&product));
    insert(&mut response, header::ETAG, &etag(product.version));
    Ok(response)
}

pub(super) async fn delete(
    _: Admin,
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
    _: Admin,
    state: Data<AppState>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (pid, name) = path.into_inner();
    let product = state.shop.remove_picture(product_id(&pid)?, &name).await?;
    Ok(payload(StatusCode::OK, ProductView::from(&product)))
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
