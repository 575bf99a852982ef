//! The orders: all of them, and one.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use fluent_templates::fluent_bundle::FluentValue;
use serde::Serialize;

use super::visit::AdminVisit;
use super::{Around, answer};
use crate::domain::error::ValidationError;
use crate::domain::order::{Order, OrderFilter, OrderQuery};
use crate::domain::product_query::MAX_PAGE;
use crate::text::{Arguments, Language};
use crate::web::error::ApiError;
use crate::web::orders::order_id;
use crate::web::pages::order::LineModel;
use crate::web::pages::paging::Paging;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::{failure, words};
use crate::web::product_query::QueryString;
use crate::web::state::AppState;

/// Orders on a page.
const LIMIT: u32 = 50;

/// The fields are told in `views/admin/orders.hbs`.
#[derive(Serialize)]
struct ListContent<'a> {
    q: &'a str,
    orders: Vec<OrderModel>,
    total: u64,
    paging: Paging,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderModel {
    code: String,
    url: String,
    placed: String,
    placed_text: String,
    purchaser: String,
    pieces: i64,
    amount_text: String,
    cancelled: bool,
    cancelled_text: String,
}

/// The fields are told in `views/admin/order.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OneContent {
    order: OrderModel,
    page_url: String,
    cancel_url: String,
    lines: Vec<LineModel>,
}

pub(super) async fn list(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let drawn = draw_list(&request, &state, &visitor).await;
    failure::or_page(&state, &visitor, drawn)
}

async fn draw_list(
    request: &HttpRequest,
    state: &AppState,
    visitor: &Visitor,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let page = string
        .number("page", 1, MAX_PAGE)
        .map_err(|error| ValidationError::Query(vec![error]))?;
    let q = string.get("q").unwrap_or_default().trim();
    let query = OrderQuery {
        page,
        limit: LIMIT,
        filters: filter(q).into_iter().collect(),
        ..OrderQuery::default()
    };
    let orders = state.shop.orders(&query).await?;
    let pages = orders.total.div_ceil(u64::from(LIMIT)).max(1);
    let content = ListContent {
        q,
        orders: orders
            .orders
            .iter()
            .map(|order| model(order, visitor.language))
            .collect(),
        total: orders.total,
        paging: Paging::new(u64::from(page), pages, |page| {
            format!("/admin/orders?{}", string.with("page", &page.to_string()))
        }),
    };
    let around = Around::new(state, visitor, "orders");
    Ok(around.respond("admin/orders", &content))
}

/// What is looked for is a buyer's address or an order's code.
fn filter(q: &str) -> Option<OrderFilter> {
    match q {
        "" => None,
        address if address.contains('@') => Some(OrderFilter::Purchaser(address.to_owned())),
        code => Some(OrderFilter::Code(code.to_ascii_uppercase())),
    }
}

fn model(order: &Order, language: Language) -> OrderModel {
    let moment = |moment| words::moment(language, moment);
    OrderModel {
        code: order.code.to_string(),
        url: format!("/admin/orders/{}", order.id),
        placed: order.purchase_datetime.to_string(),
        placed_text: moment(order.purchase_datetime),
        purchaser: order.purchaser.clone(),
        pieces: order.lines.iter().map(|line| line.quantity).sum(),
        amount_text: words::price(language, order.amount()),
        cancelled: order.cancelled.is_some(),
        cancelled_text: order.cancelled.map(moment).unwrap_or_default(),
    }
}

pub(super) async fn show(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
    oid: Path<String>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let drawn = draw_one(&request, &state, &visitor, &oid).await;
    failure::or_page(&state, &visitor, drawn)
}

async fn draw_one(
    request: &HttpRequest,
    state: &AppState,
    visitor: &Visitor,
    oid: &str,
) -> Result<HttpResponse, ApiError> {
    let order = state.shop.order(order_id(oid)?).await?;
    let language = visitor.language;
    let code = FluentValue::from(order.code.to_string());
    let title = language.say_with("title-order", &Arguments::from([("code".into(), code)]));
    let content = OneContent {
        page_url: format!("/orders/{}", order.id),
        cancel_url: format!("/admin/orders/{}/cancel", order.id),
        lines: order
            .lines
            .iter()
            .map(|line| LineModel::of(line, language, "/admin/products"))
            .collect(),
        order: model(&order, language),
    };
    let around = Around::new(state, visitor, "orders").titled(title);
    Ok(around
        .after(request.query_string())
        .respond("admin/order", &content))
}

/// `POST /admin/orders/:oid/cancel`.
pub(super) async fn cancel(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
    oid: Path<String>,
) -> HttpResponse {
    let cancelled = async {
        let order = state.shop.cancel_order(order_id(&oid)?).await?;
        Ok(format!("/admin/orders/{}?done=cancelled", order.id))
    };
    answer(&request, &state, cancelled.await).await
}
