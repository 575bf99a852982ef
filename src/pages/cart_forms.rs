//! The cart's forms: a POST, then the cart's page; for scripts, the API's response.

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::visitor::{self, Visitor, cart_cookie};
use super::{accepts, cart, failure, format, product};
use crate::domain::body_fields::BodyFields;
use crate::domain::cart::{
    ADDED_QUANTITY, Cart, LineRequest, LineRequests, MAX_LINES, Quantity, SET_QUANTITY,
};
use crate::domain::cart_change::CartChange;
use crate::domain::error::ValidationError;
use crate::domain::field::Field;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::refusal::{Refusal, Resource};
use crate::http::body::Body;
use crate::http::catalogue::CatalogueReader;
use crate::http::envelope::payload;
use crate::http::error::ApiError;
use crate::http::guard::admission;
use crate::http::path::{Id, IdResult, PathId};
use crate::http::state::AppState;
use crate::i18n::Language;
use crate::protocol::cart_view::CartView;
use crate::shop::{Shop, ShopError};
use crate::store::StoreError;

/// `POST /carts/lines`: adds to the visitor's cart, and makes one if there is none.
pub(super) async fn add(
    request: HttpRequest,
    state: Data<AppState>,
    catalogue: CatalogueReader,
    Body(mut members): Body,
) -> HttpResponse {
    let typed = members.as_typed("quantity");
    let id = match members.string("product") {
        Field::Present(id) => ProductId::parse(&id),
        _ => Err(Refusal::NotFound(Resource::Product)),
    };
    let error = match id {
        Err(error) => error.into(),
        Ok(id) => match add_line(&request, &state.shop, id, members).await {
            Ok(cart) => return added(&request, &cart),
            Err(error @ ApiError::TooManyRequests { .. }) => error,
            Err(error) => {
                return refuse_add(&request, &state, &catalogue, id, &typed, &error).await;
            }
        },
    };
    refuse(&request, &state, &error).await
}

async fn add_line(
    request: &HttpRequest,
    shop: &Shop,
    product: ProductId,
    members: BodyFields,
) -> Result<Cart, ApiError> {
    let quantity = Quantity::read(members, &ADDED_QUANTITY)?;
    let line = LineRequest { product, quantity };
    if let Some(id) = visitor::cart_id(request) {
        match shop.change_cart(id, CartChange::Add(line)).await {
            // The cart has expired: a new one replaces it.
            Err(ShopError::Store(StoreError::Refused(Refusal::NotFound(Resource::Cart)))) => {}
            other => return Ok(other?),
        }
    }
    let lines = LineRequests::parse(vec![line])?;
    admission::admit_new_cart(request)?;
    Ok(shop.create_cart(lines).await?)
}

fn added(request: &HttpRequest, cart: &Cart) -> HttpResponse {
    let mut response = if accepts(request, "application/json") {
        payload(StatusCode::ACCEPTED, CartView::from(cart))
    } else {
        see(cart.id)
    };
    let is_secure = AppState::of(request).site.is_secure(request);
    if let Err(error) = response.add_cookie(&cart_cookie(cart.id, is_secure)) {
        log::error!("cart cookie not set: {error}");
    }
    response
}

/// The product's page again, with the typed quantity and the reason.
async fn refuse_add(
    request: &HttpRequest,
    state: &AppState,
    catalogue: &CatalogueReader,
    product: ProductId,
    typed: &str,
    error: &ApiError,
) -> HttpResponse {
    if accepts(request, "application/json") {
        return for_script(request, state, error);
    }
    let visitor = Visitor::of(request, state).await;
    let refused = product::RefusedForm {
        status: error.status_code(),
        quantity: if typed.is_empty() { "1" } else { typed },
        reason: &reason(visitor.language, error),
    };
    let page = product::render(catalogue, &visitor, product, Some(&refused)).await;
    failure::or_page(&visitor, page)
}

async fn refuse(request: &HttpRequest, state: &AppState, error: &ApiError) -> HttpResponse {
    if accepts(request, "application/json") {
        return for_script(request, state, error);
    }
    let visitor = Visitor::of(request, state).await;
    failure::page(&visitor, error)
}

/// The problem, with its reason as the page shows it.
fn for_script(request: &HttpRequest, state: &AppState, error: &ApiError) -> HttpResponse {
    error.page_response(&reason(visitor::language(request, state.language), error))
}

