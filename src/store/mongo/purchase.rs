//! Purchases: read, decide, and write in one transaction that holds only if everything is still as
//! it was decided upon.
//!
//! Each of its writes asks for what the decision rests on: the cart as it was read, enough stock, the
//! price and the words that were read. A transaction locks what it wrote until it ends, so no other
//! purchase, on whichever node, takes the same units.

use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};

use super::cart_read::ReadCart;
use super::collections::Collections;
use super::document::cart::change;
use super::document::product::held_expression;
use super::document::{Oid, date, member, order, unchanged};
use super::driver::RETRY_FOR;
use super::error::unavailable;
use super::holds::are_free;
use super::products::version_expression;
use super::retry::Retry;
use super::step::Write;
use crate::domain::cart::CartLine;
use crate::domain::cart_change::after_sale;
use crate::domain::ids::{CartId, OrderId};
use crate::domain::order::{Order, OrderCode};
use crate::domain::purchase::{PurchaseRequest, PurchaseOutcome, decide};
use crate::domain::timestamp::Timestamp;
use crate::store::StoreResult;

/// The members of a product that a purchase rests on beside its stock.
const RESTS_ON: [&str; 4] = ["price", "status", "title", "code"];

impl Collections {
    /// Buys what the cart holds, under the id given.
    pub(super) async fn purchase(
        &self,
        id: OrderId,
        cart: CartId,
        request: &PurchaseRequest,
    ) -> StoreResult<PurchaseOutcome> {
        let _turn = self.cart_locks.of(cart.bytes()).await;
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        loop {
            let (purchased, writes) = self.plan_purchase(id, cart, request).await?;
            let outcome = self.attempt(writes).await;
            if outcome.holds(self.is_ordered(id)).await? {
                return Ok(purchased);
            }
            if !attempts.next_attempt().await {
                return Err(unavailable("others bought the same at every attempt"));
            }
        }
    }

    /// Whether a transaction whose end was not told has stored its order.
    async fn is_ordered(&self, id: OrderId) -> StoreResult<bool> {
        let found = self.orders.find_one(doc! { "_id": id.oid() }).await?;
        Ok(found.is_some())
    }

    /// Decides what is sold, and tells the writes that sell it.
    pub(super) async fn plan_purchase(
        &self,
        id: OrderId,
        cart_id: CartId,
        request: &PurchaseRequest,
    ) -> StoreResult<(PurchaseOutcome, Vec<Write>)> {
        let now = self.clock.now();
        let read = self.cart_to_change(cart_id, &[], now).await?;
        let before = read.filled(read.stored.version);
        let sale = decide(&before.lines, request)?;
        let delta = after_sale(&before, &sale, now, self.hold);
        let order = Order::of_sale(
            id,
            OrderCode::generate()?,
            cart_id,
            &request.purchaser,
            sale.sold,
            Timestamp::now(),
        );
        let writes = self.writes(&order, &read, &before.lines, &delta.lines);
        let purchased = PurchaseOutcome {
            order,
            left: sale.left,
            dropped: delta.dropped,
        };
        Ok((purchased, writes))
    }

    /// Takes the units, leaves the cart with the lines that it has by now, writes the order.
    fn writes(
        &self,
        order: &Order,
        read: &ReadCart,
        lines: &[CartLine],
        left: &[CartLine],
    ) -> Vec<Write> {
        let now = order.purchase_datetime;
        let is_sold = |line: &&CartLine| {
            let mut sold = order.lines.iter();
            sold.any(|sold| sold.product == line.product.id)
        };
        let take = |line: &CartLine| {
            let filter = as_read(line, read.documents.get(&line.product.id));
            Write::change(&self.products, filter, vec![taken(line, now)])
        };
        let mut writes: Vec<_> = lines.iter().filter(is_sold).map(take).collect();
        let cart = &read.stored;
        let left = change(&cart.changed_lines(left), cart.version + 1, now);
        writes.push(Write::change(&self.carts, cart.as_read.clone(), left));
        writes.push(Write::insert(&self.orders, order::document(order)));
        writes
    }
}

/// Matches a product only while what was decided of it still holds: that the units are there, and
/// that no other cart keeps them.
fn as_read(line: &CartLine, document: Option<&RawDocumentBuf>) -> Document {
    let mut filter = doc! {
        "_id": line.product.id.oid(),
        "stock": { "$gte": line.quantity },
    };
    let as_read = |key| {
        let stored = document.and_then(|document| member(document, key));
        let stored = stored.and_then(|value| Bson::try_from(value).ok());
        unchanged(stored.as_ref())
    };
    let held = line.held();
    if line.quantity <= line.product.stock - line.product.held + held.units {
        filter.insert("$expr", are_free(line.quantity - held.units));
    } else {
        // More is held than there is, and this line's hold is among the oldest: so it stays while
        // both are what they are, for holds can only end meanwhile.
        filter.insert("stock", as_read("stock"));
        filter.insert("held", as_read("held"));
    }
    for key in RESTS_ON {
        filter.insert(key, as_read(key));
    }
    filter
}

/// The change of a product whose units are taken. Quantities fit an Int32, so that a stock keeps its
/// type.
fn taken(line: &CartLine, now: Timestamp) -> Document {
    let mut set = doc! {
        "stock": { "$subtract": ["$stock", line.quantity as i32] },
        "version": { "$add": [version_expression(), 1i64] },
        "updatedAt": date(now),
    };
    let units = line.held().units as i32;
    if units > 0 {
        let held = doc! { "$subtract": [held_expression(), units] };
        set.insert("held", doc! { "$max": [0, held] });
    }
    doc! { "$set": set }
}
