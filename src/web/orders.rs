//! `/api/orders`, and the purchases that make them.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::carts::cart_id;
use super::envelope::{Payload, payload};
use super::error::ApiError;
use super::guard::admin::Admin;
use super::list_answer::{ListAnswer, Place};
use super::once::{KeyHeader, OnceBody};
use super::order_query::{OrderParameters, PurchaseParameters};
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

/// What was bought, as it was at the moment of the purchase.
#[derive(Serialize, ToSchema)]
#[schema(as = Order)]
pub(super) struct OrderView<'a> {
    /// Its id; whoever knows it may read the order.
    #[serde(rename = "_id")]
    #[schema(pattern = "^[0-9a-f]{24}$", example = "9d8c7b6a5f4e3d2c1b0a9f8e")]
    id: String,
    /// What people call it.
    #[schema(example = "7KQM-3XWD")]
    code: &'a str,
    /// When it was bought.
    #[schema(format = DateTime, example = "2026-03-01T12:00:00.000Z")]
    purchase_datetime: String,
    /// What everything cost.
    #[schema(inline, example = 99.8)]
    amount: Amount,
    /// The buyer's address.
    #[schema(example = "ana@example.com")]
    purchaser: &'a str,
    /// The cart that it came from.
    #[schema(pattern = "^[0-9a-f]{24}$")]
    cart: String,
    /// What was bought.
    #[schema(max_items = 100)]
    products: Vec<OrderLineView<'a>>,
    /// When it was cancelled; absent while it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    cancelled: Option<String>,
}

/// A product that was bought.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderLine)]
struct OrderLineView<'a> {
    /// The product's id.
    #[schema(pattern = "^[0-9a-f]{24}$")]
    product: String,
    /// Its code at that moment.
    #[schema(example = "CER-100")]
    code: &'a str,
    /// Its name at that moment.
    #[schema(example = "Blue vase")]
    title: &'a str,
    /// What one cost.
    #[schema(inline, example = 49.9)]
    price: Amount,
    /// How many.
    #[schema(minimum = 1, example = 2)]
    quantity: i64,
}

/// A line that cannot be had.
#[derive(Serialize, ToSchema)]
#[schema(as = LineLeft)]
pub(super) struct LineLeftView {
    /// The product's id.
    #[schema(pattern = "^[0-9a-f]{24}$")]
    product: String,
    /// How many were wanted.
    #[schema(minimum = 1, example = 3)]
    quantity: i64,
    /// How many there are.
    #[schema(minimum = 0, example = 1)]
    available: i64,
}

/// The answer to a purchase.
#[derive(Serialize, ToSchema)]
#[schema(as = Purchase)]
pub(super) struct PurchaseAnswer<T> {
    /// The status of the answer.
    #[schema(example = 201)]
    status: u16,
    payload: T,
    /// What the cart lost without the buyer's doing.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schema(required = false)]
    warnings: Vec<WarningView>,
}

/// A purchase of which some lines could not be had.
#[derive(Serialize, ToSchema)]
#[schema(as = PartialPurchase)]
pub(super) struct PartView<'a> {
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

/// Who buys.
#[derive(ToSchema)]
#[schema(as = PurchaseRequest)]
#[expect(dead_code, reason = "it only describes what `purchase` reads")]
pub(super) struct PurchaseBody {
    /// The buyer's address.
    #[schema(max_length = 254, pattern = "{{email}}", example = "ana@example.com")]
    purchaser: String,
    /// What the buyer saw that the cart costs; another price now is refused.
    #[schema(
        nullable = false,
        minimum = 0,
        maximum = 1_000_000_000_000_000_i64,
        multiple_of = 0.01,
        example = 99.8
    )]
    total: Option<f64>,
}

/// Buy what a cart holds
///
/// All lines are checked and taken in one step, and the cart is empty afterwards.
#[utoipa::path(
    post, path = "/api/carts/{cid}/purchase", operation_id = "purchaseCart", tag = "Orders",
    params(PurchaseParameters, KeyHeader), request_body = PurchaseBody,
    responses(
        (
            status = 201, description = "The order", body = PurchaseAnswer<OrderView<'_>>,
            headers(("Location", description = "The order's address")),
        ),
        (
            status = 206, description = "With `mode=partial`: the order, and the lines that are left in the cart",
            body = PurchaseAnswer<PartView<'_>>, headers(("Location", description = "The order's address")),
        ),
    ),
    extensions(("x-problems" = json!([
        "validation", "unknown_field", "invalid_query", "empty_cart", "not_found", "insufficient_stock", "not_for_sale",
        "price_changed",
    ]))),
)]
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

/// Read an order
#[utoipa::path(
    get, path = "/api/orders/{oid}", operation_id = "getOrder", tag = "Orders",
    responses((status = 200, description = "The order", body = Payload<OrderView<'_>>)),
    extensions(("x-problems" = json!(["not_found"]))),
)]
pub(super) async fn get(
    state: Data<AppState>,
    oid: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let order = state.shop.order(order_id(&oid)?).await?;
    Ok(answer(&order))
}

/// List orders
#[utoipa::path(
    get, path = "/api/orders", operation_id = "listOrders", tag = "Orders", security(("admin" = [])),
    params(OrderParameters),
    responses((status = 200, description = "A page of orders", body = ListAnswer<'_, OrderView<'_>>)),
    extensions(("x-problems" = json!(["invalid_query"]))),
)]
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

/// Cancel an order
///
/// Its stock is back in the same step, once however often it is asked for.
#[utoipa::path(
    post, path = "/api/orders/{oid}/cancel", operation_id = "cancelOrder", tag = "Orders", security(("admin" = [])),
    responses((status = 200, description = "The order with the moment of its end", body = Payload<OrderView<'_>>)),
    extensions(("x-problems" = json!(["not_found"]))),
)]
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
