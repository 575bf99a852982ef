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
use crate::metrics::{StoreMetrics, UnderWay};
use crate::store::{StoreError, StoreResult};

/// Callers that may wait; beyond that they are refused at once.
const WAITING: usize = 4_096;
/// How long a caller waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// A bounded number of reading connections. Whoever finds none idle waits for its turn.
#[derive(Debug)]
pub(super) struct ReaderPool {
    idle: Mutex<Vec<Connection>>,
    pub(super) turns: Arc<Semaphore>,
    /// Places to wait for a turn.
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
            turns: Arc::new(Semaphore::new(idle.len())),
            waiting: Semaphore::new(WAITING),
            idle: Mutex::new(idle),
            size,
            metrics: metrics.clone(),
        }))
    }

    /// Reads on the caller's own thread: for what is done sooner than it is passed to another thread
    /// and back.
    pub(super) async fn at_once<T>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> StoreResult<T>,
    ) -> StoreResult<T> {
        self.lease().await?.run(work)
    }

    /// Reads on a thread for blocking work: for everything that may walk through many rows.
    pub(super) async fn aside<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let lease = self.lease().await?;
        tokio::task::spawn_blocking(move || lease.run(work))
            .await
            .unwrap_or_else(|error| Err(StoreError::Unavailable(error.into())))
    }

    /// Waits for the reads that run, then closes the connections. Later reads are refused.
    pub(super) async fn close(&self) {
        if self.turns.acquire_many(self.size).await.is_ok() {
            self.turns.close();
            self.connections().clear();
        }
    }

    /// Whether [`ReaderPool::close`] has run.
    pub(super) fn is_closed(&self) -> bool {
        self.turns.is_closed()
    }

    async fn lease(self: &Arc<Self>) -> StoreResult<Lease> {
        let under_way = self.metrics.begin();
        let turn = self.turn().await?;
        let conn = self.connections().pop();
        Ok(Lease {
            pool: Arc::clone(self),
            conn: Some(conn.ok_or_else(error::closed)?),
            _turn: turn,
            _under_way: under_way,
        })
    }

    async fn turn(&self) -> StoreResult<OwnedSemaphorePermit> {
        if let Ok(turn) = Arc::clone(&self.turns).try_acquire_owned() {
            return Ok(turn);
        }
        let _place = self.waiting.try_acquire().map_err(|_| error::behind())?;
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| error::behind())?;
        turn.map_err(|_| error::closed())
    }

    fn connections(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that goes back to its pool, also when the future or the thread that holds it ends
/// early.
struct Lease {
    pool: Arc<ReaderPool>,
    conn: Option<Connection>,
    _turn: OwnedSemaphorePermit,
    _under_way: UnderWay,
}

impl Lease {
    fn run<T>(self, work: impl FnOnce(&Connection) -> StoreResult<T>) -> StoreResult<T> {
        let conn = self.conn.as_ref().ok_or_else(error::closed)?;
        catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or_else(|_| Err(error::panicked()))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.connections().extend(self.conn.take());
    }
}

/// One state of the database for several statements; ends when it is dropped.
pub(super) fn snapshot(conn: &Connection) -> rusqlite::Result<Transaction<'_>> {
    conn.unchecked_transaction()
}
