//! Carts with their products, read in one state of the database.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::bson::{RawDocumentBuf, doc};

use super::db::Db;
use super::documents::cart::{StoredCart, read};
use super::documents::{Oid, object_id};
use super::error::contended;
use super::holds::{self, ExpiryOutcome};
use super::retry::Retry;
use crate::domain::cart::{Cart, CartLine};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::product::Product;
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::timestamp::Timestamp;
use crate::store::StoreResult;

type Documents = HashMap<ProductId, RawDocumentBuf>;

/// A cart with its products, and others that a change asks for.
pub(super) struct ReadCart {
    pub(super) stored: StoredCart,
    pub(super) documents: Documents,
    pub(super) products: HashMap<ProductId, Product>,
    /// Units of earlier holds, for products of which more is held than in stock.
    pub(super) earlier_held: HashMap<ProductId, i64>,
}

impl ReadCart {
    /// Whether any holds are involved.
    fn has_holds(&self) -> bool {
        let lines = &self.stored.lines;
        self.products.values().any(|product| product.held > 0)
            || lines.iter().any(|line| line.hold.is_some())
    }

    /// The cart as the domain sees it.
    pub(super) fn cart(&self, version: i64) -> Cart {
        let mut lines = Vec::with_capacity(self.stored.lines.len());
        let mut dropped = Vec::new();
        for line in &self.stored.lines {
            let earlier_held = self.earlier_held.get(&line.product);
            match self.products.get(&line.product) {
                Some(product) => lines.push(CartLine {
                    product: product.clone(),
                    quantity: line.quantity,
                    hold: line.hold,
                    earlier_held: earlier_held.copied().unwrap_or_default(),
                }),
                None => dropped.push(line.product),
            }
        }
        Cart {
            id: self.stored.id,
            lines,
            dropped,
            version,
        }
    }
}

pub(super) async fn cart(db: &Db, id: CartId) -> StoreResult<Cart> {
    let read = read_cart(db, id, &[]).await?;
    Ok(read.cart(read.stored.version))
}

/// A cart to be changed: due holds of its products and of those that the change asks for have
/// expired, whichever carts have them.
pub(super) async fn to_change(
    db: &Db,
    id: CartId,
    asked: &[ProductId],
    now: Timestamp,
) -> StoreResult<ReadCart> {
    let mut retry = Retry::operation();
    loop {
        let read = read_cart(db, id, asked).await?;
        let products = [&read.stored.products()[..], asked].concat();
        if !read.has_holds() || !expire_any(db, &products, now, &mut retry).await? {
            return Ok(read);
        }
    }
}

/// Expires due holds of some products; false if there were none.
pub(super) async fn expire_any(
    db: &Db,
    products: &[ProductId],
    now: Timestamp,
    retry: &mut Retry,
) -> StoreResult<bool> {
    let due = db.hold.over_at(now);
    match holds::expire_of(db, products, due).await? {
        ExpiryOutcome::Nothing => Ok(false),
        ExpiryOutcome::Some(_) => Ok(true),
        ExpiryOutcome::Conflict if retry.next_attempt().await => Ok(true),
        ExpiryOutcome::Conflict => Err(contended("the holds")),
    }
}

/// Reads a cart, its products and those asked for. If holds are involved, the cart is read again
/// after its products: if it is unchanged, they are of one state.
async fn read_cart(db: &Db, id: CartId, asked: &[ProductId]) -> StoreResult<ReadCart> {
    let mut retry = Retry::operation();
    let mut stored = stored_cart(db, id).await?;
    loop {
        let ids = [&stored.products()[..], asked].concat();
        let documents = product_documents(db, &ids).await?;
        let mut read = ReadCart {
            products: products(db, &documents),
            documents,
            stored,
            earlier_held: HashMap::new(),
        };
        if !read.has_holds() {
            return Ok(read);
        }
        stored = stored_cart(db, id).await?;
        if stored.as_read == read.stored.as_read {
            read_earlier_held(db, &mut read).await?;
            return Ok(read);
        }
        if !retry.next_attempt().await {
            return Err(contended("the cart"));
        }
    }
}

/// Earlier holds count only where more is held than in stock.
async fn read_earlier_held(db: &Db, read: &mut ReadCart) -> StoreResult<()> {
    for line in &read.stored.lines {
        let product = read.products.get(&line.product);
        if let Some(hold) = &line.hold
            && product.is_some_and(|product| product.held > product.stock)
        {
            let earlier = holds::earlier_held(db, line.product, read.stored.id, hold).await?;
            read.earlier_held.insert(line.product, earlier);
        }
    }
    Ok(())
}

async fn stored_cart(db: &Db, id: CartId) -> StoreResult<StoredCart> {
    let document = db.carts.find_one(doc! { "_id": id.oid() }).await?;
    let stored = document.and_then(|document| read(&document));
    Ok(stored.ok_or(Refusal::NotFound(Resource::Cart))?)
}

pub(super) async fn product_documents(db: &Db, ids: &[ProductId]) -> StoreResult<Documents> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<_> = ids.iter().map(|id| id.oid()).collect();
    let found = db.products.find(doc! { "_id": { "$in": ids } }).await?;
    let documents: Vec<_> = found.try_collect().await?;
    let by_id = documents.into_iter().filter_map(|document| {
        let id = object_id(&document)?;
        Some((ProductId::from_oid(id), document))
    });
    Ok(by_id.collect())
}

pub(super) fn products(db: &Db, documents: &Documents) -> HashMap<ProductId, Product> {
    let products = documents.iter().filter_map(|(id, document)| {
        let product = db.invalid_documents.read(document)?;
        Some((*id, product))
    });
    products.collect()
}
