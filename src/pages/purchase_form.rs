//! `POST /carts/:cid/purchase`: buys the cart's contents, once however often the form is sent.

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use fluent_templates::fluent_bundle::FluentValue;
use serde::Deserialize;

use super::visitor::Visitor;
use super::{cart, failure, format};
use crate::domain::body_fields::BodyFields;
use crate::domain::command::{Command, Conclusion, Outcome};
use crate::domain::error::ValidationError;
use crate::domain::field::Field;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::CartId;
use crate::domain::money::Money;
use crate::domain::purchase::{PurchaseMode, PurchaseRequest};
use crate::domain::refusal::Refusal;
use crate::http::body::Body;
use crate::http::error::ApiError;
use crate::http::guard::admission;
use crate::http::path::{Id, IdResult};
use crate::http::state::AppState;
use crate::i18n::{Arguments, Language};
use crate::shop::ShopError;
use crate::store::{Saved, StoreError};

/// The result of a purchase form; version 0.1 saved it in this form under the form's key.
#[derive(Debug, Deserialize)]
enum FormOutcome {
    /// It made this order; perhaps some lines are left in the cart.
    Bought { order: String, left: bool },
    /// Nothing was sold.
    Refused(FormError),
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum FormError {
    Short,
    NotForSale,
    /// The cart's current total, in minor units.
    PriceChanged(i64),
    Empty,
    Other,
}

pub(super) async fn buy(
    request: HttpRequest,
    state: Data<AppState>,
    cart: IdResult<CartId>,
    Body(members): Body,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let cart = match cart {
        Ok(Id(cart)) => cart,
        Err(error) => return failure::page(&visitor, &error),
    };
    let purchaser = members.as_typed("purchaser");
    match purchase(&request, &state, cart, members).await {
        Ok(FormOutcome::Bought { order, left }) => see(&order, left),
        Ok(FormOutcome::Refused(refusal)) => {
            let reason = reason(visitor.language, refusal);
            let status = StatusCode::CONFLICT;
            show_again(&state, &visitor, cart, &purchaser, status, reason).await
        }
        Err(error) => match sentence_for(&error) {
            Some(id) => {
                let (status, reason) = (error.status_code(), visitor.language.translate(id));
                show_again(&state, &visitor, cart, &purchaser, status, reason).await
            }
            None => failure::page(&visitor, &error),
        },
    }
}

async fn purchase(
    request: &HttpRequest,
    state: &AppState,
    cart: CartId,
    members: BodyFields,
) -> Result<FormOutcome, ApiError> {
    let (purchase, key) = read(cart, members)?;
    let command = Command::Purchase(cart, purchase);
    if admission::admit_key(request).is_err() {
        return without_key(state, command).await;
    }
    match state.shop.execute_once(command.clone(), key).await {
        Ok(executed) => saved_outcome(executed.saved),
        Err(ShopError::Store(StoreError::KeysExhausted)) => without_key(state, command).await,
        Err(error) => Err(error.into()),
    }
}

fn saved_outcome(saved: Saved) -> Result<FormOutcome, ApiError> {
    match saved {
        Saved::Conclusion(conclusion) => match *conclusion {
            Conclusion::Done(outcome) => Ok(bought(outcome)),
            Conclusion::Refused(refusal) => Ok(FormOutcome::Refused(form_error(&refusal))),
            Conclusion::Invalid(invalid) => Err(invalid.into()),
        },
        Saved::Response(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| StoreError::Internal(error.into()).into()),
    }
}

/// When no more keys are accepted, people can still buy: a cart is bought once, and a repeated form
/// finds it empty.
async fn without_key(state: &AppState, command: Command) -> Result<FormOutcome, ApiError> {
    match state.shop.execute(command).await {
        Ok(outcome) => Ok(bought(outcome)),
        Err(ShopError::Store(StoreError::Refused(refusal))) => {
            Ok(FormOutcome::Refused(form_error(&refusal)))
        }
        Err(error) => Err(error.into()),
    }
}

/// The request, and the key that its page made.
fn read(
    cart: CartId,
    members: BodyFields,
) -> Result<(PurchaseRequest, IdempotencyKey), ValidationError> {
    let mut members = members.only(&["purchaser", "total", "key", "mode"])?;
    let mode = match members.string("mode") {
        Field::Present(mode) if mode == "partial" => PurchaseMode::Partial,
        _ => PurchaseMode::AllOrNothing,
    };
    let total = members.as_typed("total");
    let Field::Present(key) = members.string("key") else {
        return Err(ValidationError::IdempotencyKey);
    };
    let request = PurchaseRequest::read(members, Ok(mode))?;
    let path = format!("/carts/{cart}/purchase");
    // The names of version 0.1, so that its saved outcomes are found.
    let mode = match mode {
        PurchaseMode::AllOrNothing => "Whole",
        PurchaseMode::Partial => "Partial",
    };
    let content = [request.purchaser.as_str(), &total, mode];
    let key = IdempotencyKey::parse(&key, "POST", &path, &content.map(str::as_bytes))?;
    Ok((request, key))
}

fn bought(outcome: Outcome) -> FormOutcome {
    match outcome.purchase() {
        Some(purchased) => FormOutcome::Bought {
            order: purchased.order.id.to_string(),
            left: !purchased.left.is_empty(),
        },
        None => FormOutcome::Refused(FormError::Other),
    }
}

fn form_error(refusal: &Refusal) -> FormError {
    match refusal {
        Refusal::LinesShort { .. } | Refusal::InsufficientStock { .. } => FormError::Short,
        Refusal::NotForSale { .. } => FormError::NotForSale,
        Refusal::PriceChanged { total } => FormError::PriceChanged(total.minor()),
        Refusal::EmptyCart => FormError::Empty,
        _ => FormError::Other,
    }
}

fn reason(language: Language, refusal: FormError) -> String {
    match refusal {
        FormError::Short => language.translate("purchase-short"),
        FormError::NotForSale => language.translate("cart-not-for-sale"),
        FormError::Empty => language.translate("purchase-empty"),
        FormError::Other => language.translate("problem-other"),
        FormError::PriceChanged(minor) => {
            let total = FluentValue::from(format::price(language, Money::from_minor(minor)));
            language.translate_with(
                "purchase-price-changed",
                &Arguments::from([("total".into(), total)]),
            )
        }
    }
}

/// The id of the sentence for an error that the visitor can fix in the form.
fn sentence_for(error: &ApiError) -> Option<&'static str> {
    match error {
        ApiError::Invalid(ValidationError::Fields(_)) => Some("purchase-email-bad"),
        // The form was sent before with other input: it bought the cart then, or it is stale.
        ApiError::Store(StoreError::IdempotencyMismatch) => Some("purchase-empty"),
        _ => None,
    }
}

async fn show_again(
    state: &AppState,
    visitor: &Visitor,
    cart: CartId,
    purchaser: &str,
    status: StatusCode,
    reason: String,
) -> HttpResponse {
    let refused = cart::RefusedForm {
        status,
        product: None,
        reason,
        purchaser: purchaser.to_owned(),
    };
    let page = cart::load_and_render(state, visitor, cart, Some(&refused)).await;
    failure::or_page(visitor, page)
}

fn see(order: &str, left: bool) -> HttpResponse {
    let query = if left { "?left=1" } else { "" };
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, format!("/orders/{order}{query}")))
        .finish()
}
