//! Orders: written by purchases, read, and cancelled once.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{SqliteStore, order_list, products, purchase};
use crate::domain::ids::{CartId, OrderId, ProductId};
use crate::domain::money::Money;
use crate::domain::order::{Order, OrderCode, OrderLine, OrderPage, OrderQuery};
use crate::domain::product::MAX_STOCK;
use crate::domain::purchase::{PurchaseRequest, Purchased};
use crate::domain::timestamp::Timestamp;
use crate::store::{Noun, OrderStore, StoreError, StoreResult};

/// The columns of an order, in the order of [`order`].
macro_rules! order_columns {
    () => {
        "orders.id, orders.code, orders.purchased_at, orders.purchaser, orders.cart, \
         orders.cancelled_at"
    };
}
pub(super) use order_columns;

#[async_trait]
impl OrderStore for SqliteStore {
    async fn purchase(&self, cart: CartId, request: PurchaseRequest) -> StoreResult<Purchased> {
        let id = OrderId::generate()?;
        let length = self.hold;
        self.writer
            .write(move |conn| purchase::purchase(conn, id, cart, &request, length))
            .await
    }

    async fn order(&self, id: OrderId) -> StoreResult<Order> {
        self.points
            .at_once(|conn| require(&*super::readers::snapshot(conn)?, id))
            .await
    }

    async fn orders(&self, query: &OrderQuery) -> StoreResult<OrderPage> {
        let query = query.clone();
        self.scans
            .aside(move |conn| order_list::page(conn, &query))
            .await
    }

    async fn cancel_order(&self, id: OrderId) -> StoreResult<Order> {
        self.writer.write(move |conn| cancel(conn, id)).await
    }
}

fn require(conn: &Connection, id: OrderId) -> StoreResult<Order> {
    let sql = concat!("SELECT ", order_columns!(), " FROM orders WHERE id = ?");
    let order = conn
        .prepare_cached(sql)?
        .query_row([id.bytes()], order)
        .optional()?;
    let mut order = order.ok_or(StoreError::NotFound(Noun::Order))?;
    read_lines(conn, &mut order)?;
    Ok(order)
}

fn cancel(conn: &Connection, id: OrderId) -> StoreResult<Order> {
    let mut order = require(conn, id)?;
    if order.cancelled.is_some() {
        return Ok(order);
    }
    let now = Timestamp::now();
    conn.prepare_cached("UPDATE orders SET cancelled_at = ? WHERE id = ?")?
        .execute(params![now.millis(), id.bytes()])?;
    for line in &order.lines {
        if let Some(product) = products::find(conn, line.product)? {
            let stock = (product.stock + line.quantity).min(MAX_STOCK);
            products::set_stock(conn, product, stock)?;
        }
    }
    order.cancelled = Some(now);
    Ok(order)
}

/// The order in a row of `order_columns!`, still without its lines.
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

/// Fills an order with its lines.
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

/// Stores the lines of an order that is new.
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
