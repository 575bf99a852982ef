//! Carts: read, decide, and write only if nobody came between.

use std::collections::HashMap;
use std::future::ready;

use mongodb::bson::{Document, doc};

use super::cart_read::{ReadCart, contended};
use super::collections::{Collections, raw};
use super::document::Oid;
use super::document::cart::{StoredCart, StoredLine, change, new_document};
use super::driver::RETRY_FOR;
use super::error::is_transient;
use super::holds::{Keeps, keeps};
use super::retry::Attempts;
use super::step::{Outcome, Write};
use crate::domain::cart::{Cart, MAX_LINES, Quantity, WantedLine, WantedLines, check_line};
use crate::domain::hold::{Hold, HoldLength, Kept};
use crate::domain::ids::{CartId, ProductId};
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

/// A cart as a change makes it, and the writes that do so.
pub(super) struct ChangedCart {
    pub(super) cart: Cart,
    /// Changes of products of which more or fewer units are held.
    keeps: Vec<Write>,
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
    keeps: Vec<Write>,
    document: Document,
}

impl Collections {
    pub(super) async fn create_cart(&self, lines: WantedLines) -> StoreResult<Cart> {
        let id = CartId::generate()?;
        let mut attempts = Attempts::within(RETRY_FOR);
        loop {
            let new = self.new_cart(id, lines.clone()).await?;
            let cart = new.cart.clone();
            if new.keeps.is_empty() {
                self.carts.insert_one(raw(&new.document)?).await?;
                return Ok(cart);
            }
            let outcome = self.attempt(self.new_cart_writes(new)).await;
            if outcome.holds(self.is_cart(id)).await? {
                return Ok(cart);
            }
            if !attempts.again().await {
                return Err(contended());
            }
        }
    }

    async fn is_cart(&self, id: CartId) -> StoreResult<bool> {
        let found = self.carts.find_one(doc! { "_id": id.oid() }).await?;
        Ok(found.is_some())
    }

