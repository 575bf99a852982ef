//! Carts: read, decided, and written only while what was read is unchanged.

use std::collections::HashMap;
use std::future::ready;

use async_trait::async_trait;
use mongodb::bson::{Document, doc};

use super::MongoStore;
use super::cart_read::{self, ReadCart};
use super::commit::{CommitResult, Write};
use super::db::Db;
use super::documents::cart::{StoredCart, new_document, update};
use super::documents::{Oid, raw};
use super::error::{contended, is_transient};
use super::holds::adjust_held;
use super::retry::Retry;
use crate::domain::cart::{Cart, LineRequests};
use crate::domain::cart_change::{CartChange, CartDelta};
use crate::domain::ids::CartId;
use crate::domain::timestamp::Timestamp;
use crate::store::{CartStore, StoreResult};

#[async_trait]
impl CartStore for MongoStore {
    async fn cart(&self, id: CartId) -> StoreResult<Cart> {
        self.run(move |db| async move { cart_read::cart(&db, id).await })
            .await
    }
}

/// A cart that is not stored yet.
pub(super) struct NewCart {
    pub(super) cart: Cart,
    /// Updates of products of which units are held for it.
    held: Vec<Write>,
    document: Document,
}

/// A changed cart that is not stored yet.
pub(super) struct ChangedCart {
    pub(super) cart: Cart,
    /// Updates of products whose held units change.
    held: Vec<Write>,
    /// Matches the cart that was read.
    as_read: Document,
    update: Document,
    /// Matches the cart that the update leaves.
    as_written: Document,
}

impl NewCart {
    pub(super) fn into_writes(self, db: &Db) -> Vec<Write> {
        let mut writes = self.held;
        writes.push(Write::insert(&db.carts, self.document));
        writes
    }
}

impl ChangedCart {
    pub(super) fn writes(&self, db: &Db) -> Vec<Write> {
        let mut writes = self.held.clone();
        writes.push(Write::update(
            &db.carts,
            self.as_read.clone(),
            self.update.clone(),
        ));
        writes
    }
}

pub(super) async fn create(db: &Db, lines: LineRequests) -> StoreResult<Cart> {
    let id = CartId::generate()?;
    let mut retry = Retry::operation();
    loop {
        let new = plan_new(db, id, lines.clone()).await?;
        let cart = new.cart.clone();
        if new.held.is_empty() {
            db.carts.insert_one(raw(&new.document)?).await?;
            return Ok(cart);
        }
        let result = db.commit_queue.commit(new.into_writes(db)).await;
        let is_stored = exists(db, doc! { "_id": id.oid() });
        if result.resolve(is_stored).await? {
            return Ok(cart);
        }
        if !retry.next_attempt().await {
            return Err(contended("the cart"));
        }
    }
}

async fn exists(db: &Db, filter: Document) -> StoreResult<bool> {
    Ok(db.carts.find_one(filter).await?.is_some())
}

/// Decides a new cart. Only expired holds of its products are written.
pub(super) async fn plan_new(db: &Db, id: CartId, lines: LineRequests) -> StoreResult<NewCart> {
    let change = CartChange::Replace(lines);
    let now = db.clock.now();
    let ids = change.products();
    let mut retry = Retry::operation();
    let read = loop {
        let documents = cart_read::product_documents(db, &ids).await?;
        let products = cart_read::products(db, &documents);
        let is_held = products.values().any(|product| product.held > 0);
        if is_held && cart_read::expire_any(db, &ids, now, &mut retry).await? {
            continue;
        }
        break ReadCart {
            stored: StoredCart::new(id),
            documents,
            products,
            earlier_held: HashMap::new(),
        };
    };
    let delta = change.apply(&read.cart(1), &read.products, now, db.hold)?;
    let lines = read.stored.changed_lines(&delta.lines);
    Ok(NewCart {
        held: adjust_held(db, &delta.held),
        document: new_document(id, &lines, Timestamp::now()),
        cart: Cart {
            lines: delta.lines,
            dropped: delta.dropped,
            id,
            version: 1,
        },
    })
}

pub(super) async fn change(db: &Db, id: CartId, change: &CartChange) -> StoreResult<Cart> {
    let _lock = db.cart_locks.lock(id.bytes()).await;
    let mut retry = Retry::operation();
    loop {
        let changed = plan_change(db, id, change).await?;
        if store(db, &changed).await? {
            return Ok(changed.cart);
        }
        if !retry.next_attempt().await {
            return Err(contended("the cart"));
        }
    }
}

/// Decides a change of a cart. Only expired holds are written.
pub(super) async fn plan_change(
    db: &Db,
    id: CartId,
    change: &CartChange,
) -> StoreResult<ChangedCart> {
    let now = db.clock.now();
    let read = cart_read::to_change(db, id, &change.products(), now).await?;
    let before = read.cart(read.stored.version);
    let delta = change.apply(&before, &read.products, now, db.hold)?;
    Ok(changed(db, read.stored, delta))
}

fn changed(db: &Db, stored: StoredCart, delta: CartDelta) -> ChangedCart {
    let (id, version) = (stored.id, stored.version + 1);
    let lines = stored.changed_lines(&delta.lines);
    let update = update(&lines, version, Timestamp::now());
    ChangedCart {
        held: adjust_held(db, &delta.held),
        as_written: as_written(id, &update),
        as_read: stored.as_read,
        update,
        cart: Cart {
            id,
            lines: delta.lines,
            dropped: delta.dropped,
            version,
        },
    }
}

fn as_written(id: CartId, update: &Document) -> Document {
    let mut filter = doc! { "_id": id.oid() };
    if let Ok(set) = update.get_document("$set") {
        filter.extend(set.clone());
    }
    filter
}

/// Makes one attempt; false after a conflict.
async fn store(db: &Db, changed: &ChangedCart) -> StoreResult<bool> {
    if changed.held.is_empty() {
        let (filter, update) = (changed.as_read.clone(), changed.update.clone());
        let written = db.carts.update_one(filter, update).await?;
        return Ok(written.matched_count == 1);
    }
    match db.commit_queue.commit(changed.writes(db)).await {
        CommitResult::Failed {
            error,
            in_doubt: true,
        } => {
            if exists(db, changed.as_written.clone()).await? {
                return Ok(true);
            }
            // Only an unchanged cart proves that nothing was committed: if it was, another change
            // may have followed.
            if is_transient(&error) && exists(db, changed.as_read.clone()).await? {
                return Ok(false);
            }
            Err(error.into())
        }
        result => result.resolve(ready(Ok(false))).await,
    }
}
