//! Purchases. Each is one operation of the writer, so nothing changes between check and sale.

use rusqlite::{Connection, params};

use super::{carts, holds, order_rows, product_rows};
use crate::domain::cart_change::{HeldDeltas, after_sale};
use crate::domain::hold::HoldLength;
use crate::domain::ids::{CartId, OrderId};
use crate::domain::order::{Order, OrderCode, OrderLine};
use crate::domain::purchase::{PurchaseOutcome, PurchaseRequest, decide};
use crate::domain::timestamp::Timestamp;
use crate::store::{StoreError, StoreResult};

/// Codes that are tried for one order.
const MAX_CODES: usize = 8;

pub(super) fn purchase(
    conn: &Connection,
    id: OrderId,
    cart: CartId,
    request: &PurchaseRequest,
    length: HoldLength,
) -> StoreResult<PurchaseOutcome> {
    // One moment for all steps, so that no hold expires between them.
    let now = Timestamp::now();
    carts::raise_version(conn, cart, now)?;
    holds::expire_for(
        conn,
        cart,
        carts::products(conn, cart)?,
        length.over_at(now),
    )?;
    let before = carts::read(conn, cart)?;
    let sale = decide(&before.lines, request)?;
    let delta = after_sale(&before, &sale, now, length);
    let order = Order::of_sale(
        id,
        OrderCode::generate()?,
        cart,
        &request.purchaser,
        sale.sold,
        now,
    );
    for line in &order.lines {
        take(conn, line, &delta.held)?;
    }
    let order = write(conn, order)?;
    carts::write(conn, &before, &delta, now)?;
    Ok(PurchaseOutcome {
        order,
        left: sale.left,
        dropped: delta.dropped,
    })
}

fn take(conn: &Connection, line: &OrderLine, held: &HeldDeltas) -> StoreResult<()> {
    if let Some(more) = held.get(&line.product) {
        holds::adjust_unrecorded(conn, line.product, *more)?;
    }
    let product = product_rows::require(conn, line.product)?;
    // The table rejects a negative stock: if the check were wrong, the whole purchase would fail.
    let rest = product.stock - line.quantity;
    product_rows::set_stock(conn, product, rest).map(drop)
}

/// Writes the order with an unused code.
fn write(conn: &Connection, mut order: Order) -> StoreResult<Order> {
    for _ in 0..MAX_CODES {
        if insert(conn, &order)? {
            order_rows::insert_lines(conn, &order)?;
            return Ok(order);
        }
        order.code = OrderCode::generate()?;
    }
    Err(StoreError::Internal("no unused order code found".into()))
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
