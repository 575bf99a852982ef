//! Purchases: read, decide, and write in one transaction that holds only if everything is still as
//! it was decided upon.
//!
//! Each of its writes asks for what the decision rests on: the cart as it was read, enough stock, the
//! price and the words that were read. A transaction locks what it wrote until it ends, so no other
//! purchase, on whichever node, takes the same units.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};

use super::collections::{Collections, raw};
use super::document::cart::{StoredCart, change};
use super::document::{Oid, date, member, order, unchanged};
use super::driver::RETRY_FOR;
use super::error::unavailable;
use super::products::version_expression;
use super::retry::Attempts;
use super::step::{Outcome, Write};
use crate::domain::cart::CartLine;
use crate::domain::ids::{CartId, OrderId, ProductId};
use crate::domain::order::{Order, OrderCode, OrderLine};
use crate::domain::purchase::{PurchaseRequest, Purchased, decide};
use crate::domain::timestamp::Timestamp;
use crate::store::StoreResult;

/// The members of a product that a purchase rests on beside its stock.
const RESTS_ON: [&str; 4] = ["price", "status", "title", "code"];

impl Collections {
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
            let (purchased, writes) = self.purchase_step(id, cart, request).await?;
            let outcome = self.attempt(&writes, &mut attempts).await;
            let is_worth_another = outcome.is_worth_another();
            match outcome {
                Outcome::Committed => return Ok(purchased),
                Outcome::Failed { in_doubt: true, .. } if self.is_ordered(id).await? => {
                    return Ok(purchased);
                }
                Outcome::Failed { error, .. } if !is_worth_another => return Err(error.into()),
                Outcome::CameBetween | Outcome::Failed { .. } => {}
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

    /// Decides what is sold, and tells the writes that sell it.
    pub(super) async fn purchase_step(
        &self,
        id: OrderId,
        cart_id: CartId,
        request: &PurchaseRequest,
    ) -> StoreResult<(Purchased, Vec<Write>)> {
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
        let order = Order {
            id,
            code: OrderCode::draw()?,
            purchase_datetime: Timestamp::now(),
            purchaser: request.purchaser.as_str().to_owned(),
            cart: cart_id,
            lines: sale.sold,
            cancelled: None,
        };
        let writes = self.writes(&order, &cart, &products)?;
        let purchased = Purchased {
            order,
            left: sale.left,
            dropped,
        };
        Ok((purchased, writes))
    }

    /// Takes the units, leaves the cart with the lines that it has by now, writes the order.
    fn writes(
        &self,
        order: &Order,
        cart: &StoredCart,
        products: &HashMap<ProductId, RawDocumentBuf>,
    ) -> StoreResult<Vec<Write>> {
        let now = order.purchase_datetime;
        let take = |line: &OrderLine| Write::Change {
            of: self.products.clone(),
            filter: as_read(line, products.get(&line.product)),
            change: vec![taken(line, now)].into(),
        };
        let mut writes: Vec<_> = order.lines.iter().map(take).collect();
        writes.push(Write::Change {
            of: self.carts.clone(),
            filter: cart.as_read.clone(),
            change: change(&cart.lines, cart.version + 1, now).into(),
        });
        writes.push(Write::Insert {
            into: self.orders.clone(),
            document: raw(&order::document(order))?,
        });
        Ok(writes)
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
