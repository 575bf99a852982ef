//! The store itself: how it is opened, checked and closed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;

use super::changes::{self, Retention};
use super::connection;
use super::idempotency::Records;
use super::lock::FileLock;
use super::readers::ReaderPool;
use super::writer::WriterHandle;
use crate::domain::hold::HoldLength;
use crate::metrics::StoreMetrics;
use crate::store::{MAX_RECORDS, OpenError, StoreLifecycle, StoreResult};

/// How many of the newest changes the file keeps for feeds that look back.
const KEPT_CHANGES: i64 = 100_000;
/// Connections for short reads: no more run at once than the program has threads.
const POINT_READERS: u32 = 4;
/// Connections for longer reads, which bounds how many run at once.
const SCAN_READERS: u32 = 4;

#[derive(Debug)]
pub struct SqliteStore {
    pub(super) path: PathBuf,
    pub(super) writer: WriterHandle,
    pub(super) points: Arc<ReaderPool>,
    pub(super) scans: Arc<ReaderPool>,
    pub(super) records: Records,
    /// How long items are reserved for a cart.
    pub(super) hold: HoldLength,
    pub(super) metrics: StoreMetrics,
}

impl SqliteStore {
    /// Opens or creates the file and locks it against other processes.
    pub fn open(path: &Path, hold: HoldLength) -> Result<Self, OpenError> {
        Self::open_measured(path, hold, StoreMetrics::default())
    }

    /// Like [`open`](Self::open); the store counts its work.
    pub fn open_measured(
        path: &Path,
        hold: HoldLength,
        metrics: StoreMetrics,
    ) -> Result<Self, OpenError> {
        Self::start(path, hold, KEPT_CHANGES, metrics, |_| Ok(()))
    }

    /// Like [`open`](Self::open), for crash tests: `moment` is called on the writer's thread before
    /// and after each of its statements, when the file is as a crash at that moment would leave it.
    #[doc(hidden)]
    pub fn open_watched(
        path: &Path,
        hold: HoldLength,
        moment: impl FnMut() + Send + 'static,
    ) -> Result<Self, OpenError> {
        let metrics = StoreMetrics::default();
        Self::start(path, hold, KEPT_CHANGES, metrics, |conn| {
            connection::watch(conn, moment)
        })
    }

    #[cfg(test)]
    pub(super) fn open_keeping(
        path: &Path,
        hold: HoldLength,
        kept_changes: i64,
    ) -> Result<Self, OpenError> {
        Self::start(
            path,
            hold,
            kept_changes,
            StoreMetrics::default(),
            |_| Ok(()),
        )
    }

    fn start(
        path: &Path,
        hold: HoldLength,
        kept_changes: i64,
        metrics: StoreMetrics,
        prepare: impl FnOnce(&mut Connection) -> rusqlite::Result<()>,
    ) -> Result<Self, OpenError> {
        let path = connection::resolve(path)?;
        let lock = FileLock::take(&path)?;
        let mut conn = connection::open_writer(&path)?;
        let failed = |error: rusqlite::Error| {
            OpenError::new(format!("cannot read {}: {error}", path.display()))
        };
        prepare(&mut conn).map_err(failed)?;
        let retention = Retention::new(&conn, kept_changes).map_err(failed)?;
        let points = ReaderPool::open(&path, POINT_READERS, &metrics).map_err(failed)?;
        let scans = ReaderPool::open(&path, SCAN_READERS, &metrics).map_err(failed)?;
        let writer = WriterHandle::start(conn, lock, retention, &metrics)
            .map_err(|error| OpenError::new(format!("cannot start the writer: {error}")))?;
        Ok(Self {
            path,
            writer,
            points,
            scans,
            records: Records {
                max: MAX_RECORDS,
                kept: metrics.keys_kept.clone(),
            },
            hold,
            metrics,
        })
    }
}

#[async_trait]
impl StoreLifecycle for SqliteStore {
    async fn ping(&self) -> StoreResult<()> {
        self.points
            .read_inline(|conn| Ok(changes::newest(conn)?))
            .await?;
        // Only a transaction that writes detects a full disk.
        self.writer
            .write(|conn| {
                conn.prepare_cached("UPDATE pulse SET beat = beat + 1")?
                    .execute([])?;
                Ok(())
            })
            .await
    }

    fn is_connected(&self) -> bool {
        true
    }

    async fn close(&self) {
        // Readers first: the last connection to close writes the log into the file.
        self.points.close().await;
        self.scans.close().await;
        self.writer.stop().await;
    }

    fn describe(&self) -> String {
        format!("SQLite file {}", self.path.display())
    }
}
