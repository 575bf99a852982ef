//! Rows of orders and their lines.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::domain::ids::{CartId, OrderId, ProductId};
use crate::domain::money::Money;
use crate::domain::order::{Order, OrderCode, OrderLine};
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::timestamp::Timestamp;
use crate::store::{StoreError, StoreResult};

/// The columns that [`order`] reads.
pub(super) const ORDER_COLUMNS: &str = "id, code, purchased_at, purchaser, cart, cancelled_at";

/// An order with its lines; a missing one is a refusal.
pub(super) fn require(conn: &Connection, id: OrderId) -> StoreResult<Order> {
    let sql = format!("SELECT {ORDER_COLUMNS} FROM orders WHERE id = ?");
    let order = conn
        .prepare_cached(&sql)?
        .query_row([id.bytes()], order)
        .optional()?;
    let mut order = order.ok_or(StoreError::Refused(Refusal::NotFound(Resource::Order)))?;
    read_lines(conn, &mut order)?;
    Ok(order)
}

/// The order in a row of [`ORDER_COLUMNS`], without its lines.
pub(super) fn order(row: &Row<'_>) -> rusqlite::Result<Order> {
    Ok(Order {
        id: OrderId::from_bytes(row.get(0)?),
        code: OrderCode::from_stored(row.get(1)?),
        purchase_datetime: Timestamp::from_millis(row.get(2)?),
        purchaser: row.get(3)?,
        cart: CartId::from_bytes(row.get(4)?),
        lines: Vec::new(),
        cancelled: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
    })
}

pub(super) fn read_lines(conn: &Connection, order: &mut Order) -> rusqlite::Result<()> {
    order.lines = conn
        .prepare_cached(
            "SELECT product, code, title, price, quantity FROM order_lines WHERE of_order = ? \
             ORDER BY place",
        )?
        .query_map([order.id.bytes()], |row| {
            Ok(OrderLine {
                product: ProductId::from_bytes(row.get(0)?),
                code: row.get(1)?,
                title: row.get(2)?,
                price: Money::from_minor(row.get(3)?),
                quantity: row.get(4)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(())
}

pub(super) fn insert_lines(conn: &Connection, order: &Order) -> rusqlite::Result<()> {
    for (place, line) in (0i64..).zip(&order.lines) {
        conn.prepare_cached(
            "INSERT INTO order_lines (of_order, place, product, code, title, price, quantity) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            order.id.bytes(),
            place,
            line.product.bytes(),
            line.code,
            line.title,
            line.price.minor(),
            line.quantity,
        ])?;
    }
    Ok(())
}
