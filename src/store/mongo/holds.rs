//! Holds: `held` of a product is the sum of its lines' holds. Whatever begins, changes or ends one is
//! a transaction that writes the product too, so that holds of one product meet each other.

use std::future::ready;

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};

use super::collections::Collections;
use super::document::cart::{StoredCart, change_of_holds, read};
use super::document::product::held_expression;
use super::document::{Oid, date};
use super::step::Write;
use crate::domain::cart_change::HeldDeltas;
use crate::domain::hold::Hold;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::timestamp::Timestamp;
use crate::store::{ExpiredHolds, StoreResult};

/// How far the next end of a hold is looked for, in milliseconds.
const AHEAD: i64 = 1_000;
/// Carts of which holds are ended at most before another one changes.
const STEP: i64 = 100;

/// What has become of holds that are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExpiryOutcome {
    /// There were none.
    Nothing,
    /// So many have ended.
    Some(u32),
    /// Somebody came between.
    Conflict,
}

impl Collections {
    /// The writes that hold more, or fewer, units. More are held only while they are free; a product
    /// that is gone has nothing held.
    pub(super) fn adjust_held(&self, held_deltas: &HeldDeltas) -> Vec<Write> {
        let write = |(product, more): (&ProductId, &i64)| -> Write {
            let id = doc! { "_id": product.oid() };
            let held = doc! { "$add": [held_expression(), *more as i32] };
            let change = |held| vec![doc! { "$set": { "held": held } }];
            if *more > 0 {
                let mut filter = id;
                filter.insert("$expr", are_free(*more));
                return Write::change(&self.products, filter, change(held));
            }
            Write::change_if_there(&self.products, id, change(doc! { "$max": [0, held] }))
        };
        held_deltas.iter().map(write).collect()
    }

    /// Units that older holds of other carts keep of a product.
    pub(super) async fn older_units(
        &self,
        product: ProductId,
        cart: CartId,
        hold: &Hold,
    ) -> StoreResult<i64> {
        let beginning = Timestamp::from_millis(i64::MIN);
        let line = doc! { "product": product.oid(), "heldSince": { "$lte": date(hold.since) } };
        let found = self.carts.find(doc! {
            "products.heldUntil": { "$gte": date(beginning) },
            "products": { "$elemMatch": line },
        });
        let documents: Vec<_> = found.await?.try_collect().await?;
        let carts = documents.iter().filter_map(|document| read(document));
        let earlier_held = carts.flat_map(|other| {
            let lines = other.lines.into_iter();
            let of_product = lines.filter(|line| line.product == product);
            of_product.filter_map(move |line| Some((line.hold?, other.id)))
        });
        let earlier_held =
            earlier_held.filter(|(other, id)| (other.since, *id) < (hold.since, cart));
        Ok(earlier_held.map(|(other, _)| other.units).sum())
    }

    /// Ends what is over in all carts, of so many of them at most.
    pub(super) async fn expire_holds(&self, now: Timestamp, limit: u32) -> StoreResult<ExpiredHolds> {
        let over = self.hold.over_at(now);
        let found = doc! { "products.heldUntil": { "$lte": date(over) } };
        let carts = self.carts_of(found, i64::from(limit)).await?;
        let lines = carts.iter().flat_map(|cart| &cart.lines);
        let due = lines.filter(|line| line.hold.is_some_and(|hold| hold.until <= over));
        let due = due.count();
        let ended = match self.end(&carts, over).await? {
            ExpiryOutcome::Some(count) => count,
            ExpiryOutcome::Nothing | ExpiryOutcome::Conflict => 0,
        };
        // Those that somebody came between wait no longer than those that were too many.
        let are_left = carts.len() >= limit as usize || (ended as usize) < due;
        let next = match are_left {
            true => Some(now),
            false => self.next_end(now, over).await?,
        };
        Ok(ExpiredHolds { expired: ended, next })
    }

    /// When the next hold is over, if that is soon.
    async fn next_end(&self, now: Timestamp, over: Timestamp) -> StoreResult<Option<Timestamp>> {
        let soon = Timestamp::from_millis(now.millis() + AHEAD);
        if over >= soon {
            return Ok(None);
        }
        let until = doc! { "$gt": date(over), "$lte": date(soon) };
        let found = doc! {
            "products.heldUntil": { "$lte": date(soon) },
            "products": { "$elemMatch": { "heldUntil": until } },
        };
        let carts = self.carts_of(found, STEP).await?;
        let lines = carts.iter().flat_map(|cart| &cart.lines);
        let ends = lines.filter_map(|line| Some(line.hold?.until));
        Ok(ends.filter(|until| *until > over).min())
    }

