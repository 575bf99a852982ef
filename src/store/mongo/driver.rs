//! The driver's thread, and the bounds of every operation on it.
//!
//! The driver's connections belong to one runtime. It has a thread of its own, so that they serve
//! every worker and outlive each. Dropping one of the driver's futures half way may leave its
//! connection in a bad state. So an operation is a task of that thread and the caller waits for
//! the task: a caller that is dropped, or stops waiting after [`LIMIT`], does not cancel it.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout, timeout_at};

use super::error::unavailable;
use crate::metrics::StoreMetrics;
use crate::store::{StoreError, StoreResult};

/// Connections of one process.
pub(super) const POOL: u32 = 32;
/// Operations at a time. The rest of the pool serves feeds, chat batches and health checks.
pub(super) const OPERATIONS: u32 = 26;
/// Callers that may wait for a permit; further ones are refused at once.
const MAX_WAITING: usize = 4_096;
/// How long a caller waits for a permit.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a caller waits in all.
pub(super) const LIMIT: Duration = Duration::from_millis(4_000);
/// How long an operation may retry, so that it still ends within [`LIMIT`].
pub(super) const RETRY_FOR: Duration = Duration::from_millis(3_000);
/// How long the server may spend on one command. After [`LIMIT`] nobody waits for it.
pub(super) const SERVER_LIMIT: Duration = Duration::from_millis(3_500);
/// An operation is abandoned only when its connection must be dead: a live server has replied by
/// then, if only that the command ran out of time.
const ABANDON_AFTER: Duration = Duration::from_secs(8);

/// The driver's thread and the permits of operations.
#[derive(Debug)]
pub(super) struct Driver {
    handle: Handle,
    permits: Arc<Semaphore>,
    /// Permits to wait for a permit.
    waiting: Semaphore,
    metrics: StoreMetrics,
    stop: Mutex<Option<oneshot::Sender<()>>>,
}

impl Driver {
    /// Starts the thread.
    pub(super) fn start(metrics: StoreMetrics) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        std::thread::Builder::new()
            .name("mongodb".into())
            .spawn(move || {
                // Ends when the sender is dropped.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_background();
            })?;
        Ok(Self {
            handle,
            permits: Arc::new(Semaphore::new(OPERATIONS as usize)),
            waiting: Semaphore::new(MAX_WAITING),
            metrics,
            stop: Mutex::new(Some(stop)),
        })
    }

    /// Spawns background tasks.
    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs an operation for at most [`LIMIT`].
    pub(super) async fn run<T: Send + 'static>(
        &self,
        operation: impl Future<Output = StoreResult<T>> + Send + 'static,
    ) -> StoreResult<T> {
        let _in_flight = self.metrics.begin();
        let asked = Instant::now();
        let result = self.run_until(asked + LIMIT, operation).await;
        self.metrics.operation_time.record(asked.elapsed());
        result
    }

    async fn run_until<T: Send + 'static>(
        &self,
        deadline: Instant,
        operation: impl Future<Output = StoreResult<T>> + Send + 'static,
    ) -> StoreResult<T> {
        let permit = self.permit().await?;
        let task = self.handle.spawn(async move {
            let result = timeout(ABANDON_AFTER, operation).await;
            drop(permit);
            result.unwrap_or_else(|_| Err(timed_out()))
        });
        match timeout_at(deadline, task).await {
            Ok(Ok(result)) => result,
            Ok(Err(failure)) if failure.is_panic() => Err(StoreError::Internal(failure.into())),
            Ok(Err(_)) => Err(closed()),
            Err(_) => Err(timed_out()),
        }
    }

    async fn permit(&self) -> StoreResult<OwnedSemaphorePermit> {
        if let Ok(permit) = self.permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let overloaded = || unavailable("too many operations are waiting for the database");
        let _waiting = self.waiting.try_acquire().map_err(|_| overloaded())?;
        let permit = timeout(ACQUIRE_TIMEOUT, self.permits.clone().acquire_owned()).await;
        permit.map_err(|_| overloaded())?.map_err(|_| closed())
    }

    /// Runs the store's own work, which needs no permit and has its own time limit.
    pub(super) async fn run_within<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl Future<Output = T> + Send + 'static,
    ) -> StoreResult<T> {
        with_deadline(&self.handle, limit, work).await
    }

    /// Waits until no operation runs. One whose caller has timed out may still run.
    #[cfg(test)]
    pub(super) async fn idle(&self) {
        let all = self.permits.acquire_many(OPERATIONS).await;
        drop(all.expect("a driver that runs"));
    }

    /// Accepts no more operations, and waits for those that run, at most as long as given.
    pub(super) async fn finish(&self, limit: Duration) {
        let all = self.permits.acquire_many(OPERATIONS);
        let finished = timeout(limit, all).await;
        self.permits.close();
        drop(finished);
    }

    /// Ends the thread and everything on it.
    pub(super) fn stop(&self) {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        stop.take();
    }
}

/// Runs work as a task of its own, and waits for it at most as long as given.
pub(super) async fn with_deadline<T: Send + 'static>(
    handle: &Handle,
    limit: Duration,
    work: impl Future<Output = T> + Send + 'static,
) -> StoreResult<T> {
    let task = handle.spawn(timeout(limit + ABANDON_AFTER, work));
    match timeout(limit, task).await {
        Ok(Ok(Ok(result))) => Ok(result),
        Ok(Ok(Err(_))) | Err(_) => Err(timed_out()),
        Ok(Err(failure)) if failure.is_panic() => Err(StoreError::Internal(failure.into())),
        Ok(Err(_)) => Err(closed()),
    }
}

fn timed_out() -> StoreError {
    unavailable("the database did not respond in time")
}

/// The error of every call after the store was closed.
pub(super) fn closed() -> StoreError {
    unavailable("the store is closed")
}
