//! Carts and their products, read in one state of the database.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::bson::{RawDocumentBuf, doc};

use super::collections::Collections;
use super::document::cart::{StoredCart, StoredLine, read};
use super::document::{Oid, object_id};
use super::driver::RETRY_FOR;
use super::error::unavailable;
use super::holds::ExpiryOutcome;
use super::retry::Retry;
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::cart::{Cart, CartLine};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::product::Product;
use crate::domain::timestamp::Timestamp;
use crate::store::{StoreError, StoreResult};

pub(super) type Products = HashMap<ProductId, Product>;

/// A cart and its products, and others that somebody wants, in one state of the database.
pub(super) struct ReadCart {
    pub(super) stored: StoredCart,
    pub(super) documents: HashMap<ProductId, RawDocumentBuf>,
    pub(super) products: Products,
    /// Units of older holds, of products of which more is held than there is.
    pub(super) earlier_held: HashMap<ProductId, i64>,
}

impl Collections {
    pub(super) async fn cart(&self, id: CartId) -> StoreResult<Cart> {
        let read = self.read_cart(id, &[]).await?;
        Ok(read.filled(read.stored.version))
    }

    /// A cart whose holds, and those of others on what it has or wants, are all alive.
    pub(super) async fn cart_to_change(
        &self,
        id: CartId,
        wanted: &[ProductId],
        now: Timestamp,
    ) -> StoreResult<ReadCart> {
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        loop {
            let read = self.read_cart(id, wanted).await?;
            let concerned = [&ids(&read.stored.lines)[..], wanted].concat();
            if !read.is_held() || !self.ended_some(&concerned, now, &mut attempts).await? {
                return Ok(read);
            }
        }
    }

    /// Ends what is over of some products; `false` when there was nothing.
    pub(super) async fn ended_some(
        &self,
        products: &[ProductId],
        now: Timestamp,
        attempts: &mut Retry,
    ) -> StoreResult<bool> {
        let over = self.hold.over_at(now);
        match self.expire_of(products.iter().copied(), over).await? {
            ExpiryOutcome::Nothing => Ok(false),
            ExpiryOutcome::Some(_) => Ok(true),
            ExpiryOutcome::Conflict if attempts.next_attempt().await => Ok(true),
            ExpiryOutcome::Conflict => Err(contended()),
        }
    }

    /// A cart with its products and those wanted. Where something is held, the cart is read once more
    /// behind its products: it must be of one state with them.
    pub(super) async fn read_cart(
        &self,
        id: CartId,
        wanted: &[ProductId],
    ) -> StoreResult<ReadCart> {
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        let mut stored = self.stored_cart(id).await?;
        loop {
            let concerned = [&ids(&stored.lines)[..], wanted].concat();
            let documents = self.documents_of(&concerned).await?;
            let mut read = ReadCart {
                products: self.read_products(&documents),
                documents,
                stored,
                earlier_held: HashMap::new(),
            };
            if !read.is_held() {
                return Ok(read);
            }
            stored = self.stored_cart(id).await?;
            if stored.as_read == read.stored.as_read {
                self.read_older(&mut read).await?;
                return Ok(read);
            }
            if !attempts.next_attempt().await {
                return Err(contended());
            }
        }
    }

    /// Older holds count only where more is held than there is.
    async fn read_older(&self, read: &mut ReadCart) -> StoreResult<()> {
        for line in &read.stored.lines {
            let product = read.products.get(&line.product);
            if let Some(hold) = &line.hold
                && product.is_some_and(|product| product.held > product.stock)
            {
                let earlier_held = self.older_units(line.product, read.stored.id, hold).await?;
                read.earlier_held.insert(line.product, earlier_held);
            }
        }
        Ok(())
    }

    pub(super) async fn stored_cart(&self, id: CartId) -> StoreResult<StoredCart> {
        let document = self.carts.find_one(doc! { "_id": id.oid() }).await?;
        document
            .and_then(|document| read(&document))
            .ok_or(StoreError::Refused(Refusal::NotFound(Resource::Cart)))
    }

    pub(super) async fn documents_of(
        &self,
        ids: &[ProductId],
    ) -> StoreResult<HashMap<ProductId, RawDocumentBuf>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<_> = ids.iter().map(|id| id.oid()).collect();
        let found = self.products.find(doc! { "_id": { "$in": ids } }).await?;
        let documents: Vec<_> = found.try_collect().await?;
        let named = |document: RawDocumentBuf| {
            let id = object_id(&document)?;
            Some((ProductId::from_oid(id), document))
        };
        Ok(documents.into_iter().filter_map(named).collect())
    }

    pub(super) fn read_products(&self, documents: &HashMap<ProductId, RawDocumentBuf>) -> Products {
        let read = |(id, document): (&ProductId, &RawDocumentBuf)| {
            Some((*id, self.invalid_documents.read(document)?))
        };
        documents.iter().filter_map(read).collect()
    }
}

impl ReadCart {
    /// Whether holds have a part in it.
    fn is_held(&self) -> bool {
        let lines = &self.stored.lines;
        self.products.values().any(|product| product.held > 0)
            || lines.iter().any(|line| line.hold.is_some())
    }

    /// The lines with their products, and the products that are gone.
    pub(super) fn lines(&self) -> (Vec<CartLine>, Vec<ProductId>) {
        let mut lines = Vec::with_capacity(self.stored.lines.len());
        let mut dropped = Vec::new();
        for line in &self.stored.lines {
            match self.products.get(&line.product) {
                Some(product) => lines.push(CartLine {
                    product: product.clone(),
                    quantity: line.quantity,
                    hold: line.hold,
                    earlier_held: self.older_than(line.product),
                }),
                None => dropped.push(line.product),
            }
        }
        (lines, dropped)
    }

    pub(super) fn older_than(&self, product: ProductId) -> i64 {
        self.earlier_held.get(&product).copied().unwrap_or_default()
    }

    pub(super) fn filled(&self, version: i64) -> Cart {
        let (lines, dropped) = self.lines();
        Cart {
            id: self.stored.id,
            lines,
            dropped,
            version,
        }
    }
}

fn ids(lines: &[StoredLine]) -> Vec<ProductId> {
    lines.iter().map(|line| line.product).collect()
}

/// Nobody lets a cart rest.
pub(super) fn contended() -> StoreError {
    unavailable("others changed the cart at every attempt")
}
