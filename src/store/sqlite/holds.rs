//! Holds: `held` of a product is the sum of its lines' holds, changed in the same operations.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{SqliteStore, changes, error, products};
use crate::domain::cart;
use crate::domain::change::ProductAction;
use crate::domain::hold::{Hold, HoldLength, Kept};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::timestamp::Timestamp;
use crate::store::{EndedHolds, ExpiryStore, StoreResult};

#[async_trait]
impl ExpiryStore for SqliteStore {
    async fn now(&self) -> StoreResult<Timestamp> {
        if self.points.is_closed() {
            return Err(error::closed());
        }
        Ok(Timestamp::now())
    }

    async fn end_holds(&self, now: Timestamp, limit: u32) -> StoreResult<EndedHolds> {
        let over = self.hold.over_at(now);
        // The writer is not troubled when there is nothing to do.
        let next = self.points.at_once(|conn| Ok(next_end(conn)?)).await?;
        if next.is_none_or(|next| next > over) {
            return Ok(EndedHolds { ended: 0, next });
        }
        self.writer
            .write(move |conn| {
                let ended = end_over(conn, over, limit)?;
                let next = next_end(conn)?;
                Ok(EndedHolds { ended, next })
            })
            .await
    }

    async fn end_carts(&self, now: Timestamp, limit: u32) -> StoreResult<u32> {
        let are_any = self.points.at_once(|conn| {
            let sql = "SELECT 1 FROM carts WHERE expires_at <= ? LIMIT 1";
            Ok(conn.prepare_cached(sql)?.exists([now.millis()])?)
        });
        if !are_any.await? {
            return Ok(0);
        }
        self.writer
            .write(move |conn| end_carts(conn, now, limit))
            .await
    }
}

/// What a line of a cart has, beside its product.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownLine {
    pub(super) quantity: i64,
    pub(super) hold: Option<Hold>,
    pub(super) older: i64,
}

impl KnownLine {
    /// What it keeps of its product.
    pub(super) fn kept(&self) -> Kept {
        self.hold.map_or_else(Kept::default, |hold| Kept {
            units: hold.units,
            older: self.older,
        })
    }

    /// Reads `line_columns!`, the first of which has the index `at`.
    pub(super) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Self> {
        let quantity = row.get(at)?;
        let since: Option<i64> = row.get(at + 1)?;
        let until: Option<i64> = row.get(at + 2)?;
        let hold = since.zip(until).map(|(since, until)| Hold {
            units: quantity,
            since: Timestamp::from_millis(since),
            until: Timestamp::from_millis(until),
        });
        Ok(Self {
            quantity,
            hold,
            older: row.get(at + 3)?,
        })
    }
}

/// The columns of a [`KnownLine`] in a statement that joins `cart_lines` and `products`. Older holds
/// are summed only where more is held than there is: elsewhere nothing hangs on them.
macro_rules! line_columns {
    () => {
        "cart_lines.quantity, cart_lines.held_since, cart_lines.held_until, \
         iif(cart_lines.held_until IS NULL OR products.held <= products.stock, 0, \
             (SELECT coalesce(sum(quantity), 0) FROM cart_lines AS other \
              WHERE other.product = cart_lines.product AND other.held_until IS NOT NULL \
              AND (other.held_since, other.cart) < (cart_lines.held_since, cart_lines.cart)))"
    };
}
pub(super) use line_columns;

/// The lines of a cart, those of deleted products left out.
pub(super) fn lines(
    conn: &Connection,
    cart: CartId,
) -> rusqlite::Result<HashMap<ProductId, KnownLine>> {
    let sql = concat!(
        "SELECT cart_lines.product, ",
        line_columns!(),
        " FROM cart_lines JOIN products ON products.id = cart_lines.product \
         WHERE cart_lines.cart = ?"
    );
    conn.prepare_cached(sql)?
        .query_map([cart.bytes()], |row| {
            let product = ProductId::from_bytes(row.get(0)?);
            Ok((product, KnownLine::read(row, 1)?))
        })?
        .collect()
}

/// Changes how much of a product is held, and tells it. A product that is gone has nothing held.
pub(super) fn keep(conn: &Connection, product: ProductId, more: i64) -> rusqlite::Result<()> {
    if more == 0 {
        return Ok(());
    }
    keep_untold(conn, product, more)?;
    match products::find(conn, product)? {
        Some(now) => changes::record_product(conn, ProductAction::Updated, &now, now.version),
        None => Ok(()),
    }
}

/// The same for a product whose change is told anyway.
pub(super) fn keep_untold(
    conn: &Connection,
    product: ProductId,
    more: i64,
) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE products SET held = held + ? WHERE id = ?")?
        .execute(params![more, product.bytes()])
        .map(drop)
}

