//! Orders: read, listed, and cancelled once.

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};

use super::collections::Collections;
use super::document::{Oid, date, order};
use super::driver::RETRY_FOR;
use super::error::unavailable;
use super::products::version_expression;
use super::retry::Retry;
use super::step::Write;
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::ids::OrderId;
use crate::domain::order::{Order, OrderFilter, OrderLine, OrderPage, OrderQuery};
use crate::domain::product::MAX_STOCK;
use crate::domain::timestamp::Timestamp;
use crate::store::{StoreError, StoreResult};

impl Collections {
    pub(super) async fn order(&self, id: OrderId) -> StoreResult<Order> {
        let found = self.orders.find_one(doc! { "_id": id.oid() }).await?;
        found
            .and_then(|document| order::read(&document))
            .ok_or(StoreError::Refused(Refusal::NotFound(Resource::Order)))
    }

    pub(super) async fn list_orders(&self, query: &OrderQuery) -> StoreResult<OrderPage> {
        let filter = condition(&query.filters);
        let total = self.orders.count_documents(filter.clone()).await?;
        let direction = if query.oldest_first { 1 } else { -1 };
        let found = self
            .orders
            .find(filter)
            .sort(doc! { "purchase_datetime": direction, "_id": 1 })
            .skip(query.offset())
            .limit(i64::from(query.limit));
        let documents: Vec<_> = found.await?.try_collect().await?;
        let orders = documents.iter().filter_map(|order| order::read(order));
        Ok(OrderPage {
            orders: orders.collect(),
            total,
        })
    }

    /// Cancels an order.
    pub(super) async fn cancel_order(&self, id: OrderId) -> StoreResult<Order> {
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        loop {
            let order = self.order(id).await?;
            if order.cancelled.is_some() {
                return Ok(order);
            }
            let outcome = self.attempt(self.put_back(&order, Timestamp::now())).await;
            if outcome.holds(self.is_cancelled(id)).await? {
                return self.order(id).await;
            }
            if !attempts.next_attempt().await {
                return Err(unavailable("others changed the order's products always"));
            }
        }
    }

    async fn is_cancelled(&self, id: OrderId) -> StoreResult<bool> {
        Ok(self.order(id).await?.cancelled.is_some())
    }

    /// All of a cancellation. It holds only while the order is not cancelled.
    fn put_back(&self, order: &Order, now: Timestamp) -> Vec<Write> {
        let valid = doc! { "_id": order.id.oid(), "cancelled": { "$not": { "$type": "date" } } };
        let cancelled = doc! { "$set": { "cancelled": date(now) } };
        let cancel = Write::change(&self.orders, valid, cancelled);
        // A product that was deleted, or whose stock is no number, takes nothing back.
        let put_back = order.lines.iter().map(|line| {
            let filter = doc! { "_id": line.product.oid(), "stock": { "$type": "number" } };
            Write::change_if_there(&self.products, filter, vec![returned(line, now)])
        });
        std::iter::once(cancel).chain(put_back).collect()
    }
}

/// The change of a product whose units come back. A stock that lies beyond the bound already stays.
fn returned(line: &OrderLine, now: Timestamp) -> Document {
    let more = doc! { "$add": ["$stock", line.quantity as i32] };
    let with_deadline = doc! { "$min": [more, MAX_STOCK as i32] };
    doc! { "$set": {
        "stock": { "$max": ["$stock", with_deadline] },
        "version": { "$add": [version_expression(), 1i64] },
        "updatedAt": date(now),
    } }
}

fn condition(filters: &[OrderFilter]) -> Document {
    let mut terms = vec![doc! { "_id": { "$type": "objectId" } }];
    terms.extend(filters.iter().map(|filter| match filter {
        OrderFilter::Code(text) => doc! { "code": text },
        OrderFilter::Purchaser(text) => doc! { "purchaser": text },
        OrderFilter::Cart(id) => doc! { "cart": id.oid() },
        OrderFilter::Cancelled(true) => doc! { "cancelled": { "$type": "date" } },
        OrderFilter::Cancelled(false) => doc! { "cancelled": { "$not": { "$type": "date" } } },
    }));
    doc! { "$and": terms }
}
