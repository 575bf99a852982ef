//! A cart, `/carts/:cid`.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use fluent_templates::fluent_bundle::FluentValue;
use serde::Serialize;

use super::frame::{Frame, Notice};
use super::product_model::ProductModel;
use super::visitor::Visitor;
use super::{failure, respond, words};
use crate::domain::cart::{Cart, CartLine};
use crate::domain::cart_transition::can_be_had;
use crate::domain::hold::Hold;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::ProductId;
use crate::domain::money::Money;
use crate::domain::timestamp::Timestamp;
use crate::protocol::amount::Amount;
use crate::store::StoreError;
use crate::text::{Arguments, Language};
use crate::web::carts::cart_id;
use crate::web::error::ApiError;
use crate::web::state::AppState;

/// Where the cart's stream is.
const SOCKET: &str = "/ws/products";

/// The fields are told in `views/cart.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    cart_id: Option<String>,
    lines: Vec<LineModel>,
    pieces: i64,
    total: Amount,
    total_text: String,
    warnings: Vec<String>,
    empty_url: String,
    socket: &'static str,
    now: i64,
    purchase: Option<PurchaseModel>,
}

/// The form that buys the cart, once: its key goes with it.
#[derive(Serialize)]
struct PurchaseModel {
    url: String,
    key: String,
    total: Amount,
    purchaser: String,
    partial: bool,
    text: String,
}

/// The fields are told in `views/partials/cart-line.hbs`.
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
    short: bool,
    takeable: bool,
    set_url: String,
    remove_url: String,
    error: Option<String>,
}

/// Why a form of the page was refused, and which line's it was.
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) product: Option<ProductId>,
    pub(super) reason: String,
    /// What was typed as the buyer's address.
    pub(super) purchaser: String,
}

/// `/carts`: the visitor's own cart, or the page of one who has none yet.
pub(super) async fn show_own(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    match &visitor.cart {
        Some(cart) => HttpResponse::SeeOther()
            .insert_header((header::LOCATION, format!("/carts/{}", cart.id)))
            .finish(),
        None => draw(&state, &visitor, None, None),
    }
}

pub(super) async fn show(
    request: HttpRequest,
    state: Data<AppState>,
    cid: Path<String>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let drawn = read_and_draw(&state, &visitor, &cid, None).await;
    failure::or_page(&state, &visitor, drawn)
}

/// The page of a cart, with what was refused where a form was.
pub(super) async fn read_and_draw(
    state: &AppState,
    visitor: &Visitor,
    cid: &str,
    refused: Option<&Refused>,
) -> Result<HttpResponse, ApiError> {
    let cart = state.shop.cart(cart_id(cid)?).await?;
    let key = IdempotencyKey::draw().map_err(StoreError::from)?;
    Ok(draw(state, visitor, Some((&cart, key)), refused))
}

fn draw(
    state: &AppState,
    visitor: &Visitor,
    cart: Option<(&Cart, String)>,
    refused: Option<&Refused>,
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
    let content = Content {
        cart_id: cart.map(|cart| cart.id.to_string()),
        lines: cart
            .map(|cart| models(cart, language, refused))
            .unwrap_or_default(),
        pieces: lines.iter().map(|line| line.quantity).sum(),
        total: Amount(total),
        total_text: words::price(language, total),
        warnings: (dropped > 0)
            .then(|| words::count(language, "cart-warning-dropped", dropped))
            .into_iter()
            .collect(),
        empty_url: cart
            .map(|cart| format!("/carts/{}/empty", cart.id))
            .unwrap_or_default(),
        socket: if cart.is_some() { SOCKET } else { "" },
        now: Timestamp::now().millis(),
        purchase,
    };
    // What no line shows stands above the page.
    let above = refused.filter(|refused| {
        !lines
            .iter()
            .any(|line| Some(line.product.id) == refused.product)
    });
    let notice = above.map(|refused| Notice {
        kind: "bad",
        text: refused.reason.clone(),
    });
    let frame = Frame::new(visitor, "cart", language.say("title-cart")).with_notice(notice);
    let status = refused.map_or(StatusCode::OK, |refused| refused.status);
    respond(state, status, "cart", &frame, &content)
}

fn purchase_model(cart: &Cart, key: String, purchaser: &str, language: Language) -> PurchaseModel {
    let total = FluentValue::from(words::price(language, cart.total()));
    let short = cart.lines.iter().filter(|line| !can_be_had(line)).count();
    PurchaseModel {
        url: format!("/carts/{}/purchase", cart.id),
        key,
        total: Amount(cart.total()),
        purchaser: purchaser.to_owned(),
        partial: short > 0 && short < cart.lines.len(),
        text: language.say_with(
            "purchase-action",
            &Arguments::from([("total".into(), total)]),
        ),
    }
}

fn models(cart: &Cart, language: Language, refused: Option<&Refused>) -> Vec<LineModel> {
    cart.lines
        .iter()
        .map(|line| model(cart, line, language, refused))
        .collect()
}

fn model(cart: &Cart, line: &CartLine, language: Language, refused: Option<&Refused>) -> LineModel {
    let set_url = format!("/carts/{}/lines/{}", cart.id, line.product.id);
    LineModel {
        product: ProductModel::new(&line.product, language),
        quantity: line.quantity,
        max: line.available(),
        subtotal: Amount(line.subtotal()),
        subtotal_text: words::price(language, line.subtotal()),
        kept_until: line.hold.map(|hold| hold.until.millis()),
        kept_text: line.hold.and_then(|hold| kept_text(language, hold)),
        short: line.quantity > line.available(),
        takeable: !can_be_had(line) && line.product.status && line.available() > 0,
        remove_url: format!("{set_url}/remove"),
        set_url,
        error: refused
            .filter(|refused| refused.product == Some(line.product.id))
            .map(|refused| refused.reason.clone()),
    }
}

/// For how many minutes a line is kept still, the one that has begun among them.
fn kept_text(language: Language, hold: Hold) -> Option<String> {
    const MINUTE: i64 = 60_000;
    let left = hold.until.millis() - Timestamp::now().millis();
    (left > 0).then(|| words::count(language, "cart-kept-minutes", (left + MINUTE - 1) / MINUTE))
}
