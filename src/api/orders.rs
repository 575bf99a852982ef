//! `/api/orders`, and the purchases that make them.

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::idempotency::IdempotentBody;
use super::list_response::{ListResponse, PageLinks, list_of};
use super::operation::{NamedSchema, ORDERS, Operation, RequestBody, Success};
use super::operation::{in_envelope, payload_of};
use super::order_query::{self, MODE};
use crate::domain::command::{Command, Outcome};
use crate::domain::ids::{CartId, OrderId};
use crate::domain::order::{Order, OrderLine};
use crate::domain::purchase::{PURCHASE_REQUEST, PurchaseOutcome, PurchaseRequest};
use crate::http::envelope::payload;
use crate::http::error::ApiError;
use crate::http::guard::admin::Admin;
use crate::http::path::{Id, IdResult, PathId};
use crate::http::problem::ProblemCode::{EmptyCart, InsufficientStock, NotForSale, PriceChanged};
use crate::http::query::QueryString;
use crate::http::state::AppState;
use crate::protocol::amount::Amount;
use crate::protocol::cart_view::WarningView;
use crate::protocol::unavailable_line_view::UnavailableLineView;

const LIST_PATH: &str = "/api/orders";
const LOCATION: (&str, &str) = ("Location", "The order's address");

/// A purchase: the lines with their prices at that time.
#[derive(Serialize, ToSchema)]
#[schema(as = Order)]
pub(crate) struct OrderView<'a> {
    /// The id. It is the key to the order: any client that has it may read the order.
    #[serde(rename = "_id")]
    #[schema(pattern = "^[0-9a-f]{24}$", example = "9d8c7b6a5f4e3d2c1b0a9f8e")]
    id: String,
    /// The code for people.
    #[schema(example = "7KQM-3XWD")]
    code: &'a str,
    /// The time of the purchase.
    #[schema(format = DateTime, example = "2026-03-01T12:00:00.000Z")]
    purchase_datetime: String,
    /// The price of all lines.
    #[schema(inline, example = 99.8)]
    amount: Amount,
    /// The buyer's e-mail address.
    #[schema(example = "ana@example.com")]
    purchaser: &'a str,
    /// The id of the cart.
    #[schema(pattern = "^[0-9a-f]{24}$")]
    cart: String,
    /// The lines.
    #[schema(max_items = 100)]
    products: Vec<OrderLineView<'a>>,
    /// The time of the cancellation; absent if it is not cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    cancelled: Option<String>,
}

/// A line of an order.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderLine)]
struct OrderLineView<'a> {
    /// The product's id.
    #[schema(pattern = "^[0-9a-f]{24}$")]
    product: String,
    /// The product's code at the time of the purchase.
    #[schema(example = "CER-100")]
    code: &'a str,
    /// The product's name at the time of the purchase.
    #[schema(example = "Blue vase")]
    title: &'a str,
    /// The price of one unit.
    #[schema(inline, example = 49.9)]
    price: Amount,
    /// The number of units.
    #[schema(minimum = 1, example = 2)]
    quantity: i64,
}

/// The response to a purchase.
#[derive(Serialize, ToSchema)]
#[schema(as = Purchase)]
pub(crate) struct PurchaseResponse<T> {
    /// The status of the response.
    #[schema(example = 201)]
    status: u16,
    payload: T,
    /// Changes of the cart that the buyer did not make.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schema(required = false)]
    warnings: Vec<WarningView>,
}

/// A purchase with lines that were not available.
#[derive(Serialize, ToSchema)]
#[schema(as = PartialPurchase)]
pub(crate) struct PartialPurchaseView<'a> {
    order: OrderView<'a>,
    left: Vec<UnavailableLineView>,
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

