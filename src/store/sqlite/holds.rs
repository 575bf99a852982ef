//! Holds and the expiry of holds and carts. `held` of a product is the sum of the holds of its cart
//! lines; both change in the same operation.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::store::SqliteStore;
use super::{changes, error, product_rows};
use crate::domain::cart;
use crate::domain::change::ProductAction;
use crate::domain::hold::Hold;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::timestamp::Timestamp;
use crate::store::{ExpiredHolds, ExpiryStore, StoreResult};

#[async_trait]
impl ExpiryStore for SqliteStore {
    async fn now(&self) -> StoreResult<Timestamp> {
        if self.points.is_closed() {
            return Err(error::closed());
        }
        Ok(Timestamp::now())
    }

    async fn expire_holds(&self, now: Timestamp, limit: u32) -> StoreResult<ExpiredHolds> {
        let due = self.hold.over_at(now);
        // Usually no hold is due, and the writer is not needed.
        let next = self
            .points
            .read_inline(|conn| Ok(next_expiry(conn)?))
            .await?;
        if next.is_none_or(|next| next > due) {
            return Ok(ExpiredHolds { expired: 0, next });
        }
        self.writer
            .write(move |conn| {
                let expired = expire_due(conn, due, limit)?;
                let next = next_expiry(conn)?;
                Ok(ExpiredHolds { expired, next })
            })
            .await
    }

    async fn expire_carts(&self, now: Timestamp, limit: u32) -> StoreResult<u32> {
        let is_any_due = self.points.read_inline(|conn| {
            let sql = "SELECT 1 FROM carts WHERE expires_at <= ? LIMIT 1";
            Ok(conn.prepare_cached(sql)?.exists([now.millis()])?)
        });
        if !is_any_due.await? {
            return Ok(0);
        }
        self.writer
            .write(move |conn| expire_carts(conn, now, limit))
            .await
    }
}

/// A line of a cart without its product.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeldLineRow {
    pub(super) quantity: i64,
    pub(super) hold: Option<Hold>,
    pub(super) earlier_held: i64,
}

impl HeldLineRow {
    /// Reads the columns of `line_columns!` from the index `at` on.
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
            earlier_held: row.get(at + 3)?,
        })
    }
}

/// The columns of a [`HeldLineRow`] in a statement that joins `cart_lines` and `products`. Earlier
/// holds are summed only if more is held than in stock; otherwise they make no difference.
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

/// Changes the held units of a product and records the change. Without effect on a deleted product.
pub(super) fn adjust(conn: &Connection, product: ProductId, more: i64) -> rusqlite::Result<()> {
    adjust_unrecorded(conn, product, more)?;
    match product_rows::find(conn, product)? {
        Some(now) => changes::record_product(conn, ProductAction::Updated, &now, now.version),
        None => Ok(()),
    }
}

/// Like [`adjust`], for callers that record a change of the product themselves.
pub(super) fn adjust_unrecorded(
    conn: &Connection,
    product: ProductId,
    more: i64,
) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE products SET held = held + ? WHERE id = ?")?
        .execute(params![more, product.bytes()])
        .map(drop)
}

struct ExpiringHold {
    cart: CartId,
    product: ProductId,
    units: i64,
}

/// The holds that meet a condition.
fn expiring(
    conn: &Connection,
    condition: &str,
    params: impl rusqlite::Params,
) -> rusqlite::Result<Vec<ExpiringHold>> {
    let sql = format!("SELECT cart, product, quantity FROM cart_lines WHERE {condition}");
    conn.prepare_cached(&sql)?
        .query_map(params, |row| {
            Ok(ExpiringHold {
                cart: CartId::from_bytes(row.get(0)?),
                product: ProductId::from_bytes(row.get(1)?),
                units: row.get(2)?,
            })
        })?
        .collect()
}

