//! Purchases: read, decide, and write in one transaction that holds only if everything is still as
//! it was decided upon.
//!
//! Each of its writes asks for what the decision rests on: the cart as it was read, enough stock, the
//! price and the words that were read. A transaction locks what it wrote until it ends, so no other
//! purchase, on whichever node, takes the same units.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};
use mongodb::error::{Error, Result};

use super::collections::{Collections, raw};
use super::document::cart::{StoredCart, change};
use super::document::{Oid, date, member, order, unchanged};
use super::driver::RETRY_FOR;
use super::error::{is_duplicate_key, is_transient, unavailable};
use super::products::version_expression;
use super::retry::Attempts;
use super::sessions::Transaction;
use crate::domain::cart::CartLine;
use crate::domain::ids::{CartId, OrderId, ProductId};
use crate::domain::order::{Order, OrderCode, OrderLine};
use crate::domain::purchase::{PurchaseRequest, Purchased, decide};
use crate::domain::timestamp::Timestamp;
use crate::store::StoreResult;

/// The members of a product that a purchase rests on beside its stock.
const RESTS_ON: [&str; 4] = ["price", "status", "title", "code"];

/// A purchase that was decided upon.
struct Plan {
    purchased: Purchased,
    cart: StoredCart,
    /// The products as they were read.
    products: HashMap<ProductId, RawDocumentBuf>,
}

/// What became of a transaction.
pub(super) enum Outcome {
    /// It holds.
    Committed,
    /// Something is not as it was read; nothing was written.
    CameBetween,
    /// It met another one, or the server went.
    Failed {
        error: Error,
        /// It may hold all the same.
        in_doubt: bool,
    },
}

impl Collections {
    /// Which products a purchase of this cart will want.
    pub(super) async fn cart_products(&self, cart: CartId) -> StoreResult<Vec<ProductId>> {
        let cart = self.stored_cart(cart).await?;
        Ok(cart.lines.iter().map(|line| line.product).collect())
    }

    /// Buys what the cart holds, under the id given. Whoever calls has the turn at its products.
    pub(super) async fn purchase(
        &self,
        id: OrderId,
        cart: CartId,
        request: &PurchaseRequest,
    ) -> StoreResult<Purchased> {
        let _turn = self.cart_turns.of([cart.bytes()].into_iter()).await;
        let mut attempts = Attempts::within(RETRY_FOR);
        loop {
            let plan = self.plan(id, cart, request).await?;
            match self.carry_out(&plan, &mut attempts).await {
                Ok(Outcome::Committed) => return Ok(plan.purchased),
                Ok(Outcome::CameBetween) => {}
                Ok(Outcome::Failed { error, in_doubt }) => {
                    if in_doubt && self.is_ordered(id).await? {
                        return Ok(plan.purchased);
                    }
                    if !is_transient(&error) && !is_duplicate_key(&error) {
                        return Err(error.into());
                    }
                }
                Err(error) => return Err(error),
            }
            if !attempts.again().await {
                return Err(unavailable("others bought the same at every attempt"));
            }
        }
    }

    /// Whether a transaction whose end was not told has stored its order.
    async fn is_ordered(&self, id: OrderId) -> StoreResult<bool> {
        let found = self.orders.find_one(doc! { "_id": id.oid() }).await?;
        Ok(found.is_some())
    }

    async fn plan(
        &self,
        id: OrderId,
        cart_id: CartId,
        request: &PurchaseRequest,
    ) -> StoreResult<Plan> {
        let mut cart = self.stored_cart(cart_id).await?;
        let products = self.product_documents(&cart).await?;
        let mut lines = Vec::with_capacity(cart.lines.len());
        let mut dropped = Vec::new();
        for line in &cart.lines {
            let document = products.get(&line.product);
            match document.and_then(|document| self.broken.read(document)) {
                Some(product) => lines.push(CartLine {
                    product,
                    quantity: line.quantity,
                }),
                None => dropped.push(line.product),
            }
        }
        let sale = decide(&lines, request)?;
        let stays = |product| sale.left.iter().any(|left| left.product == product);
        cart.lines.retain(|line| stays(line.product));
        Ok(Plan {
            purchased: Purchased {
                order: Order {
                    id,
                    code: OrderCode::draw()?,
                    purchase_datetime: Timestamp::now(),
                    purchaser: request.purchaser.as_str().to_owned(),
                    cart: cart_id,
                    lines: sale.sold,
                    cancelled: None,
                },
                left: sale.left,
                dropped,
            },
            cart,
            products,
        })
    }

