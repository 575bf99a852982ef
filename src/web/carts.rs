//! `/api/carts`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use utoipa::ToSchema;

use super::envelope::{Payload, payload};
use super::error::ApiError;
use super::once::{KeyHeader, OnceBody};
use super::products::product_id;
use super::state::AppState;
use crate::domain::cart::{Cart, Quantity, WantedLine, WantedLines};
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::field::{Field, Fields};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::members::Members;
use crate::protocol::cart_view::CartView;
use crate::store::{KeyedRequest, Noun, StoreError};

/// A product that a cart is to hold.
#[derive(ToSchema)]
#[schema(as = WantedLine)]
#[expect(dead_code, reason = "it only describes what `wanted_line` reads")]
pub(super) struct WantedLineBody {
    /// The product's id.
    #[schema(pattern = "^[0-9A-Fa-f]{24}$")]
    product: String,
    /// How many.
    #[schema(minimum = 1, maximum = 1_000_000, example = 2)]
    quantity: i64,
}

/// What a new cart is to hold; nothing without a body.
#[derive(ToSchema)]
#[schema(as = NewCart)]
#[expect(dead_code, reason = "it only describes what `create` reads")]
pub(super) struct NewCartBody {
    /// Its lines.
    #[schema(nullable = false, max_items = 100, example = json!([]))]
    products: Option<Vec<WantedLineBody>>,
}

/// What a cart is to hold.
#[derive(ToSchema)]
#[schema(as = WantedLines)]
#[expect(dead_code, reason = "it only describes what `wanted_lines` reads")]
pub(super) struct WantedLinesBody {
    /// All its lines.
    #[schema(max_items = 100)]
    products: Vec<WantedLineBody>,
}

/// How many of a product are added; `qty` is another name of `quantity`.
#[derive(ToSchema)]
#[schema(as = AddedQuantity)]
#[expect(dead_code, reason = "it only describes what `quantity` reads")]
pub(super) struct AddedQuantityBody {
    /// How many.
    #[schema(
        nullable = false,
        minimum = 1,
        maximum = 1_000_000,
        default = 1,
        example = 2
    )]
    quantity: Option<i64>,
}

/// How many of a product there are to be; `qty` is another name of `quantity`.
#[derive(ToSchema)]
#[schema(as = SetQuantity)]
#[expect(dead_code, reason = "it only describes what `quantity` reads")]
pub(super) struct SetQuantityBody {
    /// How many.
    #[schema(minimum = 1, maximum = 1_000_000, example = 2)]
    quantity: i64,
}

/// Make a cart
#[utoipa::path(
    post, path = "/api/carts", operation_id = "createCart", tag = "Carts",
    params(KeyHeader), request_body = Option<NewCartBody>,
    responses((status = 201, description = "The new cart; its `_id` is its key", body = Payload<CartView<'_>>)),
    extensions(("x-problems" = json!(["validation", "unknown_field", "not_found", "insufficient_stock", "not_for_sale"]))),
)]
pub(super) async fn create(
    state: Data<AppState>,
    body: OnceBody,
) -> Result<HttpResponse, ApiError> {
    let request = |members: Members| {
        let mut members = members.only(&["products"])?;
        let lines = match members.objects("products") {
            Field::Missing => WantedLines::default(),
            given => wanted_lines(given)?,
        };
        Ok(KeyedRequest::CreateCart(lines))
    };
    body.answer(&state, request, StatusCode::CREATED).await
}

/// Read a cart
#[utoipa::path(
    get, path = "/api/carts/{cid}", operation_id = "getCart", tag = "Carts",
    responses((status = 200, description = "The cart as it is now", body = Payload<CartView<'_>>)),
    extensions(("x-problems" = json!(["not_found"]))),
)]
pub(super) async fn get(
    state: Data<AppState>,
    cid: Path<String>,
) -> Result<HttpResponse, ApiError> {
    Ok(answer(
        StatusCode::OK,
        &state.shop.cart(cart_id(&cid)?).await?,
    ))
}

/// Add to a cart
#[utoipa::path(
    post, path = "/api/carts/{cid}/products/{pid}", operation_id = "addToCart", tag = "Carts",
    params(KeyHeader), request_body = Option<AddedQuantityBody>,
    responses((status = 202, description = "The cart with more of it", body = Payload<CartView<'_>>)),
    extensions(("x-problems" = json!(["validation", "unknown_field", "not_found", "insufficient_stock", "not_for_sale"]))),
)]
pub(super) async fn add(
    state: Data<AppState>,
    path: Path<(String, String)>,
    body: OnceBody,
) -> Result<HttpResponse, ApiError> {
    let request = |members| {
        let (cart, product) = line_ids(&path)?;
        let quantity = quantity(members, Some(Quantity::ONE))?;
        let line = WantedLine { product, quantity };
        Ok(KeyedRequest::AddToCart(cart, line))
    };
    body.answer(&state, request, StatusCode::ACCEPTED).await
}