/// Expires the due holds of a cart that is about to change and of the requested products.
pub(super) fn expire_for(
    conn: &Connection,
    cart: CartId,
    requested: impl Iterator<Item = ProductId>,
    due: Timestamp,
) -> rusqlite::Result<()> {
    let of_cart = "cart = ? AND held_until <= ?";
    let mut holds = expiring(conn, of_cart, params![cart.bytes(), due.millis()])?;
    let of_others = "product = ? AND held_until <= ? AND cart <> ?";
    for product in requested.collect::<BTreeSet<_>>() {
        let params = params![product.bytes(), due.millis(), cart.bytes()];
        holds.extend(expiring(conn, of_others, params)?);
    }
    // The caller records the change of the cart itself.
    expire(conn, &holds, Some(cart))
}

/// Expires at most `limit` due holds, the oldest first.
fn expire_due(conn: &Connection, due: Timestamp, limit: u32) -> rusqlite::Result<u32> {
    let oldest = "held_until <= ? ORDER BY held_until LIMIT ?";
    let holds = expiring(conn, oldest, params![due.millis(), limit])?;
    expire(conn, &holds, None)?;
    Ok(holds.len() as u32)
}

/// Expires holds and records the changes of their products and carts, except of one cart.
fn expire(
    conn: &Connection,
    expiring: &[ExpiringHold],
    except: Option<CartId>,
) -> rusqlite::Result<()> {
    let mut freed: BTreeMap<ProductId, i64> = BTreeMap::new();
    let mut carts = BTreeSet::new();
    for hold in expiring {
        conn.prepare_cached(
            "UPDATE cart_lines SET held_since = NULL, held_until = NULL \
             WHERE cart = ? AND product = ?",
        )?
        .execute(params![hold.cart.bytes(), hold.product.bytes()])?;
        *freed.entry(hold.product).or_default() += hold.units;
        carts.insert(hold.cart);
    }
    for (product, units) in freed {
        adjust(conn, product, -units)?;
    }
    for cart in carts.into_iter().filter(|cart| Some(*cart) != except) {
        changes::record_cart(conn, cart)?;
    }
    Ok(())
}

fn next_expiry(conn: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    let next: Option<i64> = conn
        .prepare_cached("SELECT min(held_until) FROM cart_lines WHERE held_until IS NOT NULL")?
        .query_row([], |row| row.get(0))
        .optional()?
        .flatten();
    Ok(next.map(Timestamp::from_millis))
}

/// Restarts the life of a cart after a change.
pub(super) fn touch_expiry(conn: &Connection, id: CartId, now: Timestamp) -> rusqlite::Result<()> {
    let expires_at = |is_empty| now.millis() + cart::life(is_empty).as_millis() as i64;
    conn.prepare_cached(
        "UPDATE carts SET expires_at = \
         iif(EXISTS (SELECT 1 FROM cart_lines WHERE cart_lines.cart = carts.id), ?, ?) \
         WHERE id = ?",
    )?
    .execute(params![expires_at(false), expires_at(true), id.bytes()])
    .map(drop)
}

fn expire_carts(conn: &Connection, now: Timestamp, limit: u32) -> StoreResult<u32> {
    let ids: Vec<CartId> = conn
        .prepare_cached("SELECT id FROM carts WHERE expires_at <= ? ORDER BY expires_at LIMIT ?")?
        .query_map(params![now.millis(), limit], |row| {
            row.get(0).map(CartId::from_bytes)
        })?
        .collect::<Result<_, _>>()?;
    for id in &ids {
        for (product, units) in held_units(conn, *id)? {
            adjust(conn, product, -units)?;
        }
        conn.prepare_cached("DELETE FROM carts WHERE id = ?")?
            .execute([id.bytes()])?;
        changes::record_cart(conn, *id)?;
    }
    Ok(ids.len() as u32)
}

/// The held units of a cart, by product.
fn held_units(conn: &Connection, cart: CartId) -> rusqlite::Result<Vec<(ProductId, i64)>> {
    conn.prepare_cached(
        "SELECT product, quantity FROM cart_lines WHERE cart = ? AND held_until IS NOT NULL",
    )?
    .query_map([cart.bytes()], |row| {
        Ok((ProductId::from_bytes(row.get(0)?), row.get(1)?))
    })?
    .collect()
}
