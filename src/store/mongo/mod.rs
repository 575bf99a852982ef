//! The store on a MongoDB replica set.
//!
//! The documents are those of the mongoose application that this shop replaces, with versions and
//! times added; `documents` converts them by hand. Every operation runs on the driver's thread,
//! within bounds (`driver`). Writes are acknowledged by a majority, and reads see what a majority
//! has. Writes to several documents are units of work (`commit`).
//!
//! The oplog is the log of changes: `feed` follows one change stream over the database, so that the
//! changes of every node, and of other programs, reach the hubs in one order.
//!
//! Operations are functions over `Db` in the files of their resources, which also
//! implement the traits of the store. They depend on `db` and on what is below it: `commit`,
//! `documents`, `idempotency`, `code_index`, `driver`, `error`.

mod cart_read;
mod carts;
mod chat;
mod chat_append;
mod chat_counter;
mod chat_once;
mod chat_queue;
mod clock;
mod code_index;
mod commit;
mod connect;
mod connection;
mod db;
mod documents;
mod driver;
mod error;
mod execute;
mod feed;
mod holds;
mod idempotency;
mod indexes;
mod invalid_documents;
mod lifecycle;
mod mark;
mod mutes;
mod names;
mod orders;
mod products;
mod purchase;
mod retry;
mod sequence_backfill;
mod striped_lock;
#[cfg(test)]
mod tests;
mod tombstones;
mod upserts;
mod walk;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use self::chat_queue::ChatQueue;
use self::connection::Connection;
use self::db::Db;
use self::driver::Driver;
use self::sequence_backfill::SequenceBackfill;
use super::connection_string::without_credentials;
use super::{MAX_RECORDS, OpenError, StoreResult};
use crate::domain::hold::HoldLength;
use crate::metrics::StoreMetrics;

/// How long a large database may take to build its indexes and to number its messages.
const PREPARE: Duration = Duration::from_secs(3_600);

/// The store on MongoDB.
#[derive(Debug)]
pub struct MongoStore {
    address: String,
    driver: Driver,
    db: Arc<Db>,
    chat_queue: ChatQueue,
    sequence_backfill: Arc<SequenceBackfill>,
    is_closed: watch::Sender<bool>,
    connection: Connection,
}

impl MongoStore {
    /// Connects to the database that the URL names, or to `ecommerce`, and prepares its indexes.
    ///
    /// # Errors
    /// The URL is invalid, no server responds, or it does not belong to a replica set.
    pub async fn connect(url: &str, hold: HoldLength) -> Result<Self, OpenError> {
        Self::connect_measured(url, hold, StoreMetrics::default()).await
    }

    /// Connects, and counts what the store does.
    ///
    /// # Errors
    /// As for [`MongoStore::connect`].
    pub async fn connect_measured(
        url: &str,
        hold: HoldLength,
        metrics: StoreMetrics,
    ) -> Result<Self, OpenError> {
        Self::connect_with(url, hold, MAX_RECORDS, metrics).await
    }

    async fn connect_with(
        url: &str,
        hold: HoldLength,
        max_records: u64,
        metrics: StoreMetrics,
    ) -> Result<Self, OpenError> {
        let driver = Driver::start(metrics.clone()).map_err(|error| {
            OpenError::new(format!(
                "cannot start the thread of MongoDB's driver: {error}"
            ))
        })?;
        let database = connect::connect(&driver, url).await?;
        let address = format!(
            "{} (database {})",
            without_credentials(url),
            database.name()
        );
        let handle = driver.handle();
        let db = Arc::new(Db::new(database, handle, hold, max_records, metrics));

        let prepared = driver.run_within(PREPARE, prepare(db.clone())).await;
        prepared.flatten().map_err(|error| {
            OpenError::new(format!("cannot prepare the database at {address}: {error}"))
        })?;

        let sequence_backfill = Arc::new(SequenceBackfill::default());
        handle.spawn(sequence_backfill.clone().run(db.clone(), handle.clone()));
        if !db.code_index.is_present() {
            let db = db.clone();
            handle.spawn(async move { db.code_index.keep_trying().await });
        }
        let is_closed = watch::Sender::new(false);
        Ok(Self {
            connection: Connection::watch(db.clone(), handle, is_closed.subscribe()),
            address,
            chat_queue: ChatQueue::start(db.clone(), handle),
            driver,
            db,
            sequence_backfill,
            is_closed,
        })
    }

    /// Runs an operation on the driver's thread, within its bounds.
    async fn run<T, F>(&self, operation: impl FnOnce(Arc<Db>) -> F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: Future<Output = StoreResult<T>> + Send + 'static,
    {
        self.driver.run(operation(self.db.clone())).await
    }
}

async fn prepare(db: Arc<Db>) -> StoreResult<()> {
    db.sessions.kill_orphans().await?;
    db.clock.read(&db.database).await?;
    indexes::make_all(&db).await?;
    chat_counter::raise(&db).await?;
    sequence_backfill::number_all(&db).await?;
    invalid_documents::log_foreign_ids(&db.products).await
}
