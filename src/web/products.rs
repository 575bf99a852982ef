//! `/api/products`.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::body::Body;
use super::envelope::{Done, Payload, done, payload};
use super::error::ApiError;
use super::guard::admin::Admin;
use super::if_match::{IfMatch, IfMatchHeader};
use super::list_answer::{ListAnswer, Place};
use super::once::{KeyHeader, OnceBody};
use super::product_query::{ProductParameters, QueryString};
use super::state::AppState;
use crate::domain::ids::ProductId;
use crate::domain::product::{NewProduct, Product, ProductPatch, RawProduct};
use crate::protocol::product_view::ProductView;
use crate::store::{KeyedRequest, Noun, StoreError};

const LIST_PATH: &str = "/api/products";

/// A product that is to be created. What the server owns (`_id`, `version`, `available` …) is ignored here.
#[derive(ToSchema)]
#[schema(as = NewProduct)]
#[expect(dead_code, reason = "it only describes what `RawProduct` reads")]
pub(super) struct NewProductBody {
    /// Its name; no control characters.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "{{line}}",
        example = "Blue vase"
    )]
    title: String,
    /// What it is; may be empty and have several lines.
    #[schema(
        nullable = false,
        max_length = 10_000,
        pattern = "{{paragraphs}}",
        example = "Thrown and glazed by hand"
    )]
    description: Option<String>,
    /// The shop's own code; no other product may have it.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "{{line}}",
        example = "CER-100"
    )]
    code: String,
    /// The price of one, with at most two decimals.
    #[schema(minimum = 0, maximum = 10_000_000, multiple_of = 0.01, example = 49.9)]
    price: f64,
    /// Whether it is for sale.
    #[schema(nullable = false, default = true)]
    status: Option<bool>,
    /// Units in the shop.
    #[schema(minimum = 0, maximum = 1_000_000, example = 3)]
    stock: i64,
    /// The group that it is listed under.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 100,
        pattern = "{{line}}",
        default = "general",
        example = "ceramics"
    )]
    category: Option<String>,
    /// Names of images that exist in the uploads.
    #[schema(nullable = false, max_items = 20, example = json!([]))]
    thumbnails: Option<Vec<String>>,
}

/// What is to change of a product; what is left out stays.
pub(super) struct ProductPatchBody;

impl PartialSchema for ProductPatchBody {
    fn schema() -> RefOr<Schema> {
        let mut schema = NewProductBody::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.description =
                Some("What is to change of a product; what is left out stays.".into());
            object.required.clear();
            object.properties.values_mut().for_each(without_default);
        }
        schema
    }
}

/// What is left out of a patch is not set.
fn without_default(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::Object(object)) = schema {
        object.default = None;
    }
}

impl ToSchema for ProductPatchBody {
    fn name() -> std::borrow::Cow<'static, str> {
        "ProductPatch".into()
    }
}

/// List products
#[utoipa::path(
    get, path = "/api/products", operation_id = "listProducts", tag = "Products",
    params(ProductParameters),
    responses((status = 200, description = "A page of the catalogue", body = ListAnswer<'_, ProductView<'_>>)),
    extensions(("x-problems" = json!(["invalid_query"]))),
)]
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

/// Add a product
#[utoipa::path(
    post, path = "/api/products", operation_id = "createProduct", tag = "Products", security(("admin" = [])),
    params(KeyHeader), request_body = NewProductBody,
    responses((
        status = 201, description = "The new product", body = Payload<ProductView<'_>>,
        headers(("Location", description = "Its address"), ("ETag", description = "Its version, in quotes")),
    )),
    extensions(("x-problems" = json!(["validation", "unknown_field", "duplicate_code"]))),
)]
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

/// Read a product
#[utoipa::path(
    get, path = "/api/products/{pid}", operation_id = "getProduct", tag = "Products",
    responses((
        status = 200, description = "The product", body = Payload<ProductView<'_>>,
        headers(("ETag", description = "Its version, in quotes, for `If-Match`")),
    )),
    extensions(("x-problems" = json!(["not_found"]))),
)]
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

/// Change a product
#[utoipa::path(
    put, path = "/api/products/{pid}", operation_id = "updateProduct", tag = "Products", security(("admin" = [])),
    params(IfMatchHeader), request_body = ProductPatchBody,
    responses((
        status = 202, description = "The product as it is now", body = Payload<ProductView<'_>>,
        headers(("ETag", description = "Its version, in quotes")),
    )),
    extensions(("x-problems" = json!(["validation", "unknown_field", "not_found", "duplicate_code"]))),
)]
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

/// Delete a product
///
/// Its images go with it, and carts lose their line of it.
#[utoipa::path(
    delete, path = "/api/products/{pid}", operation_id = "deleteProduct", tag = "Products", security(("admin" = [])),
    params(IfMatchHeader),
    responses((status = 200, description = "It is gone", body = Done)),
    extensions(("x-problems" = json!(["not_found"]))),
)]
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

/// Take an image off a product
#[utoipa::path(
    delete, path = "/api/products/{pid}/thumbnails/{name}", operation_id = "deleteThumbnail", tag = "Products",
    security(("admin" = [])),
    responses((status = 200, description = "The product without it", body = Payload<ProductView<'_>>)),
    extensions(("x-problems" = json!(["not_found"]))),
)]
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