/// Set how many of a product a cart holds
#[utoipa::path(
    put, path = "/api/carts/{cid}/products/{pid}", operation_id = "setCartLine", tag = "Carts",
    params(KeyHeader), request_body = SetQuantityBody,
    responses((status = 200, description = "The cart with that many", body = Payload<CartView<'_>>)),
    extensions(("x-problems" = json!(["validation", "unknown_field", "not_found", "insufficient_stock", "not_for_sale"]))),
)]
pub(super) async fn set(
    state: Data<AppState>,
    path: Path<(String, String)>,
    body: OnceBody,
) -> Result<HttpResponse, ApiError> {
    let request = |members| {
        let (cart, product) = line_ids(&path)?;
        let quantity = quantity(members, None)?;
        let line = WantedLine { product, quantity };
        Ok(KeyedRequest::SetCartLine(cart, line))
    };
    body.answer(&state, request, StatusCode::OK).await
}

/// Replace what a cart holds
#[utoipa::path(
    put, path = "/api/carts/{cid}", operation_id = "replaceCart", tag = "Carts",
    params(KeyHeader), request_body = WantedLinesBody,
    responses((status = 200, description = "The cart with these lines alone", body = Payload<CartView<'_>>)),
    extensions(("x-problems" = json!(["validation", "unknown_field", "not_found", "insufficient_stock", "not_for_sale"]))),
)]
pub(super) async fn replace(
    state: Data<AppState>,
    cid: Path<String>,
    body: OnceBody,
) -> Result<HttpResponse, ApiError> {
    let request = |members: Members| {
        let id = cart_id(&cid)?;
        let lines = wanted_lines(members.only(&["products"])?.objects("products"))?;
        Ok(KeyedRequest::ReplaceCart(id, lines))
    };
    body.answer(&state, request, StatusCode::OK).await
}

/// Take a product out of a cart
#[utoipa::path(
    delete, path = "/api/carts/{cid}/products/{pid}", operation_id = "removeCartLine", tag = "Carts",
    responses((status = 200, description = "The cart without it", body = Payload<CartView<'_>>)),
    extensions(("x-problems" = json!(["not_found"]))),
)]
pub(super) async fn remove(
    state: Data<AppState>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (cart, product) = line_ids(&path)?;
    let cart = state.shop.remove_cart_line(cart, product).await?;
    Ok(answer(StatusCode::OK, &cart))
}

/// Empty a cart
///
/// The cart itself stays, and can be read and filled again.
#[utoipa::path(
    delete, path = "/api/carts/{cid}", operation_id = "emptyCart", tag = "Carts",
    responses((status = 200, description = "The empty cart", body = Payload<CartView<'_>>)),
    extensions(("x-problems" = json!(["not_found"]))),
)]
pub(super) async fn empty(
    state: Data<AppState>,
    cid: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = cart_id(&cid)?;
    let cart = state.shop.replace_cart(id, WantedLines::default()).await?;
    Ok(answer(StatusCode::OK, &cart))
}

/// The answer that shows a cart.
pub(super) fn answer(status: StatusCode, cart: &Cart) -> HttpResponse {
    payload(status, CartView::from(cart))
}

/// `quantity`, which the original application also called `qty`.
pub(super) fn quantity(
    members: Members,
    default: Option<Quantity>,
) -> Result<Quantity, ValidationError> {
    let mut members = members.only(&["quantity", "qty"])?;
    match members.integer("quantity") {
        Field::Missing => match members.integer("qty") {
            Field::Missing => Quantity::read("quantity", Field::Missing, default),
            given => Quantity::read("qty", given, default),
        },
        given => Quantity::read("quantity", given, default),
    }
}

/// Reads `products: [{product, quantity}]`; a malformed id is that of no product, and told as such
/// only when nothing else is wrong.
fn wanted_lines(list: Field<Vec<Members>>) -> Result<WantedLines, ApiError> {
    let mut fields = Fields::default();
    let list = fields.required("products", list, Ok);
    let list = fields.finish(list)?;

    let mut errors = Vec::new();
    let mut unknown = false;
    let mut lines = Vec::new();
    for (index, members) in list.into_iter().enumerate() {
        match wanted_line(index, members) {
            Ok((Some(product), quantity)) => lines.push(WantedLine { product, quantity }),
            Ok((None, _)) => unknown = true,
            Err(ValidationError::Fields(bad)) => errors.extend(bad),
            Err(other) => return Err(other.into()),
        }
    }
    if !errors.is_empty() {
        return Err(ValidationError::Fields(errors).into());
    }
    if unknown {
        return Err(StoreError::NotFound(Noun::Product).into());
    }
    Ok(WantedLines::parse(lines)?)
}

fn wanted_line(
    index: usize,
    members: Members,
) -> Result<(Option<ProductId>, Quantity), ValidationError> {
    let name = |field: &str| format!("products[{index}].{field}");
    let mut members = members.only(&["product", "quantity"]).map_err(|error| {
        let named = error.fields().iter();
        let named = named.map(|e| FieldError::new(name(&e.field), e.reason.clone()));
        ValidationError::UnknownFields(named.collect())
    })?;
    let mut fields = Fields::default();
    let product = fields.required(&name("product"), members.text("product"), |text| {
        Ok(text.parse::<ProductId>().ok())
    });
    let quantity = fields.required(
        &name("quantity"),
        members.integer("quantity"),
        Quantity::parse,
    );
    fields.finish(product.zip(quantity))
}

fn line_ids(path: &(String, String)) -> Result<(CartId, ProductId), StoreError> {
    let (cid, pid) = path;
    Ok((cart_id(cid)?, product_id(pid)?))
}

/// A malformed id is that of no cart.
pub(super) fn cart_id(text: &str) -> Result<CartId, StoreError> {
    text.parse().map_err(|_| StoreError::NotFound(Noun::Cart))
}
