//! Orders: read and cancelled; purchases write them.

use async_trait::async_trait;
use rusqlite::{Connection, params};

use super::order_rows::require;
use super::readers::snapshot;
use super::store::SqliteStore;
use super::{order_list, product_rows};
use crate::domain::ids::OrderId;
use crate::domain::order::{Order, OrderPage, OrderQuery};
use crate::domain::product::MAX_STOCK;
use crate::domain::timestamp::Timestamp;
use crate::store::{OrderStore, StoreResult};

#[async_trait]
impl OrderStore for SqliteStore {
    async fn order(&self, id: OrderId) -> StoreResult<Order> {
        self.points
            .read_inline(|conn| require(&*snapshot(conn)?, id))
            .await
    }

    async fn orders(&self, query: &OrderQuery) -> StoreResult<OrderPage> {
        let query = query.clone();
        self.scans
            .read_blocking(move |conn| order_list::page(conn, &query))
            .await
    }

    async fn cancel_order(&self, id: OrderId) -> StoreResult<Order> {
        self.writer.write(move |conn| cancel(conn, id)).await
    }
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
        if let Some(product) = product_rows::find(conn, line.product)? {
            let stock = (product.stock + line.quantity).min(MAX_STOCK);
            product_rows::set_stock(conn, product, stock)?;
        }
    }
    order.cancelled = Some(now);
    Ok(order)
}