    /// A cart that is not stored yet.
    pub(super) async fn new_cart(&self, id: CartId, lines: WantedLines) -> StoreResult<NewCart> {
        let change = CartChange::Replace(lines);
        let now = self.clock.now();
        let wanted = change.products();
        let mut attempts = Attempts::within(RETRY_FOR);
        let mut read = loop {
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
                older: HashMap::new(),
            };
        };
        let (keeps, _) = read.apply(&change, now, self.hold)?;
        Ok(NewCart {
            cart: read.filled(1),
            keeps: self.keep_units(&keeps),
            document: new_document(id, &read.stored.lines, Timestamp::now()),
        })
    }

    /// All writes that store a new cart.
    pub(super) fn new_cart_writes(&self, new: NewCart) -> Vec<Write> {
        let mut writes = new.keeps;
        writes.push(Write::insert(&self.carts, new.document));
        writes
    }

    pub(super) async fn change_cart(&self, id: CartId, wanted: CartChange) -> StoreResult<Cart> {
        let _turn = self.cart_turns.of(id.bytes()).await;
        let mut attempts = Attempts::within(RETRY_FOR);
        loop {
            let changed = self.changed_cart(id, &wanted).await?;
            if self.write_cart(&changed).await? {
                return Ok(changed.cart);
            }
            if !attempts.again().await {
                return Err(contended());
            }
        }
    }

    /// `false` when somebody came between.
    async fn write_cart(&self, changed: &ChangedCart) -> StoreResult<bool> {
        if changed.keeps.is_empty() {
            let (filter, change) = (changed.as_read.clone(), changed.change.clone());
            let written = self.carts.update_one(filter, change).await?;
            return Ok(written.matched_count == 1);
        }
        match self.attempt(self.cart_writes(changed)).await {
            // Another change may have come after it, so that it must not be made again blindly.
            Outcome::Failed {
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
        let keeps = changed.keeps.iter().cloned();
        keeps.chain([cart]).collect()
    }

    /// What a change makes of a cart; nothing is written yet, but that what is over has ended.
    pub(super) async fn changed_cart(
        &self,
        id: CartId,
        wanted: &CartChange,
    ) -> StoreResult<ChangedCart> {
        let now = self.clock.now();
        let mut read = self.cart_to_change(id, &wanted.products(), now).await?;
        let (keeps, gone) = read.apply(wanted, now, self.hold)?;
        let version = read.stored.version + 1;
        let mut cart = read.filled(version);
        cart.dropped = gone;
        let change = change(&read.stored.lines, version, Timestamp::now());
        Ok(ChangedCart {
            cart,
            keeps: self.keep_units(&keeps),
            as_written: as_written(id, &change),
            as_read: read.stored.as_read,
            change,
        })
    }
}

impl ReadCart {
    /// Changes the lines, and what is held of their products; gives also the deleted products whose
    /// lines went. All holds must be alive: they last longer by it.
    fn apply(
        &mut self,
        change: &CartChange,
        now: Timestamp,
        length: HoldLength,
    ) -> StoreResult<(Keeps, Vec<ProductId>)> {
        let before = self.stored.lines.clone();
        let mut lines = before.clone();
        let gone = change.apply(&mut lines, self, now, length)?;
        extend(&mut lines, now, length);
        let keeps = keeps(&before, &lines);
        for (id, more) in &keeps {
            if let Some(product) = self.products.get_mut(id) {
                product.held += more;
            }
        }
        self.stored.lines = lines;
        Ok((keeps, gone))
    }
}

/// Lets the holds of lines last longer.
pub(super) fn extend(lines: &mut [StoredLine], now: Timestamp, length: HoldLength) {
    for line in lines {
        line.hold = line.hold.map(|hold| hold.extended(now, length));
    }
}

impl CartChange {
    /// The products that must be there.
    pub(super) fn products(&self) -> Vec<ProductId> {
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
        read: &ReadCart,
        now: Timestamp,
        length: HoldLength,
    ) -> StoreResult<Vec<ProductId>> {
        if let Self::Remove(product) = self {
            let before = lines.len();
            lines.retain(|line| line.product != *product);
            if lines.len() == before {
                return Err(StoreError::NotFound(Noun::CartLine));
            }
        }
        let is_gone = |line: &mut StoredLine| !read.products.contains_key(&line.product);
        let gone = lines
            .extract_if(.., is_gone)
            .map(|line| line.product)
            .collect();
        let put = |lines: &mut Vec<StoredLine>, wanted: WantedLine, is_more: bool| {
            let line = put(lines, wanted, read, is_more)?;
            let since = line.hold.map_or(now, |hold| hold.since);
            line.hold = Hold::begin(line.quantity, since, length);
            StoreResult::Ok(())
        };
        match self {
            Self::Add(wanted) => put(lines, *wanted, true)?,
            Self::Set(wanted) => put(lines, *wanted, false)?,
            Self::Replace(wanted) => {
                let mut held = std::mem::take(lines);
                for line in wanted.as_slice() {
                    let known = held.iter().position(|held| held.product == line.product);
                    lines.extend(known.map(|index| held.swap_remove(index)));
                    put(lines, *line, false)?;
                }
            }
            Self::Remove(_) => {}
        }
        Ok(gone)
    }
}

/// Puts a product in: so many units, or so many more than its line has, which it gives.
fn put<'a>(
    lines: &'a mut Vec<StoredLine>,
    wanted: WantedLine,
    read: &ReadCart,
    is_more: bool,
) -> StoreResult<&'a mut StoredLine> {
    let product = read.products.get(&wanted.product);
    let product = product.ok_or(StoreError::NotFound(Noun::Product))?;
    let known = lines.iter().position(|line| line.product == wanted.product);
    let (before, units) = known.map_or((0, 0), |at| (lines[at].quantity, lines[at].kept()));
    let kept = Kept {
        units,
        older: read.older_than(product.id),
    };
    let after = wanted.quantity.get() + if is_more { before } else { 0 };
    check_line(product, kept, after)
        .map_err(|refusal| StoreError::from_refusal(product.id, refusal))?;
    let at = match known {
        Some(at) => at,
        None if lines.len() >= MAX_LINES => return Err(StoreError::CartFull),
        None => {
            lines.push(StoredLine::new(wanted));
            lines.len() - 1
        }
    };
    lines[at].quantity = after;
    Ok(&mut lines[at])
}

/// Matches a cart as a change leaves it.
fn as_written(id: CartId, change: &Document) -> Document {
    let mut filter = doc! { "_id": id.oid() };
    if let Ok(set) = change.get_document("$set") {
        filter.extend(set.clone());
    }
    filter
}

/// A line of a product.
pub(super) fn line(product: ProductId, quantity: Quantity) -> WantedLine {
    WantedLine { product, quantity }
}
