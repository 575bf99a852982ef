//! The log of changes: each row is written in the transaction of its change.

use rusqlite::{Connection, params};

use crate::domain::change::ProductAction;
use crate::domain::ids::{CartId, ChatMessageId};
use crate::domain::product::Product;

/// The stored values of `changes.kind`.
pub(super) mod kind {
    pub(in super::super) const MARK: i64 = 0;
    pub(in super::super) const PRODUCT_CREATED: i64 = 1;
    pub(in super::super) const PRODUCT_UPDATED: i64 = 2;
    pub(in super::super) const PRODUCT_DELETED: i64 = 3;
    pub(in super::super) const MESSAGE_APPENDED: i64 = 4;
    pub(in super::super) const MESSAGE_DELETED: i64 = 5;
    pub(in super::super) const CART: i64 = 6;
}

/// Records a change of a product. `product` is its new state, or the last one of a deleted product.
pub(super) fn record_product(
    conn: &Connection,
    action: ProductAction,
    product: &Product,
    version: i64,
) -> rusqlite::Result<()> {
    let kind = match action {
        ProductAction::Created => kind::PRODUCT_CREATED,
        ProductAction::Updated => kind::PRODUCT_UPDATED,
        ProductAction::Deleted => kind::PRODUCT_DELETED,
    };
    conn.prepare_cached("INSERT INTO changes (kind, entity, version, title) VALUES (?, ?, ?, ?)")?
        .execute(params![kind, product.id.bytes(), version, product.title])
        .map(drop)
}

/// Records a change of a message; `kind` is appended or deleted.
pub(super) fn record_message(
    conn: &Connection,
    kind: i64,
    id: ChatMessageId,
    seq: i64,
) -> rusqlite::Result<()> {
    conn.prepare_cached("INSERT INTO changes (kind, entity, seq) VALUES (?, ?, ?)")?
        .execute(params![kind, id.bytes(), seq])
        .map(drop)
}

pub(super) fn record_cart(conn: &Connection, id: CartId) -> rusqlite::Result<()> {
    conn.prepare_cached("INSERT INTO changes (kind, entity) VALUES (?, ?)")?
        .execute(params![kind::CART, id.bytes()])
        .map(drop)
}

/// The number of the newest change.
pub(super) fn newest(conn: &Connection) -> rusqlite::Result<i64> {
    edge(conn, "SELECT max(number) FROM changes")
}

/// The number of the oldest change that is left.
pub(super) fn oldest(conn: &Connection) -> rusqlite::Result<i64> {
    edge(conn, "SELECT min(number) FROM changes")
}

/// There is always a row: the newest change, or in a new file the mark.
fn edge(conn: &Connection, sql: &str) -> rusqlite::Result<i64> {
    conn.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

/// Which changes are kept, and how many there may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Retention {
    keep: i64,
    oldest: i64,
    newest: i64,
    /// How many the last group added.
    added: i64,
}

impl Retention {
    /// Rows that one group trims besides as many as it added: few, so that no group waits long.
    const STEP: i64 = 1_000;

    /// Keeps the newest `keep` changes, at least one.
    pub(super) fn new(conn: &Connection, keep: i64) -> rusqlite::Result<Self> {
        Ok(Self {
            keep: keep.max(1),
            oldest: oldest(conn)?,
            newest: newest(conn)?,
            added: 0,
        })
    }

    pub(super) fn newest(self) -> i64 {
        self.newest
    }

    /// After a group that ended with the change `newest`.
    pub(super) fn after(self, newest: i64) -> Self {
        Self {
            newest,
            added: newest - self.newest,
            ..self
        }
    }

    /// Whether the surplus reaches [`STEP`](Self::STEP), or a tenth of what is kept if that is
    /// less.
    pub(super) fn is_due(self) -> bool {
        self.surplus() >= Self::STEP.min(self.keep / 10 + 1)
    }

    fn surplus(self) -> i64 {
        self.newest - self.oldest + 1 - self.keep
    }

    /// Deletes the oldest surplus rows; the next group deletes those that it leaves.
    pub(super) fn trim(self, conn: &Connection) -> rusqlite::Result<Self> {
        let oldest = self.oldest + self.surplus().min(Self::STEP + 2 * self.added);
        conn.prepare_cached("DELETE FROM changes WHERE number < ?")?
            .execute([oldest])?;
        Ok(Self { oldest, ..self })
    }
}
