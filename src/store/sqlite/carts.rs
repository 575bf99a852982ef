//! Carts: every change checks its lines against the stock of its own moment.

use std::collections::HashMap;
use std::iter::{empty, once};

use async_trait::async_trait;
use rusqlite::{Connection, params};

use super::holds::{KnownLine, line_columns};
use super::rows::{ProductRow, product_columns};
use super::{SqliteStore, changes, holds, products};
use crate::domain::cart::{
    Cart, CartLine, MAX_LINES, Quantity, WantedLine, WantedLines, check_line,
};
use crate::domain::hold::{Hold, HoldLength, Kept};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::product::Product;
use crate::domain::timestamp::Timestamp;
use crate::store::{CartStore, Noun, StoreError, StoreResult};

#[async_trait]
impl CartStore for SqliteStore {
    async fn create_cart(&self, lines: WantedLines) -> StoreResult<Cart> {
        let (id, length) = (CartId::generate()?, self.hold);
        self.writer
            .write(move |conn| create(conn, id, &lines, length))
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
        let (line, length) = (WantedLine { product, quantity }, self.hold);
        self.writer
            .write(move |conn| add(conn, id, line, length))
            .await
    }

    async fn set_cart_line(
        &self,
        id: CartId,
        product: ProductId,
        quantity: Quantity,
    ) -> StoreResult<Cart> {
        let (line, length) = (WantedLine { product, quantity }, self.hold);
        self.writer
            .write(move |conn| set(conn, id, line, length))
            .await
    }

    async fn replace_cart(&self, id: CartId, lines: WantedLines) -> StoreResult<Cart> {
        let length = self.hold;
        self.writer
            .write(move |conn| replace(conn, id, &lines, length))
            .await
    }

    async fn remove_cart_line(&self, id: CartId, product: ProductId) -> StoreResult<Cart> {
        let length = self.hold;
        self.writer
            .write(move |conn| remove(conn, id, product, length))
            .await
    }
}

pub(super) fn create(
    conn: &Connection,
    id: CartId,
    lines: &WantedLines,
    length: HoldLength,
) -> StoreResult<Cart> {
    let now = Timestamp::now();
    insert_cart(conn, id, now)?;
    holds::end_over_for(conn, id, ids(lines), length.over_at(now))?;
    let change = CartChange {
        conn,
        id,
        now,
        length,
        before: HashMap::new(),
    };
    change.put_lines(lines)?;
    change.told(Vec::new())
}

pub(super) fn add(
    conn: &Connection,
    id: CartId,
    line: WantedLine,
    length: HoldLength,
) -> StoreResult<Cart> {
    let change = CartChange::begin(conn, id, once(line.product), length, Timestamp::now())?;
    let gone = forget_dropped(conn, id)?;
    let known = change.before.get(&line.product);
    let quantity = known.map_or(0, |line| line.quantity);
    change.put_line(line.product, quantity.saturating_add(line.quantity.get()))?;
    change.told(gone)
}

pub(super) fn set(
    conn: &Connection,
    id: CartId,
    line: WantedLine,
    length: HoldLength,
) -> StoreResult<Cart> {
    let change = CartChange::begin(conn, id, once(line.product), length, Timestamp::now())?;
    let gone = forget_dropped(conn, id)?;
    change.put_line(line.product, line.quantity.get())?;
    change.told(gone)
}

pub(super) fn replace(
    conn: &Connection,
    id: CartId,
    lines: &WantedLines,
    length: HoldLength,
) -> StoreResult<Cart> {
    let change = CartChange::begin(conn, id, ids(lines), length, Timestamp::now())?;
    let gone = forget_dropped(conn, id)?;
    conn.prepare_cached("DELETE FROM cart_lines WHERE cart = ?")?
        .execute([id.bytes()])?;
    change.put_lines(lines)?;
    for (product, line) in &change.before {
        if ids(lines).all(|wanted| wanted != *product) {
            holds::keep(conn, *product, -line.kept().units)?;
        }
    }
    change.told(gone)
}

pub(super) fn remove(
    conn: &Connection,
    id: CartId,
    product: ProductId,
    length: HoldLength,
) -> StoreResult<Cart> {
    let change = CartChange::begin(conn, id, empty(), length, Timestamp::now())?;
    if !delete_line(conn, id, product)? {
        return Err(StoreError::NotFound(Noun::CartLine));
    }
    if let Some(line) = change.before.get(&product) {
        holds::keep(conn, product, -line.kept().units)?;
    }
    change.told(forget_dropped(conn, id)?)
}

/// Takes out of a cart what was sold, whose units nobody keeps any more since the moment given; lines of deleted products,
/// which it gives, go as well.
pub(super) fn take_out(
    conn: &Connection,
    id: CartId,
    sold: impl Iterator<Item = ProductId>,
    length: HoldLength,
    now: Timestamp,
) -> StoreResult<Vec<ProductId>> {
    let change = CartChange::begin(conn, id, empty(), length, now)?;
    let gone = forget_dropped(conn, id)?;
    for product in sold {
        delete_line(conn, id, product)?;
    }
    change.end()?;
    Ok(gone)
}

fn ids(lines: &WantedLines) -> impl Iterator<Item = ProductId> {
    lines.as_slice().iter().map(|line| line.product)
}

/// A change of a cart that is under way.
struct CartChange<'a> {
    conn: &'a Connection,
    id: CartId,
    now: Timestamp,
    length: HoldLength,
    /// The lines before the change, without those of deleted products.
    before: HashMap<ProductId, KnownLine>,
}

