//! Pools of connections that only read.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::connection::open_reader;
use super::error;
use crate::metrics::{InFlightGauge, StoreMetrics};
use crate::store::{StoreError, StoreResult};

/// Callers that may wait; more are refused at once.
const MAX_WAITING: usize = 4_096;
/// How long a caller waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// A bounded number of reading connections. Callers wait while all are in use.
#[derive(Debug)]
pub(super) struct ReaderPool {
    idle: Mutex<Vec<Connection>>,
    /// One for each connection.
    pub(super) permits: Arc<Semaphore>,
    /// One for each caller that may wait.
    waiting: Semaphore,
    pub(super) size: u32,
    metrics: StoreMetrics,
}

impl ReaderPool {
    /// Opens `size` connections.
    pub(super) fn open(
        path: &Path,
        size: u32,
        metrics: &StoreMetrics,
    ) -> rusqlite::Result<Arc<Self>> {
        let idle = (0..size)
            .map(|_| open_reader(path))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Arc::new(Self {
            permits: Arc::new(Semaphore::new(idle.len())),
            waiting: Semaphore::new(MAX_WAITING),
            idle: Mutex::new(idle),
            size,
            metrics: metrics.clone(),
        }))
    }

    /// Reads on the caller's thread: for reads that are cheaper inline than through
    /// `spawn_blocking`.
    pub(super) async fn read_inline<T>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> StoreResult<T>,
    ) -> StoreResult<T> {
        self.acquire().await?.run(work)
    }

    /// Reads on a thread for blocking work: for reads that may scan many rows.
    pub(super) async fn read_blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let conn = self.acquire().await?;
        tokio::task::spawn_blocking(move || conn.run(work))
            .await
            .unwrap_or_else(|error| Err(StoreError::Unavailable(error.into())))
    }

    /// Waits for running reads, then closes the connections. Later reads are refused.
    pub(super) async fn close(&self) {
        if self.permits.acquire_many(self.size).await.is_ok() {
            self.permits.close();
            self.connections().clear();
        }
    }

    /// Whether [`ReaderPool::close`] has run.
    pub(super) fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }

    async fn acquire(self: &Arc<Self>) -> StoreResult<PooledConnection> {
        let in_flight = self.metrics.begin();
        let permit = self.permit().await?;
        let conn = self.connections().pop();
        Ok(PooledConnection {
            pool: Arc::clone(self),
            conn: Some(conn.ok_or_else(error::closed)?),
            _permit: permit,
            _in_flight: in_flight,
        })
    }

    async fn permit(&self) -> StoreResult<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        let _waiting = self
            .waiting
            .try_acquire()
            .map_err(|_| error::overloaded())?;
        let permit = timeout(ACQUIRE_TIMEOUT, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = permit.map_err(|_| error::overloaded())?;
        permit.map_err(|_| error::closed())
    }

    fn connections(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that returns to its pool when it is dropped, also by a cancelled future or a panic.
struct PooledConnection {
    pool: Arc<ReaderPool>,
    conn: Option<Connection>,
    _permit: OwnedSemaphorePermit,
    _in_flight: InFlightGauge,
}

impl PooledConnection {
    fn run<T>(self, work: impl FnOnce(&Connection) -> StoreResult<T>) -> StoreResult<T> {
        let conn = self.conn.as_ref().ok_or_else(error::closed)?;
        catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or_else(|_| Err(error::panicked()))
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        self.pool.connections().extend(self.conn.take());
    }
}

/// One state of the database for several statements, until it is dropped.
pub(super) fn snapshot(conn: &Connection) -> rusqlite::Result<Transaction<'_>> {
    conn.unchecked_transaction()
}
