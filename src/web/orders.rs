//! `/api/orders`, and the purchases that make them.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::carts::cart_id;
use super::envelope::payload;
use super::error::ApiError;
use super::guard::admin::Admin;
use super::list_answer::{ListAnswer, Place};
use super::once::OnceBody;
use super::product_query::QueryString;
use super::state::AppState;
use crate::domain::ids::OrderId;
use crate::domain::members::Members;
use crate::domain::order::{Order, OrderLine};
use crate::domain::purchase::{LineLeft, PurchaseRequest, Purchased};
use crate::protocol::amount::Amount;
use crate::protocol::cart_view::WarningView;
use crate::store::{KeyedRequest, Noun, StoreError};

const LIST_PATH: &str = "/api/orders";

/// The JSON form of an order.
#[derive(Serialize)]
struct OrderView<'a> {
    #[serde(rename = "_id")]
    id: String,
    code: &'a str,
    purchase_datetime: String,
    amount: Amount,
    purchaser: &'a str,
    cart: String,
    products: Vec<OrderLineView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled: Option<String>,
}

#[derive(Serialize)]
struct OrderLineView<'a> {
    product: String,
    code: &'a str,
    title: &'a str,
    price: Amount,
    quantity: i64,
}

/// A line that was not sold.
#[derive(Serialize)]
pub(super) struct LineLeftView {
    product: String,
    quantity: i64,
    available: i64,
}

/// The answer to a purchase; `warnings` tell what the cart lost without the buyer's doing.
#[derive(Serialize)]
struct PurchaseAnswer<T> {
    status: u16,
    payload: T,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<WarningView>,
}

#[derive(Serialize)]
struct PartView<'a> {
    order: OrderView<'a>,
    left: Vec<LineLeftView>,
}

impl<'a> From<&'a Order> for OrderView<'a> {
    fn from(order: &'a Order) -> Self {
        Self {
            id: order.id.to_string(),
            code: order.code.as_str(),
            purchase_datetime: order.purchase_datetime.to_string(),
            amount: Amount(order.amount()),
            purchaser: &order.purchaser,
            cart: order.cart.to_string(),
            products: order.lines.iter().map(OrderLineView::from).collect(),
            cancelled: order.cancelled.map(|moment| moment.to_string()),
        }
    }
}

impl<'a> From<&'a OrderLine> for OrderLineView<'a> {
    fn from(line: &'a OrderLine) -> Self {
        Self {
            product: line.product.to_string(),
            code: &line.code,
            title: &line.title,
            price: Amount(line.price),
            quantity: line.quantity,
        }
    }
}

impl From<&LineLeft> for LineLeftView {
    fn from(line: &LineLeft) -> Self {
        Self {
            product: line.product.to_string(),
            quantity: line.quantity,
            available: line.available,
        }
    }
}

pub(super) async fn purchase(
    request: HttpRequest,
    state: Data<AppState>,
    cid: Path<String>,
    body: OnceBody,
) -> Result<HttpResponse, ApiError> {
    let mode = QueryString::parse(request.query_string()).purchase_mode();
    let wish = |members: Members| {
        let cart = cart_id(&cid)?;
        let mut members = members.only(&["purchaser", "total"])?;
        let (purchaser, total) = (members.text("purchaser"), members.number("total"));
        let wish = PurchaseRequest::parse(purchaser, total, mode?)?;
        Ok(KeyedRequest::Purchase(cart, wish))
    };
    body.answer(&state, wish, StatusCode::CREATED).await
}

/// The answer that shows what was bought, and what was left.
pub(super) fn bought(purchased: &Purchased) -> HttpResponse {
    let order = OrderView::from(&purchased.order);
    let location = (header::LOCATION, format!("{LIST_PATH}/{}", order.id));
    let warnings = purchased.dropped.iter().map(WarningView::deleted).collect();
    if purchased.left.is_empty() {
        return HttpResponse::Created()
            .insert_header(location)
            .json(PurchaseAnswer {
                status: StatusCode::CREATED.as_u16(),
                payload: order,
                warnings,
            });
    }
    let left = purchased.left.iter().map(LineLeftView::from).collect();
    HttpResponse::PartialContent()
        .insert_header(location)
        .json(PurchaseAnswer {
            status: StatusCode::PARTIAL_CONTENT.as_u16(),
            payload: PartView { order, left },
            warnings,
        })
}

pub(super) async fn get(
    state: Data<AppState>,
    oid: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let order = state.shop.order(order_id(&oid)?).await?;
    Ok(answer(&order))
}

pub(super) async fn list(
    _: Admin,
    request: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let query = string.order_query()?;
    let page = state.shop.orders(&query).await?;
    let place = Place {
        page: query.page,
        limit: query.limit,
        total: page.total,
    };
    let orders = page.orders.iter().map(OrderView::from).collect();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(ListAnswer::new(orders, &place, LIST_PATH, &string)))
}

pub(super) async fn cancel(
    _: Admin,
    state: Data<AppState>,
    oid: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let order = state.shop.cancel_order(order_id(&oid)?).await?;
    Ok(answer(&order))
}

/// An order is for whoever knows its id, and for no cache on the way.
fn answer(order: &Order) -> HttpResponse {
    let mut response = payload(StatusCode::OK, OrderView::from(order));
    let no_store = header::HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

/// A malformed id is that of no order.
pub(super) fn order_id(text: &str) -> Result<OrderId, StoreError> {
    text.parse().map_err(|_| StoreError::NotFound(Noun::Order))
}
