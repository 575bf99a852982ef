//! Carts: read, decide, and write only if nobody came between.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::bson::doc;

use super::collections::{Collections, raw};
use super::document::Oid;
use super::document::cart::{StoredCart, StoredLine, change, new_document, read};
use super::driver::RETRY_FOR;
use super::error::unavailable;
use super::retry::Attempts;
use crate::domain::cart::{
    Cart, CartLine, MAX_LINES, Quantity, WantedLine, WantedLines, check_line,
};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::product::Product;
use crate::domain::timestamp::Timestamp;
use crate::store::{Noun, StoreError, StoreResult};

/// A change of a cart's lines.
#[derive(Debug, Clone)]
pub(super) enum CartChange {
    Add(WantedLine),
    Set(WantedLine),
    Replace(WantedLines),
    Remove(ProductId),
}

type Products = HashMap<ProductId, Product>;

impl Collections {
    pub(super) async fn create_cart(&self, lines: WantedLines) -> StoreResult<Cart> {
        let change = CartChange::Replace(lines);
        let products = self.products_of(&change.products()).await?;
        let mut lines = Vec::new();
        change.apply(&mut lines, &products)?;
        let id = CartId::generate()?;
        let document = raw(&new_document(id, &lines, Timestamp::now()))?;
        self.carts.insert_one(document).await?;
        Ok(filled(id, 1, &lines, &products))
    }

    pub(super) async fn cart(&self, id: CartId) -> StoreResult<Cart> {
        let cart = self.stored_cart(id).await?;
        let products = self.products_of(&ids(&cart.lines)).await?;
        Ok(filled(id, cart.version, &cart.lines, &products))
    }

    pub(super) async fn change_cart(&self, id: CartId, wanted: CartChange) -> StoreResult<Cart> {
        let _turn = self.cart_turns.of([id.bytes()].into_iter()).await;
        let mut attempts = Attempts::within(RETRY_FOR);
        loop {
            let cart = self.stored_cart(id).await?;
            let mut concerned = ids(&cart.lines);
            concerned.extend(wanted.products());
            let products = self.products_of(&concerned).await?;

            let mut lines = cart.lines;
            let gone = wanted.apply(&mut lines, &products)?;
            let version = cart.version + 1;
            let change = change(&lines, version, Timestamp::now());
            let written = self.carts.update_one(cart.as_read, change).await?;
            if written.matched_count == 1 {
                let mut cart = filled(id, version, &lines, &products);
                cart.dropped = gone;
                return Ok(cart);
            }
            if !attempts.again().await {
                return Err(unavailable("others changed the cart at every attempt"));
            }
        }
    }

    pub(super) async fn stored_cart(&self, id: CartId) -> StoreResult<StoredCart> {
        let document = self.carts.find_one(doc! { "_id": id.oid() }).await?;
        document
            .and_then(|document| read(&document))
            .ok_or(StoreError::NotFound(Noun::Cart))
    }

    async fn products_of(&self, ids: &[ProductId]) -> StoreResult<Products> {
        if ids.is_empty() {
            return Ok(Products::new());
        }
        let ids: Vec<_> = ids.iter().map(|id| id.oid()).collect();
        let found = self.products.find(doc! { "_id": { "$in": ids } }).await?;
        let documents: Vec<_> = found.try_collect().await?;
        let products = documents
            .iter()
            .filter_map(|document| self.broken.read(document));
        Ok(products.map(|product| (product.id, product)).collect())
    }
}

impl CartChange {
    /// The products that must be there.
    fn products(&self) -> Vec<ProductId> {
        match self {
            Self::Add(line) | Self::Set(line) => vec![line.product],
            Self::Replace(lines) => lines.as_slice().iter().map(|line| line.product).collect(),
            Self::Remove(_) => Vec::new(),
        }
    }

    /// Changes the lines and forgets those of deleted products, which it gives.
    fn apply(
        &self,
        lines: &mut Vec<StoredLine>,
        products: &Products,
    ) -> StoreResult<Vec<ProductId>> {
        if let Self::Remove(product) = self {
            let before = lines.len();
            lines.retain(|line| line.product != *product);
            if lines.len() == before {
                return Err(StoreError::NotFound(Noun::CartLine));
            }
        }
        let is_gone = |line: &mut StoredLine| !products.contains_key(&line.product);
        let gone = lines
            .extract_if(.., is_gone)
            .map(|line| line.product)
            .collect();
        match self {
            Self::Add(wanted) => put(lines, *wanted, products, |held, more| held + more)?,
            Self::Set(wanted) => put(lines, *wanted, products, |_, quantity| quantity)?,
            Self::Replace(wanted) => {
                let mut held = std::mem::take(lines);
                for line in wanted.as_slice() {
                    let known = held.iter().position(|held| held.product == line.product);
                    lines.extend(known.map(|index| held.swap_remove(index)));
                    put(lines, *line, products, |_, quantity| quantity)?;
                }
            }
            Self::Remove(_) => {}
        }
        Ok(gone)
    }
}

/// Puts a product in: what its line holds already and what is wanted make the new quantity.
fn put(
    lines: &mut Vec<StoredLine>,
    wanted: WantedLine,
    products: &Products,
    quantity: impl Fn(i64, i64) -> i64,
) -> StoreResult<()> {
    let product = products
        .get(&wanted.product)
        .ok_or(StoreError::NotFound(Noun::Product))?;
    let is_full = lines.len() >= MAX_LINES;
    let held = lines.iter_mut().find(|line| line.product == wanted.product);
    let before = held.as_ref().map_or(0, |line| line.quantity);
    let after = quantity(before, wanted.quantity.get());
    check_line(product, after).map_err(|refusal| StoreError::from_refusal(product.id, refusal))?;
    match held {
        Some(line) => line.quantity = after,
        None if is_full => return Err(StoreError::CartFull),
        None => lines.push(StoredLine::new(wanted)),
    }
    Ok(())
}

fn ids(lines: &[StoredLine]) -> Vec<ProductId> {
    lines.iter().map(|line| line.product).collect()
}

fn filled(id: CartId, version: i64, stored: &[StoredLine], products: &Products) -> Cart {
    let mut cart = Cart {
        id,
        lines: Vec::new(),
        dropped: Vec::new(),
        version,
    };
    for line in stored {
        match products.get(&line.product) {
            Some(product) => cart.lines.push(CartLine {
                product: product.clone(),
                quantity: line.quantity,
            }),
            None => cart.dropped.push(line.product),
        }
    }
    cart
}

/// A line of a product.
pub(super) fn line(product: ProductId, quantity: Quantity) -> WantedLine {
    WantedLine { product, quantity }
}
