//! Purchases: read, decided, and written as one unit of work.
//!
//! The filters of its writes repeat what the decision depends on: the cart as it was read, enough
//! stock, the price and the title that the buyer saw. A transaction keeps what it wrote locked
//! until it ends, so no other purchase takes the same units, on any node.

use mongodb::bson::{Document, RawDocumentBuf, doc};

use super::cart_read::{self, ReadCart};
use super::commit::Write;
use super::db::Db;
use super::documents::product_update::{are_free, current_held, update};
use super::documents::{Oid, cart, order, owned_field, unchanged};
use super::error::contended;
use super::retry::Retry;
use crate::domain::cart::CartLine;
use crate::domain::cart_change::after_sale;
use crate::domain::ids::{CartId, OrderId};
use crate::domain::order::{Order, OrderCode};
use crate::domain::purchase::{PurchaseOutcome, PurchaseRequest, decide};
use crate::domain::timestamp::Timestamp;
use crate::store::StoreResult;

/// The fields of a product that a purchase depends on, beside its stock.
const DEPENDS_ON: [&str; 4] = ["price", "status", "title", "code"];

/// Buys the contents of a cart. The order's id is the same for all attempts.
pub(super) async fn purchase(
    db: &Db,
    id: OrderId,
    cart: CartId,
    request: &PurchaseRequest,
) -> StoreResult<PurchaseOutcome> {
    let _lock = db.cart_locks.lock(cart.bytes()).await;
    let mut retry = Retry::operation();
    loop {
        let (purchased, writes) = plan(db, id, cart, request).await?;
        let result = db.commit_queue.commit(writes).await;
        if result.resolve(is_stored(db, id)).await? {
            return Ok(purchased);
        }
        if !retry.next_attempt().await {
            return Err(contended("the cart's products"));
        }
    }
}

async fn is_stored(db: &Db, id: OrderId) -> StoreResult<bool> {
    let found = db.orders.find_one(doc! { "_id": id.oid() }).await?;
    Ok(found.is_some())
}

/// Decides what is sold. Only expired holds are written.
pub(super) async fn plan(
    db: &Db,
    id: OrderId,
    cart: CartId,
    request: &PurchaseRequest,
) -> StoreResult<(PurchaseOutcome, Vec<Write>)> {
    let now = db.clock.now();
    let read = cart_read::to_change(db, cart, &[], now).await?;
    let before = read.cart(read.stored.version);
    let sale = decide(&before.lines, request)?;
    let delta = after_sale(&before, &sale, now, db.hold);
    let order = Order::of_sale(
        id,
        OrderCode::generate()?,
        cart,
        &request.purchaser,
        sale.sold,
        Timestamp::now(),
    );
    let writes = writes(db, &order, &read, &before.lines, &delta.lines);
    let purchased = PurchaseOutcome {
        order,
        left: sale.left,
        dropped: delta.dropped,
    };
    Ok((purchased, writes))
}

/// Takes the sold units, leaves the cart with the lines in `left`, and writes the order.
fn writes(
    db: &Db,
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
    let take_units = |line: &CartLine| {
        let filter = as_decided(line, read.documents.get(&line.product.id));
        Write::update(&db.products, filter, units_taken(line, now))
    };
    let mut writes: Vec<_> = lines.iter().filter(is_sold).map(take_units).collect();
    let stored = &read.stored;
    let left = cart::update(&stored.changed_lines(left), stored.version + 1, now);
    writes.push(Write::update(&db.carts, stored.as_read.clone(), left));
    writes.push(Write::insert(&db.orders, order::document(order)));
    writes
}

/// Matches a product only while the decision holds: its units are in stock, and not held for other
/// carts.
fn as_decided(line: &CartLine, document: Option<&RawDocumentBuf>) -> Document {
    let as_read = |key| {
        let stored = document.and_then(|document| owned_field(document, key));
        unchanged(stored.as_ref())
    };
    let mut filter = doc! {
        "_id": line.product.id.oid(),
        "stock": { "$gte": line.quantity },
    };
    let held = line.held();
    if line.quantity <= line.product.stock - line.product.held + held.units {
        filter.insert("$expr", are_free(line.quantity - held.units));
    } else {
        // More is held than in stock, and this line's hold is early enough. It stays so while stock
        // and held units are unchanged, because other holds can only end.
        filter.insert("stock", as_read("stock"));
        filter.insert("held", as_read("held"));
    }
    for key in DEPENDS_ON {
        filter.insert(key, as_read(key));
    }
    filter
}

/// Quantities fit an Int32, so a stock keeps its type.
fn units_taken(line: &CartLine, now: Timestamp) -> Vec<Document> {
    let stock = doc! { "$subtract": ["$stock", line.quantity as i32] };
    let mut fields = doc! { "stock": stock };
    let units = line.held().units as i32;
    if units > 0 {
        let held = doc! { "$subtract": [current_held(), units] };
        fields.insert("held", doc! { "$max": [0, held] });
    }
    update(fields, now)
}
