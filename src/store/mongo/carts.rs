//! Carts: read, decide, and write only while nobody else changed what was read.

use std::collections::HashMap;
use std::future::ready;

use mongodb::bson::{Document, doc};

use super::cart_read::{ReadCart, contended};
use super::collections::{Collections, raw};
use super::document::Oid;
use super::document::cart::{StoredCart, change, new_document};
use super::driver::RETRY_FOR;
use super::error::is_transient;
use super::retry::Retry;
use super::step::{CommitResult, Write};
use crate::domain::cart::{Cart, LineRequests};
use crate::domain::cart_change::{CartChange, CartDelta};
use crate::domain::ids::CartId;
use crate::domain::timestamp::Timestamp;
use crate::store::StoreResult;

/// A cart as a change makes it, and the writes that do so.
pub(super) struct ChangedCart {
    pub(super) cart: Cart,
    /// Changes of products whose held units change.
    adjust_held: Vec<Write>,
    /// Matches only the cart that the change was applied to.
    as_read: Document,
    change: Document,
    /// Matches the cart as the change leaves it.
    as_written: Document,
}

/// A cart that is not stored yet, and the writes that store it.
pub(super) struct NewCart {
    pub(super) cart: Cart,
    /// Changes of products of which units are held for it.
    adjust_held: Vec<Write>,
    document: Document,
}

impl Collections {
    pub(super) async fn create_cart(&self, lines: LineRequests) -> StoreResult<Cart> {
        let id = CartId::generate()?;
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        loop {
            let new = self.new_cart(id, lines.clone()).await?;
            let cart = new.cart.clone();
            if new.adjust_held.is_empty() {
                self.carts.insert_one(raw(&new.document)?).await?;
                return Ok(cart);
            }
            let outcome = self.attempt(self.new_cart_writes(new)).await;
            if outcome.holds(self.is_cart(id)).await? {
                return Ok(cart);
            }
            if !attempts.next_attempt().await {
                return Err(contended());
            }
        }
    }

    async fn is_cart(&self, id: CartId) -> StoreResult<bool> {
        let found = self.carts.find_one(doc! { "_id": id.oid() }).await?;
        Ok(found.is_some())
    }

    /// A cart that is not stored yet.
    pub(super) async fn new_cart(&self, id: CartId, lines: LineRequests) -> StoreResult<NewCart> {
        let change = CartChange::Replace(lines);
        let now = self.clock.now();
        let wanted = change.products();
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        let read = loop {
            let documents = self.documents_of(&wanted).await?;
            let products = self.read_products(&documents);
            let is_held = products.values().any(|product| product.held > 0);
            if is_held && self.ended_some(&wanted, now, &mut attempts).await? {
                continue;
            }
            break ReadCart {
                stored: StoredCart::new(id),
                documents,
                products,
                earlier_held: HashMap::new(),
            };
        };
        let delta = change.apply(&read.filled(1), &read.products, now, self.hold)?;
        let lines = read.stored.changed_lines(&delta.lines);
        Ok(NewCart {
            adjust_held: self.adjust_held(&delta.held),
            document: new_document(id, &lines, Timestamp::now()),
            cart: Cart {
                lines: delta.lines,
                dropped: delta.dropped,
                id,
                version: 1,
            },
        })
    }

    /// All writes that store a new cart.
    pub(super) fn new_cart_writes(&self, new: NewCart) -> Vec<Write> {
        let mut writes = new.adjust_held;
        writes.push(Write::insert(&self.carts, new.document));
        writes
    }

    pub(super) async fn change_cart(&self, id: CartId, wanted: CartChange) -> StoreResult<Cart> {
        let _turn = self.cart_locks.of(id.bytes()).await;
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        loop {
            let changed = self.changed_cart(id, &wanted).await?;
            if self.write_cart(&changed).await? {
                return Ok(changed.cart);
            }
            if !attempts.next_attempt().await {
                return Err(contended());
            }
        }
    }

    /// `false` when somebody came between.
    async fn write_cart(&self, changed: &ChangedCart) -> StoreResult<bool> {
        if changed.adjust_held.is_empty() {
            let (filter, change) = (changed.as_read.clone(), changed.change.clone());
            let written = self.carts.update_one(filter, change).await?;
            return Ok(written.matched_count == 1);
        }
        match self.attempt(self.cart_writes(changed)).await {
            // Another change may have come after it, so that it must not be made again blindly.
            CommitResult::Failed {
                error,
                in_doubt: true,
            } => {
                let is = async |filter: &Document| -> StoreResult<bool> {
                    Ok(self.carts.find_one(filter.clone()).await?.is_some())
                };
                if is(&changed.as_written).await? {
                    Ok(true)
                } else if is_transient(&error) && is(&changed.as_read).await? {
                    Ok(false)
                } else {
                    Err(error.into())
                }
            }
            outcome => outcome.holds(ready(Ok(false))).await,
        }
    }

    /// All writes of a change.
    pub(super) fn cart_writes(&self, changed: &ChangedCart) -> Vec<Write> {
        let cart = Write::change(&self.carts, changed.as_read.clone(), changed.change.clone());
        let adjust_held = changed.adjust_held.iter().cloned();
        adjust_held.chain([cart]).collect()
    }

    /// What a change makes of a cart; nothing is written yet, but that what is over has ended.
    pub(super) async fn changed_cart(
        &self,
        id: CartId,
        wanted: &CartChange,
    ) -> StoreResult<ChangedCart> {
        let now = self.clock.now();
        let read = self.cart_to_change(id, &wanted.products(), now).await?;
        let before = read.filled(read.stored.version);
        let delta = wanted.apply(&before, &read.products, now, self.hold)?;
        Ok(self.changed(read.stored, delta))
    }

    /// The writes that store a changed cart.
    pub(super) fn changed(&self, stored: StoredCart, delta: CartDelta) -> ChangedCart {
        let (id, version) = (stored.id, stored.version + 1);
        let lines = stored.changed_lines(&delta.lines);
        let change = change(&lines, version, Timestamp::now());
        ChangedCart {
            adjust_held: self.adjust_held(&delta.held),
            as_written: as_written(id, &change),
            as_read: stored.as_read,
            change,
            cart: Cart {
                id,
                lines: delta.lines,
                dropped: delta.dropped,
                version,
            },
        }
    }
}

/// Matches a cart as a change leaves it.
fn as_written(id: CartId, change: &Document) -> Document {
    let mut filter = doc! { "_id": id.oid() };
    if let Ok(set) = change.get_document("$set") {
        filter.extend(set.clone());
    }
    filter
}