impl<'a> CartChange<'a> {
    /// What every change of a known cart begins with.
    fn begin(
        conn: &'a Connection,
        id: CartId,
        wanted: impl Iterator<Item = ProductId>,
        length: HoldLength,
        now: Timestamp,
    ) -> StoreResult<Self> {
        raise_version(conn, id, now)?;
        holds::end_over_for(conn, id, wanted, length.over_at(now))?;
        Ok(Self {
            conn,
            id,
            now,
            length,
            before: holds::lines(conn, id)?,
        })
    }

    fn put_lines(&self, lines: &WantedLines) -> StoreResult<()> {
        let mut lines = lines.as_slice().iter();
        lines.try_for_each(|line| self.put_line(line.product, line.quantity.get()))
    }

    /// Gives the product's line these units, or makes it behind the others, and keeps them for the
    /// cart.
    fn put_line(&self, product: ProductId, quantity: i64) -> StoreResult<()> {
        let offered = products::require(self.conn, product)?;
        let known = self.before.get(&product);
        let kept = known.map_or_else(Kept::default, KnownLine::kept);
        check_line(&offered, kept, quantity)
            .map_err(|why| StoreError::from_refusal(product, why))?;
        let since = known.and_then(|line| line.hold).map(|hold| hold.since);
        let hold = Hold::begin(quantity, since.unwrap_or(self.now), self.length);
        self.write_line(product, quantity, hold)?;
        let units = hold.map_or(0, |hold| hold.units);
        Ok(holds::keep(self.conn, product, units - kept.units)?)
    }

    /// Writes a line; when its hold ends is written with those of the others.
    fn write_line(&self, product: ProductId, quantity: i64, hold: Option<Hold>) -> StoreResult<()> {
        let (conn, id) = (self.conn, self.id);
        let since = hold.map(|hold| hold.since.millis());
        let until = hold.map(|hold| hold.until.millis());
        let known = conn
            .prepare_cached(
                "UPDATE cart_lines SET quantity = ?, held_since = ?, held_until = ? \
                 WHERE cart = ? AND product = ?",
            )?
            .execute(params![quantity, since, until, id.bytes(), product.bytes()])?;
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
            "INSERT INTO cart_lines (cart, product, place, quantity, held_since, held_until) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            id.bytes(),
            product.bytes(),
            place,
            quantity,
            since,
            until
        ])?;
        Ok(())
    }

    /// What every change of a cart ends with: its clocks are wound up, and the feed hears of it.
    fn end(&self) -> StoreResult<()> {
        holds::extend(self.conn, self.id, self.now, self.length)?;
        holds::wind_up(self.conn, self.id, self.now)?;
        Ok(changes::record_cart(self.conn, self.id)?)
    }

    /// The same, and the caller sees the cart, and what went out of it by itself.
    fn told(&self, gone: Vec<ProductId>) -> StoreResult<Cart> {
        self.end()?;
        let mut cart = read(self.conn, self.id)?;
        cart.dropped = gone;
        Ok(cart)
    }
}

fn insert_cart(conn: &Connection, id: CartId, now: Timestamp) -> rusqlite::Result<()> {
    let now = now.millis();
    conn.prepare_cached(
        "INSERT INTO carts (id, version, created_at, updated_at) VALUES (?, 1, ?, ?)",
    )?
    .execute(params![id.bytes(), now, now])
    .map(drop)
}

fn raise_version(conn: &Connection, id: CartId, now: Timestamp) -> StoreResult<()> {
    let raised = conn
        .prepare_cached("UPDATE carts SET version = version + 1, updated_at = ? WHERE id = ?")?
        .execute(params![now.millis(), id.bytes()])?;
    if raised == 0 {
        return Err(StoreError::NotFound(Noun::Cart));
    }
    Ok(())
}

fn delete_line(conn: &Connection, id: CartId, product: ProductId) -> rusqlite::Result<bool> {
    let removed = conn
        .prepare_cached("DELETE FROM cart_lines WHERE cart = ? AND product = ?")?
        .execute(params![id.bytes(), product.bytes()])?;
    Ok(removed > 0)
}

/// Deletes the lines of deleted products, and tells which these are.
fn forget_dropped(conn: &Connection, id: CartId) -> rusqlite::Result<Vec<ProductId>> {
    conn.prepare_cached(
        "DELETE FROM cart_lines WHERE cart = ? AND NOT EXISTS \
         (SELECT 1 FROM products WHERE products.id = cart_lines.product) RETURNING product",
    )?
    .query_map([id.bytes()], |row| row.get(0).map(ProductId::from_bytes))?
    .collect()
}

/// A cart with its products, by one statement and so in one state of the database.
pub(super) fn read(conn: &Connection, id: CartId) -> StoreResult<Cart> {
    let sql = concat!(
        "SELECT carts.version, cart_lines.product, ",
        line_columns!(),
        ", ",
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
        if row.get::<_, Option<[u8; 12]>>(6)?.is_none() {
            cart.dropped.push(ProductId::from_bytes(product));
            continue;
        }
        let line = KnownLine::read(row, 2)?;
        cart.lines.push(CartLine {
            product: Product::from(ProductRow::read(row, 6)?),
            quantity: line.quantity,
            hold: line.hold,
            older: line.older,
        });
    }
    cart.ok_or(StoreError::NotFound(Noun::Cart))
}
