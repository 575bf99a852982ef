//! An order, `/orders/:oid`: made to be kept and printed.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use fluent_templates::fluent_bundle::FluentValue;
use serde::Serialize;

use super::frame::{Frame, Notice};
use super::visitor::Visitor;
use super::{failure, respond, words};
use crate::domain::order::{Order, OrderLine};
use crate::text::{Arguments, Language};
use crate::web::error::ApiError;
use crate::web::orders::order_id;
use crate::web::product_query::QueryString;
use crate::web::state::AppState;

/// The fields are told in `views/order.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    code: String,
    placed: String,
    placed_text: String,
    purchaser: String,
    lines: Vec<LineModel>,
    amount_text: String,
    cancelled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LineModel {
    title: String,
    code: String,
    url: String,
    quantity_text: String,
    price_text: String,
    amount_text: String,
}

pub(super) async fn show(
    request: HttpRequest,
    state: Data<AppState>,
    oid: Path<String>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let left = QueryString::parse(request.query_string())
        .get("left")
        .is_some();
    let drawn = read_and_draw(&state, &visitor, &oid, left).await;
    failure::or_page(&state, &visitor, drawn)
}

async fn read_and_draw(
    state: &AppState,
    visitor: &Visitor,
    oid: &str,
    left: bool,
) -> Result<HttpResponse, ApiError> {
    let order = state.shop.order(order_id(oid)?).await?;
    let language = visitor.language;
    let code = FluentValue::from(order.code.to_string());
    let title = language.say_with("title-order", &Arguments::from([("code".into(), code)]));
    let notice = left.then(|| Notice {
        kind: "warn",
        text: language.say("purchase-left"),
    });
    let frame = Frame::new(visitor, "", title).with_notice(notice);
    let content = content(&order, language);
    Ok(respond(state, StatusCode::OK, "order", &frame, &content))
}

fn content(order: &Order, language: Language) -> Content {
    Content {
        code: order.code.to_string(),
        placed: order.purchase_datetime.to_string(),
        placed_text: words::moment(language, order.purchase_datetime),
        purchaser: order.purchaser.clone(),
        lines: order
            .lines
            .iter()
            .map(|line| LineModel::of(line, language, "/products"))
            .collect(),
        amount_text: words::price(language, order.amount()),
        cancelled: order.cancelled.is_some(),
    }
}

impl LineModel {
    /// A line whose product has its page below `products`.
    pub(super) fn of(line: &OrderLine, language: Language, products: &str) -> Self {
        Self {
            title: line.title.clone(),
            code: line.code.clone(),
            url: format!("{products}/{}", line.product),
            quantity_text: line.quantity.to_string(),
            price_text: words::price(language, line.price),
            amount_text: words::price(language, line.amount()),
        }
    }
}