    async fn product_documents(
        &self,
        cart: &StoredCart,
    ) -> StoreResult<HashMap<ProductId, RawDocumentBuf>> {
        let ids: Vec<_> = cart.lines.iter().map(|line| line.product.oid()).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.products.find(doc! { "_id": { "$in": ids } }).await?;
        let documents: Vec<_> = found.try_collect().await?;
        let id = |document: &RawDocumentBuf| super::document::object_id(document);
        let named = |document| Some((ProductId::from_oid(id(&document)?), document));
        Ok(documents.into_iter().filter_map(named).collect())
    }

    async fn carry_out(&self, plan: &Plan, attempts: &mut Attempts) -> StoreResult<Outcome> {
        let order = raw(&order::document(&plan.purchased.order))?;
        let mut transaction = match self.sessions.begin().await {
            Ok(transaction) => transaction,
            Err(error) => return Ok(failed(error)),
        };
        let written = self.write(plan, &order, &mut transaction).await;
        Ok(transaction.end(written, attempts).await)
    }

    /// Writes all of a purchase; `false` as soon as something is not as it was read.
    async fn write(
        &self,
        plan: &Plan,
        order: &RawDocumentBuf,
        transaction: &mut Transaction<'_>,
    ) -> Result<bool> {
        let session = &mut transaction.session;
        let now = plan.purchased.order.purchase_datetime;
        for line in &plan.purchased.order.lines {
            let filter = as_read(line, plan.products.get(&line.product));
            let taken = self
                .products
                .update_one(filter, vec![taken(line, now)])
                .session(&mut *session)
                .await?;
            if taken.matched_count != 1 {
                return Ok(false);
            }
        }
        let change = change(&plan.cart.lines, plan.cart.version + 1, now);
        let emptied = self
            .carts
            .update_one(plan.cart.as_read.clone(), change)
            .session(&mut *session)
            .await?;
        if emptied.matched_count != 1 {
            return Ok(false);
        }
        self.orders.insert_one(order).session(&mut *session).await?;
        Ok(true)
    }
}

impl Transaction<'_> {
    /// Commits what was written, or undoes it.
    pub(super) async fn end(self, written: Result<bool>, attempts: &mut Attempts) -> Outcome {
        match written {
            Ok(true) => match self.commit(attempts).await {
                Ok(()) => Outcome::Committed,
                Err(error) => Outcome::Failed {
                    error,
                    in_doubt: true,
                },
            },
            Ok(false) => {
                self.abort(None).await;
                Outcome::CameBetween
            }
            Err(error) => {
                self.abort(Some(&error)).await;
                failed(error)
            }
        }
    }
}

/// A transaction that certainly does not hold.
fn failed(error: Error) -> Outcome {
    Outcome::Failed {
        error,
        in_doubt: false,
    }
}

/// Matches a product only while what was decided of it still holds.
fn as_read(line: &OrderLine, document: Option<&RawDocumentBuf>) -> Document {
    let mut filter = doc! {
        "_id": line.product.oid(),
        "stock": { "$gte": line.quantity },
    };
    for key in RESTS_ON {
        let stored = document.and_then(|document| member(document, key));
        let stored = stored.and_then(|value| Bson::try_from(value).ok());
        filter.insert(key, unchanged(stored.as_ref()));
    }
    filter
}

/// The change of a product whose units are taken. Quantities fit an Int32, so that a stock keeps its
/// type.
fn taken(line: &OrderLine, now: Timestamp) -> Document {
    doc! { "$set": {
        "stock": { "$subtract": ["$stock", line.quantity as i32] },
        "version": { "$add": [version_expression(), 1i64] },
        "updatedAt": date(now),
    } }
}
