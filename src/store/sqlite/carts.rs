//! Carts: every change checks its lines against the stock of its own moment.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{ProductRow, product_columns};
use super::{SqliteStore, changes, products};
use crate::domain::cart::{Cart, CartLine, MAX_LINES, Quantity, WantedLines, check_line};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::product::Product;
use crate::domain::timestamp::Timestamp;
use crate::store::{CartStore, Noun, StoreError, StoreResult};

#[async_trait]
impl CartStore for SqliteStore {
    async fn create_cart(&self, lines: WantedLines) -> StoreResult<Cart> {
        let id = CartId::generate()?;
        self.writer
            .write(move |conn| {
                insert_cart(conn, id)?;
                put_lines(conn, id, &lines)?;
                told(conn, id, Vec::new())
            })
            .await
    }

    async fn cart(&self, id: CartId) -> StoreResult<Cart> {
        self.points.at_once(|conn| read(conn, id)).await
    }

    async fn add_to_cart(
        &self,
        id: CartId,
        product: ProductId,
        quantity: Quantity,
    ) -> StoreResult<Cart> {
        self.writer
            .write(move |conn| {
                let gone = begin_change(conn, id)?;
                let held = line_quantity(conn, id, product)?.unwrap_or(0);
                put_line(conn, id, product, held.saturating_add(quantity.get()))?;
                told(conn, id, gone)
            })
            .await
    }

    async fn set_cart_line(
        &self,
        id: CartId,
        product: ProductId,
        quantity: Quantity,
    ) -> StoreResult<Cart> {
        self.writer
            .write(move |conn| {
                let gone = begin_change(conn, id)?;
                put_line(conn, id, product, quantity.get())?;
                told(conn, id, gone)
            })
            .await
    }

    async fn replace_cart(&self, id: CartId, lines: WantedLines) -> StoreResult<Cart> {
        self.writer
            .write(move |conn| {
                let gone = begin_change(conn, id)?;
                conn.prepare_cached("DELETE FROM cart_lines WHERE cart = ?")?
                    .execute([id.bytes()])?;
                put_lines(conn, id, &lines)?;
                told(conn, id, gone)
            })
            .await
    }

    async fn remove_cart_line(&self, id: CartId, product: ProductId) -> StoreResult<Cart> {
        self.writer
            .write(move |conn| {
                raise_version(conn, id)?;
                let removed = conn
                    .prepare_cached("DELETE FROM cart_lines WHERE cart = ? AND product = ?")?
                    .execute(params![id.bytes(), product.bytes()])?;
                if removed == 0 {
                    return Err(StoreError::NotFound(Noun::CartLine));
                }
                let gone = forget_dropped(conn, id)?;
                told(conn, id, gone)
            })
            .await
    }
}

fn insert_cart(conn: &Connection, id: CartId) -> rusqlite::Result<()> {
    let now = Timestamp::now().millis();
    conn.prepare_cached(
        "INSERT INTO carts (id, version, created_at, updated_at) VALUES (?, 1, ?, ?)",
    )?
    .execute(params![id.bytes(), now, now])
    .map(drop)
}

/// Takes lines out of a cart; those of deleted products, which it gives, go as well.
pub(super) fn take_out(
    conn: &Connection,
    id: CartId,
    products: impl Iterator<Item = ProductId>,
) -> StoreResult<Vec<ProductId>> {
    let gone = begin_change(conn, id)?;
    for product in products {
        conn.prepare_cached("DELETE FROM cart_lines WHERE cart = ? AND product = ?")?
            .execute(params![id.bytes(), product.bytes()])?;
    }
    changes::record_cart(conn, id)?;
    Ok(gone)
}

/// What every change of a known cart begins with; gives the deleted products whose lines went.
fn begin_change(conn: &Connection, id: CartId) -> StoreResult<Vec<ProductId>> {
    raise_version(conn, id)?;
    Ok(forget_dropped(conn, id)?)
}

