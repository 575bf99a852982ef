//! The list of orders, and an order.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use fluent_templates::fluent_bundle::FluentValue;
use serde::Serialize;

use super::guard::AdminGuard;
use super::{AdminShell, redirect};
use crate::domain::error::ValidationError;
use crate::domain::ids::OrderId;
use crate::domain::order::{Order, OrderFilter, OrderQuery};
use crate::domain::product_query::MAX_PAGE;
use crate::http::error::ApiError;
use crate::http::path::{Id, IdResult};
use crate::http::query::QueryString;
use crate::http::state::AppState;
use crate::i18n::{Arguments, Language};
use crate::pages::order::LineModel;
use crate::pages::paging::Paging;
use crate::pages::visitor::Visitor;
use crate::pages::{failure, format};

/// Orders on a page.
const LIMIT: u32 = 50;

/// Fields: see `views/admin/orders.hbs`.
#[derive(Serialize)]
struct OrdersPage<'a> {
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
    units: i64,
    amount_text: String,
    cancelled: bool,
    cancelled_text: String,
}

/// Fields: see `views/admin/order.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AdminOrderPage {
    order: OrderModel,
    page_url: String,
    cancel_url: String,
    lines: Vec<LineModel>,
}

pub(super) async fn list(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let page = render_list(&request, &state, &visitor).await;
    failure::or_page(&visitor, page)
}

async fn render_list(
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
    let content = OrdersPage {
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
    let shell = AdminShell::new(state, visitor, "orders");
    Ok(shell.respond("admin/orders", &content))
}

/// A search is for a buyer's address or an order's code.
fn filter(q: &str) -> Option<OrderFilter> {
    match q {
        "" => None,
        address if address.contains('@') => Some(OrderFilter::Purchaser(address.to_owned())),
        code => Some(OrderFilter::Code(code.to_ascii_uppercase())),
    }
}

fn model(order: &Order, language: Language) -> OrderModel {
    let moment = |moment| format::moment(language, moment);
    OrderModel {
        code: order.code.to_string(),
        url: format!("/admin/orders/{}", order.id),
        placed: order.purchase_datetime.to_string(),
        placed_text: moment(order.purchase_datetime),
        purchaser: order.purchaser.clone(),
        units: order.lines.iter().map(|line| line.quantity).sum(),
        amount_text: format::price(language, order.amount()),
        cancelled: order.cancelled.is_some(),
        cancelled_text: order.cancelled.map(moment).unwrap_or_default(),
    }
}

pub(super) async fn show(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
    id: IdResult<OrderId>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let page = render_one(&request, &state, &visitor, id).await;
    failure::or_page(&visitor, page)
}

async fn render_one(
    request: &HttpRequest,
    state: &AppState,
    visitor: &Visitor,
    id: IdResult<OrderId>,
) -> Result<HttpResponse, ApiError> {
    let Id(id) = id?;
    let order = state.shop.order(id).await?;
    let language = visitor.language;
    let code = FluentValue::from(order.code.to_string());
    let title = language.translate_with("title-order", &Arguments::from([("code".into(), code)]));
    let content = AdminOrderPage {
        page_url: format!("/orders/{}", order.id),
        cancel_url: format!("/admin/orders/{}/cancel", order.id),
        lines: order
            .lines
            .iter()
            .map(|line| LineModel::of(line, language, "/admin/products"))
            .collect(),
        order: model(&order, language),
    };
    let shell = AdminShell::new(state, visitor, "orders").with_title(title);
    Ok(shell
        .with_done(request.query_string())
        .respond("admin/order", &content))
}

/// `POST /admin/orders/:oid/cancel`.
pub(super) async fn cancel(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
    id: IdResult<OrderId>,
) -> HttpResponse {
    let cancelled = async {
        let Id(id) = id?;
        let order = state.shop.cancel_order(id).await?;
        Ok(format!("/admin/orders/{}?done=cancelled", order.id))
    };
    redirect(&request, &state, cancelled.await).await
}
