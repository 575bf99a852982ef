//! Orders: read, listed, and cancelled once.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};

use super::MongoStore;
use super::commit::Write;
use super::db::Db;
use super::documents::product_update::update;
use super::documents::{Oid, date, order};
use super::error::contended;
use super::retry::Retry;
use crate::domain::ids::OrderId;
use crate::domain::order::{Order, OrderFilter, OrderLine, OrderPage, OrderQuery};
use crate::domain::product::MAX_STOCK;
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::timestamp::Timestamp;
use crate::store::{OrderStore, StoreResult};

#[async_trait]
impl OrderStore for MongoStore {
    async fn order(&self, id: OrderId) -> StoreResult<Order> {
        self.run(move |db| async move { find(&db, id).await }).await
    }

    async fn orders(&self, query: &OrderQuery) -> StoreResult<OrderPage> {
        let query = query.clone();
        self.run(|db| async move { page(&db, &query).await }).await
    }

    async fn cancel_order(&self, id: OrderId) -> StoreResult<Order> {
        self.run(move |db| async move { cancel(&db, id).await })
            .await
    }
}

async fn find(db: &Db, id: OrderId) -> StoreResult<Order> {
    let found = db.orders.find_one(doc! { "_id": id.oid() }).await?;
    let order = found.and_then(|document| order::read(&document));
    Ok(order.ok_or(Refusal::NotFound(Resource::Order))?)
}

async fn page(db: &Db, query: &OrderQuery) -> StoreResult<OrderPage> {
    let filter = matching(&query.filters);
    let total = db.orders.count_documents(filter.clone()).await?;
    let direction = if query.oldest_first { 1 } else { -1 };
    let found = db
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

async fn cancel(db: &Db, id: OrderId) -> StoreResult<Order> {
    let mut retry = Retry::operation();
    loop {
        let order = find(db, id).await?;
        if order.cancelled.is_some() {
            return Ok(order);
        }
        let writes = cancellation(db, &order, Timestamp::now());
        let result = db.commit_queue.commit(writes).await;
        if result.resolve(is_cancelled(db, id)).await? {
            return find(db, id).await;
        }
        if !retry.next_attempt().await {
            return Err(contended("the order's products"));
        }
    }
}

async fn is_cancelled(db: &Db, id: OrderId) -> StoreResult<bool> {
    Ok(find(db, id).await?.cancelled.is_some())
}

/// Cancels the order unless it is cancelled by now, and returns its units.
fn cancellation(db: &Db, order: &Order, now: Timestamp) -> Vec<Write> {
    let valid = doc! { "_id": order.id.oid(), "cancelled": { "$not": { "$type": "date" } } };
    let cancelled = doc! { "$set": { "cancelled": date(now) } };
    let cancel = Write::update(&db.orders, valid, cancelled);
    // A product that was deleted, or whose stock is not a number, gets nothing back.
    let returned = order.lines.iter().map(|line| {
        let filter = doc! { "_id": line.product.oid(), "stock": { "$type": "number" } };
        Write::update_if_found(&db.products, filter, units_returned(line, now))
    });
    std::iter::once(cancel).chain(returned).collect()
}

/// A stock beyond the bound stays as it is.
fn units_returned(line: &OrderLine, now: Timestamp) -> Vec<Document> {
    let more = doc! { "$add": ["$stock", line.quantity as i32] };
    let bounded = doc! { "$min": [more, MAX_STOCK as i32] };
    update(doc! { "stock": { "$max": ["$stock", bounded] } }, now)
}

fn matching(filters: &[OrderFilter]) -> Document {
    let mut terms = vec![doc! { "_id": { "$type": "objectId" } }];
    terms.extend(filters.iter().map(|filter| match filter {
        OrderFilter::Code(code) => doc! { "code": code },
        OrderFilter::Purchaser(email) => doc! { "purchaser": email },
        OrderFilter::Cart(id) => doc! { "cart": id.oid() },
        OrderFilter::Cancelled(true) => doc! { "cancelled": { "$type": "date" } },
        OrderFilter::Cancelled(false) => doc! { "cancelled": { "$not": { "$type": "date" } } },
    }));
    doc! { "$and": terms }
}
