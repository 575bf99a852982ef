//! A cart, `/carts/:cid`.

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use fluent_templates::fluent_bundle::FluentValue;
use serde::Serialize;

use super::layout::{Layout, Notice};
use super::product_model::ProductModel;
use super::visitor::Visitor;
use super::{failure, format, respond};
use crate::domain::cart::{Cart, CartLine};
use crate::domain::cart_transition::is_available;
use crate::domain::hold::Hold;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::money::Money;
use crate::domain::timestamp::Timestamp;
use crate::http::error::ApiError;
use crate::http::path::{Id, IdResult};
use crate::http::state::AppState;
use crate::i18n::{Arguments, Language};
use crate::protocol::amount::Amount;
use crate::store::StoreError;

const SOCKET: &str = "/ws/products";

/// Fields: see `views/cart.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CartPage {
    cart_id: Option<String>,
    lines: Vec<LineModel>,
    units: i64,
    total: Amount,
    total_text: String,
    warnings: Vec<String>,
    empty_url: String,
    socket: &'static str,
    now: i64,
    purchase: Option<PurchaseModel>,
}

/// The form that buys the cart; its key makes a repeated submit harmless.
#[derive(Serialize)]
struct PurchaseModel {
    url: String,
    key: String,
    total: Amount,
    purchaser: String,
    partial: bool,
    text: String,
}

/// Fields: see `views/partials/cart-line.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineModel {
    product: ProductModel,
    quantity: i64,
    max: i64,
    subtotal: Amount,
    subtotal_text: String,
    kept_until: Option<i64>,
    kept_text: Option<String>,
    held: i64,
    problem: Option<String>,
    takeable: bool,
    set_url: String,
    remove_url: String,
    error: Option<String>,
}

/// A form of the page that was refused, and the product of its line.
pub(super) struct RefusedForm {
    pub(super) status: StatusCode,
    pub(super) product: Option<ProductId>,
    pub(super) reason: String,
    /// The buyer's address as it was typed.
    pub(super) purchaser: String,
}

/// `/carts`: the visitor's own cart, or an empty page if there is none yet.
pub(super) async fn show_own(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    match &visitor.cart {
        Some(cart) => HttpResponse::SeeOther()
            .insert_header((header::LOCATION, format!("/carts/{}", cart.id)))
            .finish(),
        None => render(&visitor, None, None),
    }
}

pub(super) async fn show(
    request: HttpRequest,
    state: Data<AppState>,
    cart: IdResult<CartId>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let page = match cart {
        Ok(Id(cart)) => load_and_render(&state, &visitor, cart, None).await,
        Err(error) => Err(error),
    };
    failure::or_page(&visitor, page)
}

/// The page of a cart, after a refused form with its reason.
pub(super) async fn load_and_render(
    state: &AppState,
    visitor: &Visitor,
    cart: CartId,
    refused: Option<&RefusedForm>,
) -> Result<HttpResponse, ApiError> {
    let cart = state.shop.cart(cart).await?;
    let key = IdempotencyKey::generate().map_err(StoreError::from)?;
    Ok(render(visitor, Some((&cart, key)), refused))
}

fn render(
    visitor: &Visitor,
    cart: Option<(&Cart, String)>,
    refused: Option<&RefusedForm>,
) -> HttpResponse {
    let language = visitor.language;
    let purchaser = refused.map_or("", |refused| &refused.purchaser);
    let purchase = cart
        .as_ref()
        .map(|(cart, key)| purchase_model(cart, key.clone(), purchaser, language));
    let cart = cart.map(|(cart, _)| cart);
    let lines = cart.map_or(&[][..], |cart| &cart.lines);
    let total = cart.map_or(Money::default(), Cart::total);
    let dropped = cart.map_or(0, |cart| cart.dropped.len() as i64);
    let content = CartPage {
        cart_id: cart.map(|cart| cart.id.to_string()),
        lines: cart
            .map(|cart| models(cart, language, refused))
            .unwrap_or_default(),
        units: lines.iter().map(|line| line.quantity).sum(),
        total: Amount(total),
        total_text: format::price(language, total),
        warnings: (dropped > 0)
            .then(|| format::count(language, "cart-warning-dropped", dropped))
            .into_iter()
            .collect(),
        empty_url: cart
            .map(|cart| format!("/carts/{}/empty", cart.id))
            .unwrap_or_default(),
        socket: if cart.is_some() { SOCKET } else { "" },
        now: Timestamp::now().millis(),
        purchase,
    };
    // A reason that no line shows is shown above the page.
    let without_line = refused.filter(|refused| {
        !lines
            .iter()
            .any(|line| Some(line.product.id) == refused.product)
    });
    let notice = without_line.map(|refused| Notice {
        kind: "bad",
        text: refused.reason.clone(),
    });
    let layout = Layout::new(visitor, "cart", language.translate("title-cart")).with_notice(notice);
    let status = refused.map_or(StatusCode::OK, |refused| refused.status);
    respond(status, "cart", &layout, &content)
}

