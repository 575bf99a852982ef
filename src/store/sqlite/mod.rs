//! The embedded store: one SQLite file, one writer, many readers.
//!
//! A write goes to the writer's thread and returns after the commit of its group, when it is on the
//! disk. Reads bypass the writer: short ones run on the caller's thread, the others on threads for
//! blocking work. Each change of a product, a cart or the chat adds a row to the log of changes in
//! the same transaction; the feed reads that log.
//!
//! `store` has the struct, and each group of operations implements its trait for it in a file of
//! its own. Below them are free functions over a connection: `product_rows`, `order_rows`, `rows`.

mod backup;
mod carts;
mod changes;
mod chat;
mod connection;
mod error;
mod execute;
mod feed;
mod holds;
mod idempotency;
mod integrity;
mod lock;
mod mutes;
mod order_list;
mod order_rows;
mod orders;
mod product_columns;
mod product_rows;
mod products;
mod purchase;
mod readers;
mod restore;
mod rows;
mod schema;
mod store;
mod upserts;
mod walk;
mod writer;

#[cfg(test)]
mod tests;

pub use self::backup::Snapshot;
pub use self::restore::RestorePlan;
pub use self::store::SqliteStore;
pub(super) use self::walk::SqliteWalk;
