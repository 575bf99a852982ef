//! The cart's forms: a POST, then the cart's page; for scripts, the answer of the API.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::visitor::{self, Visitor, cart_cookie};
use super::{accepts, cart, failure, product, words};
use crate::domain::cart::{Cart, Quantity, WantedLine, WantedLines};
use crate::domain::error::ValidationError;
use crate::domain::field::Field;
use crate::domain::ids::ProductId;
use crate::domain::members::Members;
use crate::protocol::cart_view::CartView;
use crate::shop::{Shop, ShopError};
use crate::store::{Noun, StoreError};
use crate::text::Language;
use crate::web::body::Body;
use crate::web::carts::{cart_id, quantity};
use crate::web::envelope::payload;
use crate::web::error::ApiError;
use crate::web::guard::client::is_secure;
use crate::web::guard::limits;
use crate::web::products::product_id;
use crate::web::state::AppState;

/// `POST /carts/lines`: adds to the visitor's cart, which is made when there is none.
pub(super) async fn add(
    request: HttpRequest,
    state: Data<AppState>,
    Body(mut members): Body,
) -> HttpResponse {
    let typed = members.as_typed("quantity");
    let id = match members.text("product") {
        Field::Given(id) => product_id(&id),
        _ => Err(StoreError::NotFound(Noun::Product)),
    };
    let error = match id {
        Err(error) => error.into(),
        Ok(id) => match add_line(&request, &state.shop, id, members).await {
            Ok(cart) => return added(&request, &cart),
            Err(error @ ApiError::TooManyRequests { .. }) => error,
            Err(error) => {
                return refuse_add(&request, &state, id, &typed, &error).await;
            }
        },
    };
    refuse(&request, &state, &error).await
}

async fn add_line(
    request: &HttpRequest,
    shop: &Shop,
    product: ProductId,
    members: Members,
) -> Result<Cart, ApiError> {
    let quantity = quantity(members, Some(Quantity::ONE))?;
    if let Some(id) = visitor::cart_id(request) {
        match shop.add_to_cart(id, product, quantity).await {
            // The cart has ended since: a new one takes its place.
            Err(ShopError::Store(StoreError::NotFound(Noun::Cart))) => {}
            other => return Ok(other?),
        }
    }
    let lines = WantedLines::parse(vec![WantedLine { product, quantity }])?;
    limits::admit_new_cart(request)?;
    Ok(shop.create_cart(lines).await?)
}

fn added(request: &HttpRequest, cart: &Cart) -> HttpResponse {
    let mut response = if accepts(request, "application/json") {
        payload(StatusCode::ACCEPTED, CartView::from(cart))
    } else {
        see(&cart_url(&cart.id.to_string()))
    };
    if let Err(error) = response.add_cookie(&cart_cookie(cart.id, is_secure(request))) {
        log::error!("the cart's cookie was not set: {error}");
    }
    response
}

/// The product's page again, with what was typed and why it was refused.
async fn refuse_add(
    request: &HttpRequest,
    state: &AppState,
    product: ProductId,
    typed: &str,
    error: &ApiError,
) -> HttpResponse {
    if accepts(request, "application/json") {
        return error.error_response();
    }
    let visitor = Visitor::of(request, state).await;
    let refused = product::Refused {
        status: error.status_code(),
        quantity: if typed.is_empty() { "1" } else { typed },
        reason: &reason(visitor.language, error),
    };
    let drawn = product::draw(state, &visitor, product, Some(&refused)).await;
    failure::or_page(state, &visitor, drawn)
}

async fn refuse(request: &HttpRequest, state: &AppState, error: &ApiError) -> HttpResponse {
    if accepts(request, "application/json") {
        return error.error_response();
    }
    let visitor = Visitor::of(request, state).await;
    failure::page(state, &visitor, error)
}

/// `POST /carts/:cid/lines/:pid`: sets the quantity.
pub(super) async fn set(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(String, String)>,
    Body(members): Body,
) -> HttpResponse {
    let (cid, pid) = path.into_inner();
    let changed = async {
        let (cart, product) = (cart_id(&cid)?, product_id(&pid)?);
        let quantity = quantity(members, None)?;
        Ok(state.shop.set_cart_line(cart, product, quantity).await?)
    };
    let changed = changed.await;
    answer(&request, &state, &cid, product_id(&pid).ok(), changed).await
}

/// `POST /carts/:cid/lines/:pid/remove`.
pub(super) async fn remove(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(String, String)>,
) -> HttpResponse {
    let (cid, pid) = path.into_inner();
    let changed = async {
        let (cart, product) = (cart_id(&cid)?, product_id(&pid)?);
        match state.shop.remove_cart_line(cart, product).await {
            // A second click on a line that is gone has what it wanted.
            Err(ShopError::Store(StoreError::NotFound(Noun::CartLine))) => {
                Ok(state.shop.cart(cart).await?)
            }
            other => Ok(other?),
        }
    };
    let changed = changed.await;
    answer(&request, &state, &cid, product_id(&pid).ok(), changed).await
}

/// `POST /carts/:cid/empty`.
pub(super) async fn empty(
    request: HttpRequest,
    state: Data<AppState>,
    cid: Path<String>,
) -> HttpResponse {
    let changed = async {
        let nothing = WantedLines::default();
        Ok(state.shop.replace_cart(cart_id(&cid)?, nothing).await?)
    };
    let changed = changed.await;
    answer(&request, &state, &cid, None, changed).await
}

/// The cart's page after a change; a refused change shows it with the reason.
async fn answer(
    request: &HttpRequest,
    state: &AppState,
    cid: &str,
    product: Option<ProductId>,
    changed: Result<Cart, ApiError>,
) -> HttpResponse {
    let for_script = accepts(request, "application/json");
    let error = match changed {
        Ok(cart) if for_script => return payload(StatusCode::OK, CartView::from(&cart)),
        Ok(_) => return see(&cart_url(cid)),
        Err(error) if for_script => return error.error_response(),
        Err(error) => error,
    };
    let visitor = Visitor::of(request, state).await;
    let refused = cart::Refused {
        status: error.status_code(),
        product,
        reason: reason(visitor.language, &error),
        purchaser: String::new(),
    };
    let drawn = cart::read_and_draw(state, &visitor, cid, Some(&refused)).await;
    failure::or_page(state, &visitor, drawn)
}

fn cart_url(cid: &str) -> String {
    format!("/carts/{cid}")
}

fn see(url: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, url))
        .finish()
}

/// Why a form was refused, as a sentence for its page.
fn reason(language: Language, error: &ApiError) -> String {
    match error {
        ApiError::Store(StoreError::InsufficientStock { available: 0, .. }) => {
            language.say("cart-sold-out")
        }
        ApiError::Store(StoreError::InsufficientStock { available, .. }) => {
            words::count(language, "cart-only", *available)
        }
        ApiError::Store(StoreError::NotForSale { .. }) => language.say("cart-not-for-sale"),
        ApiError::Store(StoreError::NotFound(_)) => language.say("cart-product-gone"),
        ApiError::Store(StoreError::CartFull) => language.say("cart-full"),
        ApiError::Invalid(ValidationError::Fields(_)) => language.say("cart-quantity-bad"),
        _ => language.say("problem-other"),
    }
}
