//! An order, `/orders/:oid`, to be saved and printed.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use fluent_templates::fluent_bundle::FluentValue;
use serde::Serialize;

use super::layout::{Layout, Notice};
use super::visitor::Visitor;
use super::{failure, format, respond};
use crate::domain::ids::OrderId;
use crate::domain::order::{Order, OrderLine};
use crate::http::error::ApiError;
use crate::http::path::{Id, IdResult};
use crate::http::query::QueryString;
use crate::http::state::AppState;
use crate::i18n::{Arguments, Language};

/// Fields: see `views/order.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderPageModel {
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
    order: IdResult<OrderId>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let left = QueryString::parse(request.query_string())
        .get("left")
        .is_some();
    let page = load_and_render(&state, &visitor, order, left).await;
    failure::or_page(&visitor, page)
}

async fn load_and_render(
    state: &AppState,
    visitor: &Visitor,
    order: IdResult<OrderId>,
    left: bool,
) -> Result<HttpResponse, ApiError> {
    let Id(id) = order?;
    let order = state.shop.order(id).await?;
    let language = visitor.language;
    let code = FluentValue::from(order.code.to_string());
    let title = language.translate_with("title-order", &Arguments::from([("code".into(), code)]));
    let notice = left.then(|| Notice {
        kind: "warn",
        text: language.translate("purchase-left"),
    });
    let layout = Layout::new(visitor, "", title).with_notice(notice);
    let content = content(&order, language);
    Ok(respond(StatusCode::OK, "order", &layout, &content))
}

fn content(order: &Order, language: Language) -> OrderPageModel {
    OrderPageModel {
        code: order.code.to_string(),
        placed: order.purchase_datetime.to_string(),
        placed_text: format::moment(language, order.purchase_datetime),
        purchaser: order.purchaser.clone(),
        lines: order
            .lines
            .iter()
            .map(|line| LineModel::of(line, language, "/products"))
            .collect(),
        amount_text: format::price(language, order.amount()),
        cancelled: order.cancelled.is_some(),
    }
}

impl LineModel {
    /// A line with a link to its product's page below `products`.
    pub(super) fn of(line: &OrderLine, language: Language, products: &str) -> Self {
        Self {
            title: line.title.clone(),
            code: line.code.clone(),
            url: format!("{products}/{}", line.product),
            quantity_text: line.quantity.to_string(),
            price_text: format::price(language, line.price),
            amount_text: format::price(language, line.amount()),
        }
    }
}