/// Lets the live holds of a cart last longer.
pub(super) fn extend(
    conn: &Connection,
    cart: CartId,
    now: Timestamp,
    length: HoldLength,
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE cart_lines SET held_until = min(?, held_since + ?) \
         WHERE cart = ? AND held_until IS NOT NULL",
    )?
    .execute(params![
        now.millis() + length.millis(),
        length.most_millis(),
        cart.bytes()
    ])
    .map(drop)
}

/// A hold that ends.
struct Ending {
    cart: CartId,
    product: ProductId,
    units: i64,
}

impl Ending {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            cart: CartId::from_bytes(row.get(0)?),
            product: ProductId::from_bytes(row.get(1)?),
            units: row.get(2)?,
        })
    }
}

/// Ends what is over of a cart that is about to change, and of what it is about to hold.
pub(super) fn end_over_for(
    conn: &Connection,
    cart: CartId,
    wanted: impl Iterator<Item = ProductId>,
    over: Timestamp,
) -> rusqlite::Result<()> {
    let mut endings: Vec<Ending> = conn
        .prepare_cached(
            "SELECT cart, product, quantity FROM cart_lines WHERE cart = ? AND held_until <= ?",
        )?
        .query_map(params![cart.bytes(), over.millis()], Ending::read)?
        .collect::<Result<_, _>>()?;
    let mut others = conn.prepare_cached(
        "SELECT cart, product, quantity FROM cart_lines \
         WHERE product = ? AND held_until <= ? AND cart <> ?",
    )?;
    let wanted: BTreeSet<_> = wanted.collect();
    for product in wanted {
        let over = params![product.bytes(), over.millis(), cart.bytes()];
        for ending in others.query_map(over, Ending::read)? {
            endings.push(ending?);
        }
    }
    // The cart itself is told when its change ends.
    end(conn, &endings, Some(cart))
}

/// Ends what is over, so many at most; those first that are over for longest.
fn end_over(conn: &Connection, over: Timestamp, limit: u32) -> rusqlite::Result<u32> {
    let endings: Vec<Ending> = conn
        .prepare_cached(
            "SELECT cart, product, quantity FROM cart_lines WHERE held_until <= ? \
             ORDER BY held_until LIMIT ?",
        )?
        .query_map(params![over.millis(), limit], Ending::read)?
        .collect::<Result<_, _>>()?;
    end(conn, &endings, None)?;
    Ok(endings.len() as u32)
}

fn end(conn: &Connection, endings: &[Ending], untold: Option<CartId>) -> rusqlite::Result<()> {
    let mut freed: BTreeMap<ProductId, i64> = BTreeMap::new();
    let mut carts = BTreeSet::new();
    for ending in endings {
        conn.prepare_cached(
            "UPDATE cart_lines SET held_since = NULL, held_until = NULL \
             WHERE cart = ? AND product = ?",
        )?
        .execute(params![ending.cart.bytes(), ending.product.bytes()])?;
        *freed.entry(ending.product).or_default() += ending.units;
        carts.insert(ending.cart);
    }
    for (product, units) in freed {
        keep(conn, product, -units)?;
    }
    for cart in carts.into_iter().filter(|cart| Some(*cart) != untold) {
        changes::record_cart(conn, cart)?;
    }
    Ok(())
}

fn next_end(conn: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    let next: Option<i64> = conn
        .prepare_cached("SELECT min(held_until) FROM cart_lines WHERE held_until IS NOT NULL")?
        .query_row([], |row| row.get(0))
        .optional()?
        .flatten();
    Ok(next.map(Timestamp::from_millis))
}

/// Gives a cart the rest of its life anew.
pub(super) fn wind_up(conn: &Connection, id: CartId, now: Timestamp) -> rusqlite::Result<()> {
    let ends = |is_empty| now.millis() + cart::life(is_empty).as_millis() as i64;
    conn.prepare_cached(
        "UPDATE carts SET expires_at = \
         iif(EXISTS (SELECT 1 FROM cart_lines WHERE cart_lines.cart = carts.id), ?, ?) \
         WHERE id = ?",
    )?
    .execute(params![ends(false), ends(true), id.bytes()])
    .map(drop)
}

fn end_carts(conn: &Connection, now: Timestamp, limit: u32) -> StoreResult<u32> {
    let ids: Vec<CartId> = conn
        .prepare_cached("SELECT id FROM carts WHERE expires_at <= ? ORDER BY expires_at LIMIT ?")?
        .query_map(params![now.millis(), limit], |row| {
            row.get(0).map(CartId::from_bytes)
        })?
        .collect::<Result<_, _>>()?;
    for id in &ids {
        for (product, line) in lines(conn, *id)? {
            keep(conn, product, -line.kept().units)?;
        }
        conn.prepare_cached("DELETE FROM carts WHERE id = ?")?
            .execute([id.bytes()])?;
        changes::record_cart(conn, *id)?;
    }
    Ok(ids.len() as u32)
}