    /// Ends what is over of some products, before one of their carts changes.
    pub(super) async fn expire_of(
        &self,
        products: impl Iterator<Item = ProductId>,
        over: Timestamp,
    ) -> StoreResult<ExpiryOutcome> {
        let ids: Vec<_> = products.map(Oid::oid).collect();
        let is_over = doc! { "$lte": date(over) };
        let found = doc! {
            "products.heldUntil": is_over.clone(),
            "products": { "$elemMatch": { "product": { "$in": ids }, "heldUntil": is_over } },
        };
        let carts = self.carts_of(found, STEP).await?;
        self.end(&carts, over).await
    }

    async fn carts_of(&self, filter: Document, limit: i64) -> StoreResult<Vec<StoredCart>> {
        let found = self.carts.find(filter).limit(limit).await?;
        let documents: Vec<_> = found.try_collect().await?;
        Ok(documents
            .iter()
            .filter_map(|document| read(document))
            .collect())
    }

    /// Ends what is over of these carts: all in one step, or, where somebody came between, each by
    /// itself as far as that goes.
    async fn end(&self, carts: &[StoredCart], over: Timestamp) -> StoreResult<ExpiryOutcome> {
        if carts.is_empty() {
            return Ok(ExpiryOutcome::Nothing);
        }
        if let Some(count) = self.end_together(carts, over).await? {
            return Ok(ExpiryOutcome::Some(count));
        }
        let mut count = 0;
        for cart in carts.iter().filter(|_| carts.len() > 1) {
            count += self
                .end_together(std::slice::from_ref(cart), over)
                .await?
                .unwrap_or(0);
        }
        Ok(match count {
            0 => ExpiryOutcome::Conflict,
            count => ExpiryOutcome::Some(count),
        })
    }

    /// `None` when somebody came between.
    async fn end_together(
        &self,
        carts: &[StoredCart],
        over: Timestamp,
    ) -> StoreResult<Option<u32>> {
        let mut freed = HeldDeltas::new();
        let mut changes = Vec::with_capacity(carts.len());
        let mut count = 0;
        for cart in carts {
            let mut lines = cart.lines.clone();
            for line in &mut lines {
                if let Some(hold) = line.hold.take_if(|hold| hold.until <= over) {
                    *freed.entry(line.product).or_default() -= hold.units;
                    count += 1;
                }
            }
            let change = change_of_holds(&lines);
            changes.push(Write::change(&self.carts, cart.as_read.clone(), change));
        }
        let mut writes = self.adjust_held(&freed);
        writes.append(&mut changes);
        let holds = self.attempt(writes).await.holds(ready(Ok(false))).await?;
        Ok(holds.then_some(count))
    }

    /// Deletes carts whose time is over, with their holds.
    pub(super) async fn expire_carts(&self, now: Timestamp, limit: u32) -> StoreResult<u32> {
        let is_over = doc! { "expiresAt": { "$lte": date(now) } };
        let carts = self.carts_of(is_over, i64::from(limit)).await?;
        let mut ended = 0;
        for cart in &carts {
            let mut filter = cart.as_read.clone();
            filter.insert("expiresAt", doc! { "$lte": date(now) });
            let mut writes = self.adjust_held(&freed(cart));
            writes.push(Write::delete(&self.carts, filter));
            let outcome = self.attempt(writes).await;
            ended += u32::from(outcome.holds(ready(Ok(false))).await?);
        }
        Ok(ended)
    }
}

/// Holds while so many units of a product are kept by nobody.
pub(super) fn are_free(units: i64) -> Document {
    let stock = doc! { "$cond": [{ "$isNumber": "$stock" }, "$stock", 0] };
    let free = doc! { "$subtract": [stock, held_expression()] };
    doc! { "$gte": [free, units as i32] }
}

/// The holds that end with a cart.
fn freed(cart: &StoredCart) -> HeldDeltas {
    let mut freed = HeldDeltas::new();
    for hold in cart.lines.iter().filter_map(|line| Some((line.product, line.hold?.units))) {
        *freed.entry(hold.0).or_default() -= hold.1;
    }
    freed
}
