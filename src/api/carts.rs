//! `/api/carts`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use super::idempotency::IdempotentBody;
use super::operation::{CARTS, Operation, RequestBody, Success, payload_of};
use crate::domain::body_fields::BodyFields;
use crate::domain::cart::{
    ADDED_QUANTITY, Cart, LINE_REQUEST, LINE_REQUESTS, LineRequest, LineRequests, NEW_CART,
    Quantity, SET_QUANTITY,
};
use crate::domain::cart_change::CartChange;
use crate::domain::command::{Command, Outcome};
use crate::domain::error::ValidationError;
use crate::domain::field_spec::BodySpec;
use crate::domain::ids::{CartId, InvalidId, ProductId};
use crate::domain::refusal::{Refusal, Resource};
use crate::http::envelope::payload;
use crate::http::error::ApiError;
use crate::http::path::{Id, IdResult, PathId};
use crate::http::problem::ProblemCode::{InsufficientStock, NotForSale, NotFound};
use crate::http::state::AppState;
use crate::protocol::cart_view::CartView;

pub(super) const CREATE: Operation = Operation {
    body: Some(RequestBody::OptionalFields(&NEW_CART)),
    responses: &[shows(201, "The new cart; its `_id` is its key").links(&CartId::PARAMETER)],
    has_key: true,
    problems: &[NotFound, InsufficientStock, NotForSale],
    ..Operation::new("createCart", CARTS, "Create a cart")
};

pub(crate) async fn create(
    state: Data<AppState>,
    body: IdempotentBody,
) -> Result<HttpResponse, ApiError> {
    let command = |fields| Ok(Command::CreateCart(line_requests(&NEW_CART, fields)?));
    body.execute(&state, command, render(StatusCode::CREATED))
        .await
}

pub(super) const GET: Operation = Operation {
    responses: &[shows(200, "The cart")],
    ..Operation::new("getCart", CARTS, "Read a cart")
};

pub(crate) async fn get(
    state: Data<AppState>,
    Id(id): Id<CartId>,
) -> Result<HttpResponse, ApiError> {
    let cart = state.shop.cart(id).await?;
    Ok(response(StatusCode::OK, &cart))
}

pub(super) const ADD: Operation = Operation {
    body: Some(RequestBody::OptionalFields(&ADDED_QUANTITY)),
    responses: &[shows(202, "The changed cart")],
    has_key: true,
    problems: &[InsufficientStock, NotForSale],
    ..Operation::new("addToCart", CARTS, "Add a product to a cart")
};

pub(crate) async fn add(
    state: Data<AppState>,
    cart: IdResult<CartId>,
    product: IdResult<ProductId>,
    body: IdempotentBody,
) -> Result<HttpResponse, ApiError> {
    let command = |fields| {
        let (Id(cart), Id(product)) = (cart?, product?);
        let quantity = Quantity::read(fields, &ADDED_QUANTITY)?;
        let line = LineRequest { product, quantity };
        Ok(Command::ChangeCart(cart, CartChange::Add(line)))
    };
    body.execute(&state, command, render(StatusCode::ACCEPTED))
        .await
}

pub(super) const SET: Operation = Operation {
    body: Some(RequestBody::Fields(&SET_QUANTITY)),
    responses: &[shows(200, "The changed cart")],
    has_key: true,
    problems: &[InsufficientStock, NotForSale],
    ..Operation::new(
        "setCartLine",
        CARTS,
        "Set the quantity of a product in a cart",
    )
};

pub(crate) async fn set(
    state: Data<AppState>,
    cart: IdResult<CartId>,
    product: IdResult<ProductId>,
    body: IdempotentBody,
) -> Result<HttpResponse, ApiError> {
    let command = |fields| {
        let (Id(cart), Id(product)) = (cart?, product?);
        let quantity = Quantity::read(fields, &SET_QUANTITY)?;
        let line = LineRequest { product, quantity };
        Ok(Command::ChangeCart(cart, CartChange::Set(line)))
    };
    body.execute(&state, command, render(StatusCode::OK)).await
}

