//! The store of record on a MongoDB replica set: the oplog is the log.
//!
//! Documents are those of the mongoose application that this shop replaces, with `version` and
//! moments added; they are converted by hand in `document`. Every operation runs on the driver's
//! own thread, bounded in time (`driver`). Writes are acknowledged by a majority, and reads see
//! what a majority has.
//!
//! `feed` follows one change stream over the database, so that the changes of every node and of
//! every other program reach the hubs in one order.

mod cart_read;
mod carts;
mod chat;
mod chat_once;
mod chat_queue;
mod clock;
mod code_index;
mod collections;
mod connect;
mod counter;
mod document;
mod driver;
mod error;
mod execute;
mod feed;
mod holds;
mod idempotency;
mod indexes;
mod invalid_documents;
mod invalid_list;
mod leases;
mod lifecycle;
mod mutes;
mod operations;
mod orders;
mod product_list;
mod products;
mod purchase;
mod retry;
mod search;
mod sequence_backfill;
mod sessions;
mod step;
mod step_queue;
mod striped_lock;
#[cfg(test)]
mod tests;
mod tombstones;
mod upserts;
mod validation_query;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use self::chat_queue::ChatQueue;
use self::collections::Collections;
use self::driver::Driver;
use self::sequence_backfill::SequenceBackfill;
use super::connection_string::without_credentials;
use super::{MAX_RECORDS, OpenError, StoreResult};
use crate::domain::hold::HoldLength;
use crate::metrics::StoreMetrics;

/// How long indexes of a large database may take to be built, and its messages to be numbered.
const PREPARE: Duration = Duration::from_secs(3_600);

/// The store on MongoDB.
#[derive(Debug)]
pub struct MongoStore {
    address: String,
    driver: Driver,
    collections: Arc<Collections>,
    chat: ChatQueue,
    sequence_backfill: Arc<SequenceBackfill>,
    is_closed: watch::Sender<bool>,
}

impl MongoStore {
    /// Connects to the database that the URL names, else `ecommerce`, and prepares its indexes; what is
    /// put into carts is kept for so long.
    ///
    /// # Errors
    /// The URL cannot be read, no server answers, or it is no replica set.
    pub async fn connect(url: &str, hold: HoldLength) -> Result<Self, OpenError> {
        Self::connect_measured(url, hold, StoreMetrics::default()).await
    }

    /// The same, counting what the store does.
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

    #[cfg(test)]
    async fn connect_keeping(
        url: &str,
        hold: HoldLength,
        max_records: u64,
    ) -> Result<Self, OpenError> {
        Self::connect_with(url, hold, max_records, StoreMetrics::default()).await
    }

    async fn connect_with(
        url: &str,
        hold: HoldLength,
        max_records: u64,
        metrics: StoreMetrics,
    ) -> Result<Self, OpenError> {
        let driver = Driver::start(metrics.clone())
            .map_err(|error| OpenError::new(format!("no thread for MongoDB's driver: {error}")))?;
        let (client, database) = connect::connect(&driver, url).await?;
        let address = format!(
            "{} (database {})",
            without_credentials(url),
            database.name()
        );
        let handle = driver.handle();
        let collections = Collections::new(client, database, handle, hold, max_records, metrics);
        let collections = Arc::new(collections);

        let prepared = driver
            .run_within(PREPARE, prepare(collections.clone()))
            .await;
        prepared.and_then(|result| result).map_err(|error| {
            OpenError::new(format!(
                "the database at {address} cannot be prepared: {error}"
            ))
        })?;

        let sequence_backfill = Arc::new(SequenceBackfill::default());
        handle.spawn(
            sequence_backfill
                .clone()
                .work(collections.clone(), handle.clone()),
        );
        if !collections.code_index.is_present() {
            handle.spawn(code_index::keep_trying(collections.clone()));
        }
        Ok(Self {
            address,
            chat: ChatQueue::open(collections.clone(), handle),
            driver,
            collections,
            sequence_backfill,
            is_closed: watch::Sender::new(false),
        })
    }
}

async fn prepare(collections: Arc<Collections>) -> StoreResult<()> {
    collections.sessions.end_orphans().await?;
    collections.read_clock().await?;
    collections.make_indexes().await?;
    collections.lift_counter().await?;
    collections.number_messages().await?;
    collections.tell_foreign_ids().await
}
