//! Carts; the rules of their changes are in [`cart_change`](crate::domain::cart_change).

use std::collections::HashMap;

use async_trait::async_trait;
use rusqlite::{Connection, params};

use super::holds::{HeldLineRow, line_columns};
use super::store::SqliteStore;
use super::{changes, holds, product_columns, product_rows};
use crate::domain::cart::{Cart, CartLine, LineRequests};
use crate::domain::cart_change::{CartChange, CartDelta};
use crate::domain::hold::HoldLength;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::product::Product;
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::timestamp::Timestamp;
use crate::store::{CartStore, StoreError, StoreResult};

#[async_trait]
impl CartStore for SqliteStore {
    async fn cart(&self, id: CartId) -> StoreResult<Cart> {
        self.points.read_inline(|conn| read(conn, id)).await
    }
}

pub(super) fn create(
    conn: &Connection,
    id: CartId,
    lines: LineRequests,
    length: HoldLength,
) -> StoreResult<Cart> {
    let now = Timestamp::now();
    insert_cart(conn, id, now)?;
    apply(conn, id, &CartChange::Replace(lines), now, length)
}

pub(super) fn change(
    conn: &Connection,
    id: CartId,
    change: &CartChange,
    length: HoldLength,
) -> StoreResult<Cart> {
    let now = Timestamp::now();
    raise_version(conn, id, now)?;
    apply(conn, id, change, now, length)
}

fn apply(
    conn: &Connection,
    id: CartId,
    change: &CartChange,
    now: Timestamp,
    length: HoldLength,
) -> StoreResult<Cart> {
    let products = change.products();
    holds::expire_for(conn, id, products.iter().copied(), length.over_at(now))?;
    let before = read(conn, id)?;
    let offered = offered(conn, &before, products)?;
    let delta = change.apply(&before, &offered, now, length)?;
    write(conn, &before, &delta, now)?;
    for (product, more) in &delta.held {
        holds::adjust(conn, *product, *more)?;
    }
    Ok(Cart {
        lines: delta.lines,
        dropped: delta.dropped,
        ..before
    })
}

/// The requested products that are not in the cart yet.
fn offered(
    conn: &Connection,
    cart: &Cart,
    products: Vec<ProductId>,
) -> StoreResult<HashMap<ProductId, Product>> {
    let mut offered = HashMap::new();
    for id in products {
        if cart.lines.iter().all(|line| line.product.id != id) {
            offered.extend(product_rows::find(conn, id)?.map(|product| (id, product)));
        }
    }
    Ok(offered)
}

/// Stores the lines of a changed cart, extends its life and records the change. Only lines that
/// differ are written.
pub(super) fn write(
    conn: &Connection,
    before: &Cart,
    delta: &CartDelta,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let id = before.id;
    let is_left = |product| delta.lines.iter().any(|line| line.product.id == product);
    let former = before.lines.iter().map(|line| line.product.id);
    for product in former.chain(before.dropped.iter().copied()) {
        if !is_left(product) {
            delete_line(conn, id, product)?;
        }
    }
    let keeps_order = {
        let left = before.lines.iter().map(|line| line.product.id);
        let left: Vec<_> = left.filter(|product| is_left(*product)).collect();
        delta
            .lines
            .iter()
            .map(|line| line.product.id)
            .take(left.len())
            .eq(left)
    };
    if !keeps_order {
        delete_lines(conn, id)?;
    }
    for line in &delta.lines {
        let same = |former: &&CartLine| {
            (former.product.id, former.quantity, former.hold)
                == (line.product.id, line.quantity, line.hold)
        };
        if !keeps_order || !before.lines.iter().any(|former| same(&former)) {
            write_line(conn, id, line)?;
        }
    }
    holds::touch_expiry(conn, id, now)?;
    changes::record_cart(conn, id)
}