fn purchase_model(cart: &Cart, key: String, purchaser: &str, language: Language) -> PurchaseModel {
    let total = FluentValue::from(format::price(language, cart.total()));
    let short = cart.lines.iter().filter(|line| !is_available(line)).count();
    PurchaseModel {
        url: format!("/carts/{}/purchase", cart.id),
        key,
        total: Amount(cart.total()),
        purchaser: purchaser.to_owned(),
        partial: short > 0 && short < cart.lines.len(),
        text: language.translate_with(
            "purchase-action",
            &Arguments::from([("total".into(), total)]),
        ),
    }
}

fn models(cart: &Cart, language: Language, refused: Option<&RefusedForm>) -> Vec<LineModel> {
    cart.lines
        .iter()
        .map(|line| model(cart, line, language, refused))
        .collect()
}

fn model(
    cart: &Cart,
    line: &CartLine,
    language: Language,
    refused: Option<&RefusedForm>,
) -> LineModel {
    let set_url = format!("/carts/{}/lines/{}", cart.id, line.product.id);
    LineModel {
        product: ProductModel::new(&line.product, language),
        quantity: line.quantity,
        max: line.available(),
        subtotal: Amount(line.subtotal()),
        subtotal_text: format::price(language, line.subtotal()),
        kept_until: line.hold.map(|hold| hold.until.millis()),
        kept_text: line.hold.and_then(|hold| kept_text(language, hold)),
        // Scripts add these to the free units in the frames of the product.
        held: line.hold.map_or(0, |_| line.quantity),
        problem: problem(line, language),
        takeable: is_takeable(line),
        remove_url: format!("{set_url}/remove"),
        set_url,
        error: refused
            .filter(|refused| refused.product == Some(line.product.id))
            .map(|refused| refused.reason.clone()),
    }
}

/// Whether some of its units can be bought, but not all.
fn is_takeable(line: &CartLine) -> bool {
    !is_available(line) && line.product.status && line.available() > 0
}

/// Why a line cannot be bought as it is; `problemOf` in `cart-line.js` is the same rule.
fn problem(line: &CartLine, language: Language) -> Option<String> {
    match line.available() {
        _ if is_available(line) => None,
        _ if !line.product.status => Some(language.translate("cart-not-for-sale")),
        1.. => Some(format::count(language, "cart-only", line.available())),
        _ => Some(language.translate("cart-sold-out")),
    }
}

/// The minutes for which a line is still reserved, rounded up.
fn kept_text(language: Language, hold: Hold) -> Option<String> {
    const MINUTE: i64 = 60_000;
    let remaining = hold.until.millis() - Timestamp::now().millis();
    let minutes = (remaining + MINUTE - 1) / MINUTE;
    (remaining > 0).then(|| format::count(language, "cart-reserved-minutes", minutes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::product::Product;
    use crate::pages::shared_cases;

    #[test]
    fn a_line_that_cannot_be_bought_has_a_problem() {
        for case in shared_cases::of("lines") {
            let integer = |name: &str| case[name].as_i64().expect("an integer");
            let line = CartLine {
                product: Product {
                    status: case["status"] == true,
                    stock: integer("available"),
                    ..Product::default()
                },
                quantity: integer("quantity"),
                hold: None,
                earlier_held: 0,
            };
            shared_cases::assert_text(&case, |language| {
                problem(&line, language).unwrap_or_default()
            });
            assert_eq!(case["takeable"], is_takeable(&line), "{case}");
        }
    }
}