pub(super) const REPLACE: Operation = Operation {
    body: Some(RequestBody::Fields(&LINE_REQUESTS)),
    responses: &[shows(200, "The changed cart")],
    has_key: true,
    problems: &[InsufficientStock, NotForSale],
    ..Operation::new("replaceCart", CARTS, "Replace the lines of a cart")
};

pub(crate) async fn replace(
    state: Data<AppState>,
    cart: IdResult<CartId>,
    body: IdempotentBody,
) -> Result<HttpResponse, ApiError> {
    let command = |fields| {
        let Id(id) = cart?;
        let lines = line_requests(&LINE_REQUESTS, fields)?;
        Ok(Command::ChangeCart(id, CartChange::Replace(lines)))
    };
    body.execute(&state, command, render(StatusCode::OK)).await
}

pub(super) const REMOVE: Operation = Operation {
    responses: &[shows(200, "The changed cart")],
    ..Operation::new("removeCartLine", CARTS, "Remove a product from a cart")
};

pub(crate) async fn remove(
    state: Data<AppState>,
    Id(cart): Id<CartId>,
    Id(product): Id<ProductId>,
) -> Result<HttpResponse, ApiError> {
    let cart = state
        .shop
        .change_cart(cart, CartChange::Remove(product))
        .await?;
    Ok(response(StatusCode::OK, &cart))
}

pub(super) const EMPTY: Operation = Operation {
    description: "The cart is kept and can be filled again.",
    responses: &[shows(200, "The empty cart")],
    ..Operation::new("emptyCart", CARTS, "Empty a cart")
};

pub(crate) async fn empty(
    state: Data<AppState>,
    Id(id): Id<CartId>,
) -> Result<HttpResponse, ApiError> {
    let cart = state
        .shop
        .change_cart(id, CartChange::Replace(LineRequests::default()))
        .await?;
    Ok(response(StatusCode::OK, &cart))
}

/// The response with a cart, for the documents.
const fn shows(status: u16, description: &'static str) -> Success {
    Success::json(status, description, payload_of::<CartView<'_>>)
}

fn response(status: StatusCode, cart: &Cart) -> HttpResponse {
    payload(status, CartView::from(cart))
}

fn render(status: StatusCode) -> impl Fn(Outcome) -> Option<HttpResponse> {
    move |outcome| Some(response(status, &outcome.cart()?))
}

/// Reads the lines of a cart. A malformed id is that of an unknown product, which is reported only
/// when nothing else is wrong.
fn line_requests(spec: &'static BodySpec, body: BodyFields) -> Result<LineRequests, ApiError> {
    let mut body = spec.reader(body)?;
    let list = body.read::<Vec<BodyFields>>("products");
    let list = body.finish(list)?;

    let mut errors = Vec::new();
    let mut has_unknown_product = false;
    let mut lines = Vec::new();
    for (index, line) in list.into_iter().enumerate() {
        match line_request(index, line) {
            Ok((Ok(product), quantity)) => lines.push(LineRequest { product, quantity }),
            Ok((Err(_), _)) => has_unknown_product = true,
            Err(ValidationError::Fields(invalid)) => errors.extend(invalid),
            Err(other) => return Err(other.into()),
        }
    }
    if !errors.is_empty() {
        return Err(ValidationError::Fields(errors).into());
    }
    if has_unknown_product {
        return Err(Refusal::NotFound(Resource::Product).into());
    }
    Ok(LineRequests::parse(lines)?)
}

fn line_request(
    index: usize,
    line: BodyFields,
) -> Result<(Result<ProductId, InvalidId>, Quantity), ValidationError> {
    let mut line = LINE_REQUEST.reader_at(format!("products[{index}]."), line)?;
    let product = line.read::<String>("product");
    let quantity = line.read("quantity");
    line.finish(product.map(|id| id.parse()).zip(quantity))
}