fn raise_version(conn: &Connection, id: CartId) -> StoreResult<()> {
    let raised = conn
        .prepare_cached("UPDATE carts SET version = version + 1, updated_at = ? WHERE id = ?")?
        .execute(params![Timestamp::now().millis(), id.bytes()])?;
    if raised == 0 {
        return Err(StoreError::NotFound(Noun::Cart));
    }
    Ok(())
}

fn forget_dropped(conn: &Connection, id: CartId) -> rusqlite::Result<Vec<ProductId>> {
    conn.prepare_cached(
        "DELETE FROM cart_lines WHERE cart = ? AND NOT EXISTS \
         (SELECT 1 FROM products WHERE products.id = cart_lines.product) RETURNING product",
    )?
    .query_map([id.bytes()], |row| row.get(0).map(ProductId::from_bytes))?
    .collect()
}

/// What every change of a cart ends with: the feed hears of it, the caller sees it, and what went
/// out of it by itself.
fn told(conn: &Connection, id: CartId, gone: Vec<ProductId>) -> StoreResult<Cart> {
    changes::record_cart(conn, id)?;
    let mut cart = read(conn, id)?;
    cart.dropped = gone;
    Ok(cart)
}

fn line_quantity(conn: &Connection, id: CartId, product: ProductId) -> StoreResult<Option<i64>> {
    let quantity = conn
        .prepare_cached("SELECT quantity FROM cart_lines WHERE cart = ? AND product = ?")?
        .query_row(params![id.bytes(), product.bytes()], |row| row.get(0))
        .optional()?;
    Ok(quantity)
}

fn put_lines(conn: &Connection, id: CartId, lines: &WantedLines) -> StoreResult<()> {
    lines
        .as_slice()
        .iter()
        .try_for_each(|line| put_line(conn, id, line.product, line.quantity.get()))
}

/// Gives the product's line these units, or makes it behind the others.
fn put_line(conn: &Connection, id: CartId, product: ProductId, quantity: i64) -> StoreResult<()> {
    let offered = products::require(conn, product)?;
    check_line(&offered, quantity).map_err(|why| StoreError::from_refusal(product, why))?;
    let known = conn
        .prepare_cached("UPDATE cart_lines SET quantity = ? WHERE cart = ? AND product = ?")?
        .execute(params![quantity, id.bytes(), product.bytes()])?;
    if known > 0 {
        return Ok(());
    }
    let (lines, place): (i64, i64) = conn
        .prepare_cached(
            "SELECT count(*), coalesce(max(place), 0) + 1 FROM cart_lines WHERE cart = ?",
        )?
        .query_row([id.bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if lines >= MAX_LINES as i64 {
        return Err(StoreError::CartFull);
    }
    conn.prepare_cached(
        "INSERT INTO cart_lines (cart, product, place, quantity) VALUES (?, ?, ?, ?)",
    )?
    .execute(params![id.bytes(), product.bytes(), place, quantity])?;
    Ok(())
}

/// A cart with its products, by one statement and so in one state of the database.
pub(super) fn read(conn: &Connection, id: CartId) -> StoreResult<Cart> {
    let sql = concat!(
        "SELECT carts.version, cart_lines.product, cart_lines.quantity, ",
        product_columns!(),
        " FROM carts LEFT JOIN cart_lines ON cart_lines.cart = carts.id \
         LEFT JOIN products ON products.id = cart_lines.product \
         WHERE carts.id = ? ORDER BY cart_lines.place"
    );
    let mut statement = conn.prepare_cached(sql)?;
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
        // A cart without lines is one row without a line.
        let Some(product) = row.get(1)? else { break };
        if row.get::<_, Option<[u8; 12]>>(3)?.is_none() {
            cart.dropped.push(ProductId::from_bytes(product));
            continue;
        }
        cart.lines.push(CartLine {
            product: Product::from(ProductRow::read(row, 3)?),
            quantity: row.get(2)?,
        });
    }
    cart.ok_or(StoreError::NotFound(Noun::Cart))
}