/// Updates a line, or inserts it after the others.
fn write_line(conn: &Connection, cart: CartId, line: &CartLine) -> rusqlite::Result<()> {
    let since = line.hold.map(|hold| hold.since.millis());
    let until = line.hold.map(|hold| hold.until.millis());
    let product = line.product.id;
    let known = conn
        .prepare_cached(
            "UPDATE cart_lines SET quantity = ?, held_since = ?, held_until = ? \
             WHERE cart = ? AND product = ?",
        )?
        .execute(params![
            line.quantity,
            since,
            until,
            cart.bytes(),
            product.bytes()
        ])?;
    if known > 0 {
        return Ok(());
    }
    conn.prepare_cached(
        "INSERT INTO cart_lines (cart, product, place, quantity, held_since, held_until) \
         VALUES (?1, ?2, (SELECT coalesce(max(place), 0) + 1 FROM cart_lines WHERE cart = ?1), \
         ?3, ?4, ?5)",
    )?
    .execute(params![
        cart.bytes(),
        product.bytes(),
        line.quantity,
        since,
        until
    ])
    .map(drop)
}

fn insert_cart(conn: &Connection, id: CartId, now: Timestamp) -> rusqlite::Result<()> {
    let now = now.millis();
    conn.prepare_cached(
        "INSERT INTO carts (id, version, created_at, updated_at) VALUES (?, 1, ?, ?)",
    )?
    .execute(params![id.bytes(), now, now])
    .map(drop)
}

pub(super) fn raise_version(conn: &Connection, id: CartId, now: Timestamp) -> StoreResult<()> {
    let raised = conn
        .prepare_cached("UPDATE carts SET version = version + 1, updated_at = ? WHERE id = ?")?
        .execute(params![now.millis(), id.bytes()])?;
    if raised == 0 {
        return Err(Refusal::NotFound(Resource::Cart).into());
    }
    Ok(())
}

fn delete_line(conn: &Connection, id: CartId, product: ProductId) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM cart_lines WHERE cart = ? AND product = ?")?
        .execute(params![id.bytes(), product.bytes()])
        .map(drop)
}

fn delete_lines(conn: &Connection, id: CartId) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM cart_lines WHERE cart = ?")?
        .execute([id.bytes()])
        .map(drop)
}

/// The products in a cart, including deleted ones.
pub(super) fn products(
    conn: &Connection,
    id: CartId,
) -> rusqlite::Result<impl Iterator<Item = ProductId>> {
    let products: Vec<_> = conn
        .prepare_cached("SELECT product FROM cart_lines WHERE cart = ?")?
        .query_map([id.bytes()], |row| row.get(0).map(ProductId::from_bytes))?
        .collect::<Result<_, _>>()?;
    Ok(products.into_iter())
}

/// A cart with its products. One statement reads both, so they belong to one state of the database.
pub(super) fn read(conn: &Connection, id: CartId) -> StoreResult<Cart> {
    let sql = format!(
        "SELECT carts.version, cart_lines.product, {line_columns}, {} \
         FROM carts LEFT JOIN cart_lines ON cart_lines.cart = carts.id \
         LEFT JOIN products ON products.id = cart_lines.product \
         WHERE carts.id = ? ORDER BY cart_lines.place",
        *product_columns::COLUMNS,
        line_columns = line_columns!(),
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([id.bytes()])?;
    let mut cart = None;
    while let Some(row) = rows.next()? {
        let version = row.get(0)?;
        let cart = cart.get_or_insert_with(|| Cart {
            id,
            lines: Vec::new(),
            dropped: Vec::new(),
            version,
        });
        // An empty cart is one row without a line.
        let Some(product) = row.get(1)? else { break };
        if row.get::<_, Option<[u8; 12]>>(6)?.is_none() {
            cart.dropped.push(ProductId::from_bytes(product));
            continue;
        }
        let line = HeldLineRow::read(row, 2)?;
        cart.lines.push(CartLine {
            product: product_columns::read(row, 6)?,
            quantity: line.quantity,
            hold: line.hold,
            earlier_held: line.earlier_held,
        });
    }
    cart.ok_or(StoreError::Refused(Refusal::NotFound(Resource::Cart)))
}
