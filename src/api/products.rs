//! `/api/products`.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::idempotency::IdempotentBody;
use super::list_response::{ListResponse, PageLinks, list_of};
use super::operation::{Operation, PRODUCTS, RequestBody, Success, of, payload_of};
use super::{product_query, uploads};
use crate::domain::command::{Command, Outcome};
use crate::domain::ids::ProductId;
use crate::domain::product::{
    NEW_PRODUCT, NewProduct, PRODUCT_PATCH, Product, ProductPatch, RawProduct,
};
use crate::http::body::Body;
use crate::http::catalogue::CatalogueReader;
use crate::http::envelope::{Done, done, payload};
use crate::http::error::ApiError;
use crate::http::guard::admin::Admin;
use crate::http::if_match::IfMatch;
use crate::http::path::{Id, IdResult, PathId};
use crate::http::problem::ProblemCode::DuplicateCode;
use crate::http::query::QueryString;
use crate::http::state::AppState;
use crate::protocol::product_view::ProductView;

const LIST_PATH: &str = "/api/products";
const ETAG: (&str, &str) = ("ETag", "Its version in quotes, for `If-Match`");

pub(super) const LIST: Operation = Operation {
    query: product_query::PARAMETERS,
    responses: &[Success::json(
        200,
        "A page of the catalogue",
        list_of::<ProductView<'_>>,
    )],
    ..Operation::new("listProducts", PRODUCTS, "List products")
};

pub(crate) async fn list(
    request: HttpRequest,
    catalogue: CatalogueReader,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let query = string.product_query()?;
    let mut catalogue = catalogue.current().await?;
    let listed = catalogue.page(&query);
    let links = PageLinks {
        page: query.page,
        limit: query.limit,
        total: listed.total,
    };
    let products = listed.entries.iter().map(|entry| entry.json());
    let response = ListResponse::new(products.collect(), &links, LIST_PATH, &string);
    let response = response.of_catalogue(catalogue.position(), catalogue.is_stale);
    Ok(HttpResponse::Ok().json(response))
}

pub(super) const CREATE: Operation = Operation {
    body: Some(RequestBody::Fields(&NEW_PRODUCT)),
    responses: &[shows(201, "The new product")
        .headers(&[("Location", "Its address"), ETAG])
        .links(&ProductId::PARAMETER)],
    is_admin: true,
    has_key: true,
    problems: &[DuplicateCode],
    ..Operation::new("createProduct", PRODUCTS, "Create a product")
};

pub(crate) async fn create(
    _: Admin,
    state: Data<AppState>,
    body: IdempotentBody,
) -> Result<HttpResponse, ApiError> {
    let command = |fields| {
        let new = NewProduct::parse(RawProduct::read(fields)?)?;
        Ok(Command::CreateProduct(new))
    };
    let created = |outcome: Outcome| Some(created(&outcome.product()?));
    body.execute(&state, command, created).await
}

fn created(product: &Product) -> HttpResponse {
    let mut response = payload(StatusCode::CREATED, ProductView::from(product));
    let location = format!("{LIST_PATH}/{}", product.id);
    insert(&mut response, header::LOCATION, &location);
    insert(&mut response, header::ETAG, &etag(product.version));
    response
}

pub(super) const GET: Operation = Operation {
    responses: &[shows(200, "The product").headers(&[ETAG])],
    ..Operation::new("getProduct", PRODUCTS, "Read a product")
};

pub(crate) async fn get(
    state: Data<AppState>,
    Id(id): Id<ProductId>,
) -> Result<HttpResponse, ApiError> {
    let product = state.shop.product(id).await?;
    let mut response = payload(StatusCode::OK, ProductView::from(&product));
    insert(&mut response, header::ETAG, &etag(product.version));
    insert(&mut response, header::CACHE_CONTROL, "no-store");
    Ok(response)
}

pub(super) const UPDATE: Operation = Operation {
    body: Some(RequestBody::Fields(&PRODUCT_PATCH)),
    responses: &[shows(202, "The changed product").headers(&[ETAG])],
    is_admin: true,
    has_version: true,
    problems: &[DuplicateCode],
    ..Operation::new("updateProduct", PRODUCTS, "Change a product")
};

pub(crate) async fn update(
    _: Admin,
    request: HttpRequest,
    state: Data<AppState>,
    id: IdResult<ProductId>,
    Body(fields): Body,
) -> Result<HttpResponse, ApiError> {
    let Id(id) = id?;
    let patch = ProductPatch::parse(RawProduct::read(fields)?)?;
    let expected = IfMatch::of(&request).expected(&state.shop, id).await?;
    let product = state.shop.update_product(id, patch, expected).await?;
    let mut response = payload(StatusCode::ACCEPTED, ProductView::from(&product));
    insert(&mut response, header::ETAG, &etag(product.version));
    Ok(response)
}

pub(super) const DELETE: Operation = Operation {
    description: "Deletes its images and its lines in carts too.",
    responses: &[Success::json(200, "The product is deleted", of::<Done>)],
    is_admin: true,
    has_version: true,
    ..Operation::new("deleteProduct", PRODUCTS, "Delete a product")
};

pub(crate) async fn delete(
    _: Admin,
    request: HttpRequest,
    state: Data<AppState>,
    Id(id): Id<ProductId>,
) -> Result<HttpResponse, ApiError> {
    let expected = IfMatch::of(&request).expected(&state.shop, id).await?;
    state.shop.delete_product(id, expected).await?;
    Ok(done("product deleted"))
}

pub(super) const REMOVE_IMAGE: Operation = Operation {
    path: &[uploads::NAME],
    responses: &[shows(200, "The product without the image")],
    is_admin: true,
    ..Operation::new(
        "deleteThumbnail",
        PRODUCTS,
        "Remove an image from a product",
    )
};

pub(crate) async fn remove_image(
    _: Admin,
    state: Data<AppState>,
    Id(id): Id<ProductId>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (_, name) = path.into_inner();
    let product = state.shop.remove_image(id, &name).await?;
    Ok(payload(StatusCode::OK, ProductView::from(&product)))
}

/// The response with a product, for the documents.
const fn shows(status: u16, description: &'static str) -> Success {
    Success::json(status, description, payload_of::<ProductView<'_>>)
}

fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

fn insert(response: &mut HttpResponse, name: header::HeaderName, value: &str) {
    let value = header::HeaderValue::from_str(value)
        .expect("ids, versions and constants are visible ASCII");
    response.headers_mut().insert(name, value);
}