pub(super) const PURCHASE: Operation = Operation {
    description: "All lines are checked and sold in one step; afterwards the cart is empty.",
    query: &[MODE],
    body: Some(RequestBody::Fields(&PURCHASE_REQUEST)),
    responses: &[
        Success::json(201, "The order", purchase_of::<OrderView<'_>>)
            .headers(&[LOCATION])
            .links(&OrderId::PARAMETER),
        Success::json(
            206,
            "With `mode=partial`: the order, and the lines that stay in the cart",
            purchase_of::<PartialPurchaseView<'_>>,
        )
        .headers(&[LOCATION]),
    ],
    has_key: true,
    problems: &[EmptyCart, InsufficientStock, NotForSale, PriceChanged],
    ..Operation::new("purchaseCart", ORDERS, "Buy the contents of a cart")
};

pub(crate) async fn purchase(
    request: HttpRequest,
    state: Data<AppState>,
    cart: IdResult<CartId>,
    body: IdempotentBody,
) -> Result<HttpResponse, ApiError> {
    let mode = QueryString::parse(request.query_string()).purchase_mode();
    let command = |fields| {
        let Id(cart) = cart?;
        let request = PurchaseRequest::read(fields, mode)?;
        Ok(Command::Purchase(cart, request))
    };
    let bought = |outcome: Outcome| Some(bought(&outcome.purchase()?));
    body.execute(&state, command, bought).await
}

fn bought(purchased: &PurchaseOutcome) -> HttpResponse {
    let order = OrderView::from(&purchased.order);
    let location = (header::LOCATION, format!("{LIST_PATH}/{}", order.id));
    let warnings = purchased.dropped.iter().map(WarningView::deleted).collect();
    if purchased.left.is_empty() {
        return HttpResponse::Created()
            .insert_header(location)
            .json(PurchaseResponse {
                status: StatusCode::CREATED.as_u16(),
                payload: order,
                warnings,
            });
    }
    let left = purchased
        .left
        .iter()
        .map(UnavailableLineView::from)
        .collect();
    HttpResponse::PartialContent()
        .insert_header(location)
        .json(PurchaseResponse {
            status: StatusCode::PARTIAL_CONTENT.as_u16(),
            payload: PartialPurchaseView { order, left },
            warnings,
        })
}

pub(super) const GET: Operation = Operation {
    responses: &[Success::json(200, "The order", payload_of::<OrderView<'_>>)],
    ..Operation::new("getOrder", ORDERS, "Read an order")
};

pub(crate) async fn get(
    state: Data<AppState>,
    Id(id): Id<OrderId>,
) -> Result<HttpResponse, ApiError> {
    let order = state.shop.order(id).await?;
    Ok(response(&order))
}

pub(super) const LIST: Operation = Operation {
    query: order_query::PARAMETERS,
    responses: &[Success::json(
        200,
        "A page of orders",
        list_of::<OrderView<'_>>,
    )],
    is_admin: true,
    ..Operation::new("listOrders", ORDERS, "List orders")
};

pub(crate) async fn list(
    _: Admin,
    request: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let query = string.order_query()?;
    let page = state.shop.orders(&query).await?;
    let links = PageLinks {
        page: query.page,
        limit: query.limit,
        total: page.total,
    };
    let orders = page.orders.iter().map(OrderView::from).collect();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(ListResponse::new(orders, &links, LIST_PATH, &string)))
}

pub(super) const CANCEL: Operation = Operation {
    description: "Its units return to the stock in the same step. Cancelling again has no effect.",
    responses: &[Success::json(
        200,
        "The cancelled order",
        payload_of::<OrderView<'_>>,
    )],
    is_admin: true,
    ..Operation::new("cancelOrder", ORDERS, "Cancel an order")
};

pub(crate) async fn cancel(
    _: Admin,
    state: Data<AppState>,
    Id(id): Id<OrderId>,
) -> Result<HttpResponse, ApiError> {
    let order = state.shop.cancel_order(id).await?;
    Ok(response(&order))
}

/// Only clients that know the id may read an order: it is not cached on the way.
fn response(order: &Order) -> HttpResponse {
    let mut response = payload(StatusCode::OK, OrderView::from(order));
    let no_store = header::HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

fn purchase_of<T: ToSchema>() -> NamedSchema {
    in_envelope::<PurchaseResponse<T>, T>(format!("Purchase_{}", T::name()))
}
