//! Holds. A product's `held` is the sum of its lines' holds; every begin, change and end of a hold
//! writes the product too, in one transaction, so that holds of one product conflict.

use std::future::ready;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};

use super::MongoStore;
use super::commit::Write;
use super::db::Db;
use super::documents::cart::{StoredCart, read, update_of_holds};
use super::documents::product_update::{are_free, current_held};
use super::documents::{Oid, date};
use crate::domain::cart_change::HeldDeltas;
use crate::domain::hold::Hold;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::timestamp::Timestamp;
use crate::store::{ExpiredHolds, ExpiryStore, StoreResult};

/// How far the next end of a hold is looked for, in milliseconds.
const LOOK_AHEAD: i64 = 1_000;
/// Carts whose holds are expired, at most, before another cart changes.
const MAX_CARTS: i64 = 100;

#[async_trait]
impl ExpiryStore for MongoStore {
    async fn now(&self) -> StoreResult<Timestamp> {
        self.run(|db| async move { db.clock.read(&db.database).await })
            .await
    }

    async fn expire_holds(&self, now: Timestamp, limit: u32) -> StoreResult<ExpiredHolds> {
        self.run(move |db| async move { expire_holds(&db, now, limit).await })
            .await
    }

    async fn expire_carts(&self, now: Timestamp, limit: u32) -> StoreResult<u32> {
        self.run(move |db| async move { expire_carts(&db, now, limit).await })
            .await
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExpiryOutcome {
    /// No holds were due.
    Nothing,
    /// So many have expired.
    Some(u32),
    Conflict,
}

/// Holds more, or fewer, units of products. More are held only while they are free; a deleted
/// product has no holds.
pub(super) fn adjust_held(db: &Db, deltas: &HeldDeltas) -> Vec<Write> {
    let adjust = |(product, more): (&ProductId, &i64)| -> Write {
        let mut filter = doc! { "_id": product.oid() };
        let held = doc! { "$add": [current_held(), *more as i32] };
        if *more > 0 {
            filter.insert("$expr", are_free(*more));
            Write::update(&db.products, filter, set_held(held))
        } else {
            let not_negative = doc! { "$max": [0, held] };
            Write::update_if_found(&db.products, filter, set_held(not_negative))
        }
    };
    deltas.iter().map(adjust).collect()
}

fn set_held(held: Document) -> Vec<Document> {
    vec![doc! { "$set": { "held": held } }]
}

/// Units of a product in other carts' holds that began before this one.
pub(super) async fn earlier_held(
    db: &Db,
    product: ProductId,
    cart: CartId,
    hold: &Hold,
) -> StoreResult<i64> {
    let line = doc! { "product": product.oid(), "heldSince": { "$lte": date(hold.since) } };
    // The first condition matches every hold, but lets the index on `heldUntil` find them.
    let filter = doc! {
        "products.heldUntil": { "$gte": date(Timestamp::from_millis(i64::MIN)) },
        "products": { "$elemMatch": line },
    };
    let documents: Vec<_> = db.carts.find(filter).await?.try_collect().await?;
    let mut units = 0;
    for other in documents.iter().filter_map(|document| read(document)) {
        let of_product = other.lines.iter().filter(|line| line.product == product);
        let holds = of_product.filter_map(|line| line.hold);
        let earlier = holds.filter(|held| (held.since, other.id) < (hold.since, cart));
        units += earlier.map(|held| held.units).sum::<i64>();
    }
    Ok(units)
}

/// Expires due holds of at most `limit` carts.
async fn expire_holds(db: &Db, now: Timestamp, limit: u32) -> StoreResult<ExpiredHolds> {
    let due = db.hold.over_at(now);
    let filter = doc! { "products.heldUntil": { "$lte": date(due) } };
    let carts = find_carts(db, filter, i64::from(limit)).await?;
    let holds = carts.iter().flat_map(|cart| &cart.lines);
    let due_holds = holds.filter(|line| line.hold.is_some_and(|hold| hold.until <= due));
    let due_holds = due_holds.count();
    let expired = match expire(db, &carts, due).await? {
        ExpiryOutcome::Some(count) => count,
        ExpiryOutcome::Nothing | ExpiryOutcome::Conflict => 0,
    };
    // Holds left by a conflict or by the limit are due at once.
    let next = if carts.len() >= limit as usize || (expired as usize) < due_holds {
        Some(now)
    } else {
        next_end(db, now, due).await?
    };
    Ok(ExpiredHolds { expired, next })
}

/// When the next hold ends, if that is soon.
async fn next_end(db: &Db, now: Timestamp, due: Timestamp) -> StoreResult<Option<Timestamp>> {
    let soon = Timestamp::from_millis(now.millis() + LOOK_AHEAD);
    if due >= soon {
        return Ok(None);
    }
    let until = doc! { "$gt": date(due), "$lte": date(soon) };
    let filter = doc! {
        "products.heldUntil": { "$lte": date(soon) },
        "products": { "$elemMatch": { "heldUntil": until } },
    };
    let carts = find_carts(db, filter, MAX_CARTS).await?;
    let lines = carts.iter().flat_map(|cart| &cart.lines);
    let ends = lines.filter_map(|line| Some(line.hold?.until));
    Ok(ends.filter(|until| *until > due).min())
}

/// Expires due holds of some products, before one of their carts changes.
pub(super) async fn expire_of(
    db: &Db,
    products: &[ProductId],
    due: Timestamp,
) -> StoreResult<ExpiryOutcome> {
    let ids: Vec<_> = products.iter().map(|id| id.oid()).collect();
    let is_due = doc! { "$lte": date(due) };
    let filter = doc! {
        "products.heldUntil": is_due.clone(),
        "products": { "$elemMatch": { "product": { "$in": ids }, "heldUntil": is_due } },
    };
    let carts = find_carts(db, filter, MAX_CARTS).await?;
    expire(db, &carts, due).await
}

async fn find_carts(db: &Db, filter: Document, limit: i64) -> StoreResult<Vec<StoredCart>> {
    let found = db.carts.find(filter).limit(limit).await?;
    let documents: Vec<_> = found.try_collect().await?;
    let carts = documents.iter().filter_map(|document| read(document));
    Ok(carts.collect())
}

/// Expires due holds of these carts: all in one unit of work or, after a conflict, each cart by
/// itself.
async fn expire(db: &Db, carts: &[StoredCart], due: Timestamp) -> StoreResult<ExpiryOutcome> {
    if carts.is_empty() {
        return Ok(ExpiryOutcome::Nothing);
    }
    if let Some(count) = expire_together(db, carts, due).await? {
        return Ok(ExpiryOutcome::Some(count));
    }
    let mut count = 0;
    if carts.len() > 1 {
        for cart in carts.chunks(1) {
            count += expire_together(db, cart, due).await?.unwrap_or(0);
        }
    }
    Ok(match count {
        0 => ExpiryOutcome::Conflict,
        count => ExpiryOutcome::Some(count),
    })
}

/// Returns the number of expired holds; `None` after a conflict.
async fn expire_together(
    db: &Db,
    carts: &[StoredCart],
    due: Timestamp,
) -> StoreResult<Option<u32>> {
    let mut freed = HeldDeltas::new();
    let mut updates = Vec::with_capacity(carts.len());
    let mut count = 0;
    for cart in carts {
        let mut lines = cart.lines.clone();
        for line in &mut lines {
            if let Some(hold) = line.hold.take_if(|hold| hold.until <= due) {
                *freed.entry(line.product).or_default() -= hold.units;
                count += 1;
            }
        }
        let update = update_of_holds(&lines);
        updates.push(Write::update(&db.carts, cart.as_read.clone(), update));
    }
    let mut writes = adjust_held(db, &freed);
    writes.append(&mut updates);
    let result = db.commit_queue.commit(writes).await;
    let is_committed = result.resolve(ready(Ok(false))).await?;
    Ok(is_committed.then_some(count))
}

/// Deletes expired carts with their holds.
async fn expire_carts(db: &Db, now: Timestamp, limit: u32) -> StoreResult<u32> {
    let is_expired = doc! { "$lte": date(now) };
    let filter = doc! { "expiresAt": is_expired.clone() };
    let mut expired = 0;
    for cart in find_carts(db, filter, i64::from(limit)).await? {
        let mut writes = adjust_held(db, &all_holds(&cart));
        let mut as_read = cart.as_read;
        as_read.insert("expiresAt", is_expired.clone());
        writes.push(Write::delete(&db.carts, as_read));
        let result = db.commit_queue.commit(writes).await;
        expired += u32::from(result.resolve(ready(Ok(false))).await?);
    }
    Ok(expired)
}

/// The holds that end with a cart.
fn all_holds(cart: &StoredCart) -> HeldDeltas {
    let mut freed = HeldDeltas::new();
    for line in &cart.lines {
        if let Some(hold) = line.hold {
            *freed.entry(line.product).or_default() -= hold.units;
        }
    }
    freed
}
