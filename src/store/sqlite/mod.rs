//! The embedded store: one SQLite file, one writer, many readers.
//!
//! A write goes to the writer's thread, waits for its group's commit, and then is on the disk. Reads
//! go past it: short ones on the caller's thread, the others on threads for blocking work. Each
//! change of a product, a cart or the chat leaves a row in the log of changes, in the same
//! transaction; the feed is that log, read on.

mod answers;
mod backup;
mod carts;
mod catalogue;
mod changes;
mod chat;
mod connection;
mod error;
mod feed;
mod holds;
mod lock;
mod mutes;
mod order_list;
mod orders;
mod products;
mod purchase;
mod quick;
mod readers;
mod restore;
mod rows;
mod schema;
mod upserts;
mod walk;
mod whole;
mod writer;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;

pub use self::backup::Snapshot;
use self::changes::Retention;
use self::lock::FileLock;
use self::readers::ReaderPool;
pub use self::restore::Restoration;
pub(super) use self::walk::SqliteWalk;
use self::writer::WriterHandle;
use super::open::OpenError;
use super::{MAX_KEPT, StoreLifecycle, StoreResult};
use crate::domain::hold::HoldLength;
use crate::metrics::StoreMetrics;

/// How many of the newest changes the file keeps for feeds that look back.
const KEPT_CHANGES: i64 = 100_000;
/// Connections for short reads: no more run at one time than the program has threads.
const POINT_READERS: u32 = 4;
/// Connections for longer reads: no more than this run beside each other, whoever asks.
const SCAN_READERS: u32 = 4;

/// The embedded store.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    writer: WriterHandle,
    points: Arc<ReaderPool>,
    scans: Arc<ReaderPool>,
    /// Answers to idempotency keys that are kept at most.
    kept_answers: u64,
    /// How long what is put into a cart is kept for it.
    hold: HoldLength,
    metrics: StoreMetrics,
}

impl SqliteStore {
    /// Opens or makes the file, and holds it against other processes; what is put into carts is kept for
    /// so long.
    ///
    /// # Errors
    /// The path cannot be used, the file is no database of ours or a newer one, or another process
    /// has it.
    pub fn open(path: &Path, hold: HoldLength) -> Result<Self, OpenError> {
        Self::open_measured(path, hold, StoreMetrics::default())
    }

    /// The same, counting what the store does.
    ///
    /// # Errors
    /// As for [`SqliteStore::open`].
    pub fn open_measured(
        path: &Path,
        hold: HoldLength,
        metrics: StoreMetrics,
    ) -> Result<Self, OpenError> {
        let path = connection::resolve(path)?;
        Self::start(path, hold, KEPT_CHANGES, metrics, |_| Ok(()))
    }

    /// The same, for proofs alone: `moment` is called on the writer's thread before and after each of
    /// its statements, when the file is what a crash at that moment would leave.
    ///
    /// # Errors
    /// As for [`SqliteStore::open`].
    #[doc(hidden)]
    pub fn open_watched(
        path: &Path,
        hold: HoldLength,
        moment: impl FnMut() + Send + 'static,
    ) -> Result<Self, OpenError> {
        let path = connection::resolve(path)?;
        let metrics = StoreMetrics::default();
        Self::start(path, hold, KEPT_CHANGES, metrics, |conn| {
            connection::watch(conn, moment)
        })
    }

    #[cfg(test)]
    fn open_keeping(path: &Path, hold: HoldLength, kept_changes: i64) -> Result<Self, OpenError> {
        let (path, metrics) = (connection::resolve(path)?, StoreMetrics::default());
        Self::start(path, hold, kept_changes, metrics, |_| Ok(()))
    }

    fn start(
        path: PathBuf,
        hold: HoldLength,
        kept_changes: i64,
        metrics: StoreMetrics,
        prepare: impl FnOnce(&mut Connection) -> rusqlite::Result<()>,
    ) -> Result<Self, OpenError> {
        let lock = FileLock::take(&path)?;
        let mut conn = connection::open_writer(&path)?;
        let told = |error: rusqlite::Error| {
            OpenError::new(format!("cannot read {}: {error}", path.display()))
        };
        prepare(&mut conn).map_err(told)?;
        let retention = Retention::new(&conn, kept_changes).map_err(told)?;
        let points = ReaderPool::open(&path, POINT_READERS, &metrics).map_err(told)?;
        let scans = ReaderPool::open(&path, SCAN_READERS, &metrics).map_err(told)?;
        let writer = WriterHandle::start(conn, lock, retention, &metrics)
            .map_err(|error| OpenError::new(format!("cannot start the writer: {error}")))?;
        Ok(Self {
            path,
            writer,
            points,
            scans,
            kept_answers: MAX_KEPT,
            hold,
            metrics,
        })
    }
}

#[async_trait]
impl StoreLifecycle for SqliteStore {
    async fn ping(&self) -> StoreResult<()> {
        self.points
            .at_once(|conn| Ok(changes::newest(conn)?))
            .await?;
        // A transaction that writes nothing would say nothing about a full disk.
        self.writer
            .write(|conn| {
                conn.prepare_cached("UPDATE pulse SET beat = beat + 1")?
                    .execute([])?;
                Ok(())
            })
            .await
    }

    async fn close(&self) {
        // Readers first: the last connection to go moves the log into the file.
        self.points.close().await;
        self.scans.close().await;
        self.writer.stop().await;
    }

    fn describe(&self) -> String {
        format!("SQLite file {}", self.path.display())
    }
}
