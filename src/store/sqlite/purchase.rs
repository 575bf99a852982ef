//! A purchase: one operation of the writer, so that nobody comes between its check and its taking.

use rusqlite::{Connection, params};

use super::{carts, holds, orders, products};
use crate::domain::cart::CartLine;
use crate::domain::hold::HoldLength;
use crate::domain::ids::{CartId, OrderId};
use crate::domain::order::{Order, OrderCode, OrderLine};
use crate::domain::purchase::{PurchaseRequest, Purchased, decide};
use crate::domain::timestamp::Timestamp;
use crate::store::{StoreError, StoreResult};

/// Codes that are drawn before it is said that none is free.
const DRAWS: usize = 8;

/// Buys what the cart holds, under the id given.
pub(super) fn purchase(
    conn: &Connection,
    id: OrderId,
    cart: CartId,
    request: &PurchaseRequest,
    length: HoldLength,
) -> StoreResult<Purchased> {
    let wanted = holds::lines(conn, cart)?;
    // One moment for all of it: a hold that is alive when it is looked at is so when it is taken.
    let now = Timestamp::now();
    holds::end_over_for(conn, cart, wanted.into_keys(), length.over_at(now))?;
    let held = carts::read(conn, cart)?;
    let sale = decide(&held.lines, request)?;
    let order = Order {
        id,
        code: OrderCode::draw()?,
        purchase_datetime: now,
        purchaser: request.purchaser.as_str().to_owned(),
        cart,
        lines: sale.sold,
        cancelled: None,
    };
    for line in &order.lines {
        take(conn, line, &held.lines)?;
    }
    let order = write(conn, order)?;
    let sold = order.lines.iter().map(|line| line.product);
    Ok(Purchased {
        dropped: carts::take_out(conn, cart, sold, length, now)?,
        order,
        left: sale.left,
    })
}

fn take(conn: &Connection, line: &OrderLine, cart: &[CartLine]) -> StoreResult<()> {
    let of_cart = cart.iter().find(|other| other.product.id == line.product);
    let kept = of_cart.map_or(0, |line| line.kept().units);
    if kept > 0 {
        holds::keep_untold(conn, line.product, -kept)?;
    }
    let product = products::require(conn, line.product)?;
    // The table takes no stock below zero: should the check ever be wrong, the purchase fails whole.
    let rest = product.stock - line.quantity;
    products::set_stock(conn, product, rest).map(drop)
}

/// Writes the order with a code that no other one has.
fn write(conn: &Connection, mut order: Order) -> StoreResult<Order> {
    for _ in 0..DRAWS {
        if insert(conn, &order)? {
            orders::insert_lines(conn, &order)?;
            return Ok(order);
        }
        order.code = OrderCode::draw()?;
    }
    Err(StoreError::Internal("no code for an order is free".into()))
}

fn insert(conn: &Connection, order: &Order) -> rusqlite::Result<bool> {
    let inserted = conn
        .prepare_cached(
            "INSERT INTO orders (id, code, purchased_at, purchaser, cart) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT (code) DO NOTHING",
        )?
        .execute(params![
            order.id.bytes(),
            order.code.as_str(),
            order.purchase_datetime.millis(),
            order.purchaser,
            order.cart.bytes(),
        ])?;
    Ok(inserted == 1)
}