/// `POST /carts/:cid/lines/:pid`: sets the quantity.
pub(super) async fn set(
    request: HttpRequest,
    state: Data<AppState>,
    cart: IdResult<CartId>,
    product: IdResult<ProductId>,
    Body(members): Body,
) -> HttpResponse {
    let set = |product| {
        let quantity = Quantity::read(members, &SET_QUANTITY)?;
        Ok(CartChange::Set(LineRequest { product, quantity }))
    };
    change_line(&request, &state, cart, product, set).await
}

/// `POST /carts/:cid/lines/:pid/remove`.
pub(super) async fn remove(
    request: HttpRequest,
    state: Data<AppState>,
    cart: IdResult<CartId>,
    product: IdResult<ProductId>,
) -> HttpResponse {
    let remove = |product| Ok(CartChange::Remove(product));
    change_line(&request, &state, cart, product, remove).await
}

/// `POST /carts/:cid/empty`.
pub(super) async fn empty(
    request: HttpRequest,
    state: Data<AppState>,
    cart: IdResult<CartId>,
) -> HttpResponse {
    let cart = match cart {
        Ok(Id(cart)) => cart,
        Err(error) => return refuse(&request, &state, &error).await,
    };
    let empty = CartChange::Replace(LineRequests::default());
    let changed = change(&state.shop, cart, empty).await;
    respond(&request, &state, cart, None, changed).await
}

async fn change_line(
    request: &HttpRequest,
    state: &AppState,
    cart: IdResult<CartId>,
    product: IdResult<ProductId>,
    to_change: impl FnOnce(ProductId) -> Result<CartChange, ValidationError>,
) -> HttpResponse {
    let cart = match cart {
        Ok(Id(cart)) => cart,
        Err(error) => return refuse(request, state, &error).await,
    };
    let (product, changed) = match product {
        Ok(Id(product)) => {
            let changed = match to_change(product) {
                Ok(line) => change(&state.shop, cart, line).await,
                Err(error) => Err(error.into()),
            };
            (Some(product), changed)
        }
        Err(error) => (None, Err(error)),
    };
    respond(request, state, cart, product, changed).await
}

async fn change(shop: &Shop, cart: CartId, change: CartChange) -> Result<Cart, ApiError> {
    match shop.change_cart(cart, change).await {
        // A second click on a button that removes a line.
        Err(ShopError::Store(StoreError::Refused(Refusal::NotFound(Resource::CartLine)))) => {
            Ok(shop.cart(cart).await?)
        }
        changed => Ok(changed?),
    }
}

/// The cart's page after a change, with the reason if it was refused.
async fn respond(
    request: &HttpRequest,
    state: &AppState,
    cart: CartId,
    product: Option<ProductId>,
    changed: Result<Cart, ApiError>,
) -> HttpResponse {
    let is_script = accepts(request, "application/json");
    let error = match changed {
        Ok(cart) if is_script => return payload(StatusCode::OK, CartView::from(&cart)),
        Ok(cart) => return see(cart.id),
        Err(error) if is_script => return for_script(request, state, &error),
        Err(error) => error,
    };
    let visitor = Visitor::of(request, state).await;
    let refused = cart::RefusedForm {
        status: error.status_code(),
        product,
        reason: reason(visitor.language, &error),
        purchaser: String::new(),
    };
    let page = cart::load_and_render(state, &visitor, cart, Some(&refused)).await;
    failure::or_page(&visitor, page)
}

fn see(cart: CartId) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, format!("/carts/{cart}")))
        .finish()
}

/// The reason of a refusal, as a sentence for the page of its form.
fn reason(language: Language, error: &ApiError) -> String {
    match error {
        ApiError::Store(StoreError::Refused(Refusal::InsufficientStock {
            available: 0, ..
        })) => language.translate("cart-sold-out"),
        ApiError::Store(StoreError::Refused(Refusal::InsufficientStock { available, .. })) => {
            format::count(language, "cart-only", *available)
        }
        ApiError::Store(StoreError::Refused(Refusal::NotForSale { .. })) => {
            language.translate("cart-not-for-sale")
        }
        ApiError::Store(StoreError::Refused(Refusal::NotFound(Resource::Cart))) => {
            language.translate("cart-gone")
        }
        ApiError::Store(StoreError::Refused(Refusal::NotFound(_))) => {
            language.translate("cart-product-gone")
        }
        ApiError::Store(StoreError::Refused(Refusal::CartFull)) => {
            format::count(language, "cart-full", MAX_LINES as i64)
        }
        ApiError::Invalid(ValidationError::Fields(_)) => language.translate("cart-quantity-bad"),
        ApiError::TooManyRequests { .. } => language.translate("problem-too-many"),
        _ => language.translate("problem-other"),
    }
}
