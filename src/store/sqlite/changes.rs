//! The log of changes, written in the transactions of the changes themselves.

use rusqlite::{Connection, params};

use crate::domain::change::ProductAction;
use crate::domain::chat_message::ChatMessage;
use crate::domain::ids::{CartId, ChatMessageId};
use crate::domain::product::Product;

/// What a row of `changes` is about, as it is stored.
pub(super) mod kind {
    pub(in super::super) const MARK: i64 = 0;
    pub(in super::super) const PRODUCT_CREATED: i64 = 1;
    pub(in super::super) const PRODUCT_UPDATED: i64 = 2;
    pub(in super::super) const PRODUCT_DELETED: i64 = 3;
    pub(in super::super) const MESSAGE_APPENDED: i64 = 4;
    pub(in super::super) const MESSAGE_DELETED: i64 = 5;
    pub(in super::super) const CART: i64 = 6;
}

/// Notes a change of a product, which now is, or last was, as given.
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

/// Notes a new message.
pub(super) fn record_message(conn: &Connection, message: &ChatMessage) -> rusqlite::Result<()> {
    record_seq(conn, kind::MESSAGE_APPENDED, message.id, message.seq)
}

/// Notes that a message is gone.
pub(super) fn record_deleted_message(
    conn: &Connection,
    id: ChatMessageId,
    seq: i64,
) -> rusqlite::Result<()> {
    record_seq(conn, kind::MESSAGE_DELETED, id, seq)
}

fn record_seq(conn: &Connection, kind: i64, id: ChatMessageId, seq: i64) -> rusqlite::Result<()> {
    conn.prepare_cached("INSERT INTO changes (kind, entity, seq) VALUES (?, ?, ?)")?
        .execute(params![kind, id.bytes(), seq])
        .map(drop)
}

/// Notes that a cart is not as it was.
pub(super) fn record_cart(conn: &Connection, id: CartId) -> rusqlite::Result<()> {
    conn.prepare_cached("INSERT INTO changes (kind, entity) VALUES (?, ?)")?
        .execute(params![kind::CART, id.bytes()])
        .map(drop)
}

/// The number of the newest change.
pub(super) fn newest(conn: &Connection) -> rusqlite::Result<i64> {
    edge(conn, "SELECT max(number) FROM changes")
}

/// The number of the oldest change that is kept.
pub(super) fn oldest(conn: &Connection) -> rusqlite::Result<i64> {
    edge(conn, "SELECT min(number) FROM changes")
}

/// There always is a row: the mark at least, or the newest change.
fn edge(conn: &Connection, sql: &str) -> rusqlite::Result<i64> {
    conn.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

/// How many changes are kept, and which.
#[derive(Debug, Clone, Copy)]
pub(super) struct Retention {
    keep: i64,
    oldest: i64,
    newest: i64,
    /// How many the last group brought.
    grown: i64,
}

impl Retention {
    /// Rows that are trimmed at one time beside those that the group itself brought: few, so that no
    /// group waits long.
    const STEP: i64 = 1_000;

    /// Keeps the newest `keep` changes, one at least.
    pub(super) fn new(conn: &Connection, keep: i64) -> rusqlite::Result<Self> {
        Ok(Self {
            keep: keep.max(1),
            oldest: oldest(conn)?,
            newest: newest(conn)?,
            grown: 0,
        })
    }

    /// The newest change's number.
    pub(super) fn newest(self) -> i64 {
        self.newest
    }

    /// The same, with more changes behind.
    pub(super) fn after(self, newest: i64) -> Self {
        Self {
            newest,
            grown: newest - self.newest,
            ..self
        }
    }

    /// Whether a whole step's rows are too many, or a tenth of what is kept where that is less.
    pub(super) fn is_due(self) -> bool {
        self.surplus() >= Self::STEP.min(self.keep / 10 + 1)
    }

    fn surplus(self) -> i64 {
        self.newest - self.oldest + 1 - self.keep
    }

    /// Deletes the oldest of the rows that are too many; what it leaves comes with the next group.
    pub(super) fn trim(self, conn: &Connection) -> rusqlite::Result<Self> {
        let oldest = self.oldest + self.surplus().min(Self::STEP + 2 * self.grown);
        conn.prepare_cached("DELETE FROM changes WHERE number < ?")?
            .execute([oldest])?;
        Ok(Self { oldest, ..self })
    }
}
