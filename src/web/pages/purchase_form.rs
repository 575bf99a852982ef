//! `POST /carts/:cid/purchase`: buys what the cart holds, once however often its form is sent.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use fluent_templates::fluent_bundle::FluentValue;
use serde::{Deserialize, Serialize};

use super::visitor::Visitor;
use super::{cart, failure, words};
use crate::domain::error::ValidationError;
use crate::domain::field::Field;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::members::Members;
use crate::domain::money::Money;
use crate::domain::purchase::{PurchaseMode, PurchaseRequest};
use crate::shop::ShopError;
use crate::store::{Effect, KeyedRequest, Once, Reply, StoreError, StoreResult};
use crate::text::{Arguments, Language};
use crate::web::body::Body;
use crate::web::carts::cart_id;
use crate::web::error::ApiError;
use crate::web::guard::limits;
use crate::web::state::AppState;

/// What came of a form, as it is kept under the form's key.
#[derive(Debug, Serialize, Deserialize)]
enum Outcome {
    /// It made this order; perhaps some lines are left in the cart.
    Bought { order: String, left: bool },
    /// Nothing was sold.
    Refused(Refusal),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Refusal {
    Short,
    NotForSale,
    /// What the cart costs now, in minor units.
    PriceChanged(i64),
    Empty,
    Other,
}

pub(super) async fn buy(
    request: HttpRequest,
    state: Data<AppState>,
    cid: Path<String>,
    Body(members): Body,
) -> HttpResponse {
    let purchaser = members.as_typed("purchaser");
    let visitor = Visitor::of(&request, &state).await;
    match purchase(&request, &state, &cid, members).await {
        Ok(Outcome::Bought { order, left }) => see(&order, left),
        Ok(Outcome::Refused(refusal)) => {
            let reason = reason(visitor.language, refusal);
            show_again(
                &state,
                &visitor,
                &cid,
                &purchaser,
                StatusCode::CONFLICT,
                reason,
            )
            .await
        }
        Err(error) => match words_for(&error) {
            Some(id) => {
                let (status, reason) = (error.status_code(), visitor.language.say(id));
                show_again(&state, &visitor, &cid, &purchaser, status, reason).await
            }
            None => failure::page(&state, &visitor, &error),
        },
    }
}

async fn purchase(
    request: &HttpRequest,
    state: &AppState,
    cid: &str,
    members: Members,
) -> Result<Outcome, ApiError> {
    let cart = cart_id(cid)?;
    let (wanted, key) = read(cid, members)?;
    let wanted = KeyedRequest::Purchase(cart, wanted);
    if limits::admit_key(request).is_err() {
        return without_key(state, wanted).await;
    }
    let once = Once {
        key,
        request: wanted.clone(),
        answer: Arc::new(kept),
    };
    let bytes = match state.shop.perform_once(once).await {
        Ok(Reply::First(bytes) | Reply::Replayed(bytes)) => bytes,
        Err(ShopError::Store(StoreError::KeysExhausted)) => {
            return without_key(state, wanted).await;
        }
        Err(error) => return Err(error.into()),
    };
    serde_json::from_slice(&bytes)
        .map_err(|error| StoreError::Internal(format!("a kept answer: {error}").into()).into())
}

/// Where no more answers can be kept people buy all the same: a cart is bought once, and who sends the form again is told
/// that it is empty.
async fn without_key(state: &AppState, wanted: KeyedRequest) -> Result<Outcome, ApiError> {
    match state.shop.perform(wanted).await {
        Ok(effect) => Ok(outcome(Ok(effect))),
        Err(ShopError::Store(refusal)) if refusal.is_final() => Ok(outcome(Err(refusal))),
        Err(error) => Err(error.into()),
    }
}

/// The request, and the key that the page drew for it.
fn read(cid: &str, members: Members) -> Result<(PurchaseRequest, IdempotencyKey), ValidationError> {
    let mut members = members.only(&["purchaser", "total", "key", "mode"])?;
    let partial = matches!(members.text("mode"), Field::Given(mode) if mode == "partial");
    let mode = match partial {
        true => PurchaseMode::Partial,
        false => PurchaseMode::Whole,
    };
    let total = members.as_typed("total");
    let Field::Given(key) = members.text("key") else {
        return Err(ValidationError::IdempotencyKey);
    };
    let request = PurchaseRequest::parse(members.text("purchaser"), members.number("total"), mode)?;
    let path = format!("/carts/{cid}/purchase");
    let content = [request.purchaser.as_str(), &total, &format!("{mode:?}")];
    let key = IdempotencyKey::parse(&key, "POST", &path, &content.map(str::as_bytes))?;
    Ok((request, key))
}

fn kept(done: StoreResult<Effect>) -> Vec<u8> {
    serde_json::to_vec(&outcome(done)).expect("texts and numbers always serialise")
}

fn outcome(done: StoreResult<Effect>) -> Outcome {
    match done {
        Ok(Effect::Purchase(purchased)) => Outcome::Bought {
            order: purchased.order.id.to_string(),
            left: !purchased.left.is_empty(),
        },
        Ok(_) => Outcome::Refused(Refusal::Other),
        Err(error) => Outcome::Refused(refusal(&error)),
    }
}

fn refusal(error: &StoreError) -> Refusal {
    match error {
        StoreError::LinesShort { .. } | StoreError::InsufficientStock { .. } => Refusal::Short,
        StoreError::NotForSale { .. } => Refusal::NotForSale,
        StoreError::PriceChanged { total } => Refusal::PriceChanged(total.minor()),
        StoreError::EmptyCart => Refusal::Empty,
        _ => Refusal::Other,
    }
}

fn reason(language: Language, refusal: Refusal) -> String {
    match refusal {
        Refusal::Short => language.say("purchase-short"),
        Refusal::NotForSale => language.say("cart-not-for-sale"),
        Refusal::Empty => language.say("purchase-empty"),
        Refusal::Other => language.say("problem-other"),
        Refusal::PriceChanged(minor) => {
            let total = FluentValue::from(words::price(language, Money::from_minor(minor)));
            language.say_with(
                "purchase-price-changed",
                &Arguments::from([("total".into(), total)]),
            )
        }
    }
}

/// What the cart's page says of an error that its form can mend.
fn words_for(error: &ApiError) -> Option<&'static str> {
    match error {
        ApiError::Invalid(ValidationError::Fields(_)) => Some("purchase-email-bad"),
        // The form was sent before, with other words in it: it bought the cart then, or is stale.
        ApiError::Store(StoreError::IdempotencyMismatch) => Some("purchase-empty"),
        _ => None,
    }
}

async fn show_again(
    state: &AppState,
    visitor: &Visitor,
    cid: &str,
    purchaser: &str,
    status: StatusCode,
    reason: String,
) -> HttpResponse {
    let refused = cart::Refused {
        status,
        product: None,
        reason,
        purchaser: purchaser.to_owned(),
    };
    let drawn = cart::read_and_draw(state, visitor, cid, Some(&refused)).await;
    failure::or_page(state, visitor, drawn)
}

fn see(order: &str, left: bool) -> HttpResponse {
    let query = if left { "?left=1" } else { "" };
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, format!("/orders/{order}{query}")))
        .finish()
}
