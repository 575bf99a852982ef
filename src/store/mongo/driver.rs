//! The bounds of every operation.
//!
//! The driver lives on a thread of its own: its connections belong to one runtime, whichever
//! worker asks, and stay alive when a worker stops. Dropping one of its futures half way may leave
//! it in a bad state, so an operation is a task of that thread, and the caller waits for the task:
//! a caller that goes away, or gives up after [`LIMIT`], takes nothing with it.

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
/// Operations at once. The rest of the pool is for feeds, the chat's batches and health checks.
pub(super) const OPERATIONS: u32 = 26;
/// Callers that may wait for a place; beyond that they are refused at once.
const WAITING: usize = 4_096;
/// How long a caller waits for a place among the operations.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a caller waits in all.
pub(super) const LIMIT: Duration = Duration::from_millis(4_000);
/// How long an operation may try again; it then still ends within [`LIMIT`].
pub(super) const RETRY_FOR: Duration = Duration::from_millis(3_000);
/// What a server may spend on one command. Beyond [`LIMIT`] nobody waits for it.
pub(super) const SERVER_LIMIT: Duration = Duration::from_millis(3_500);
/// An operation that nobody waits for is given up only when its connection must be dead: a server
/// that lives has answered by then, if only that it ran out of time.
const ABANDON_AFTER: Duration = Duration::from_secs(8);

/// The driver's thread, and the places for operations on it.
#[derive(Debug)]
pub(super) struct Driver {
    handle: Handle,
    places: Arc<Semaphore>,
    /// Places to wait for one.
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
                // Ends when the sender is used or dropped.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_background();
            })?;
        Ok(Self {
            handle,
            places: Arc::new(Semaphore::new(OPERATIONS as usize)),
            waiting: Semaphore::new(WAITING),
            metrics,
            stop: Mutex::new(Some(stop)),
        })
    }

    /// Where tasks that are no operations are spawned.
    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs an operation, at most [`LIMIT`] long.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        operation: impl Future<Output = StoreResult<T>> + Send + 'static,
    ) -> StoreResult<T> {
        let _under_way = self.metrics.begin();
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
        let place = self.place().await?;
        let task = self.handle.spawn(async move {
            let result = timeout(ABANDON_AFTER, operation).await;
            drop(place);
            result.unwrap_or_else(|_| Err(timed_out()))
        });
        match timeout_at(deadline, task).await {
            Ok(Ok(result)) => result,
            Ok(Err(failure)) if failure.is_panic() => Err(StoreError::Internal(failure.into())),
            Ok(Err(_)) => Err(closed()),
            Err(_) => Err(timed_out()),
        }
    }

    async fn place(&self) -> StoreResult<OwnedSemaphorePermit> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Ok(place);
        }
        let overloaded = || unavailable("too many operations wait for the database");
        let _waiting = self.waiting.try_acquire().map_err(|_| overloaded())?;
        let place = timeout(ACQUIRE_TIMEOUT, self.places.clone().acquire_owned()).await;
        place.map_err(|_| overloaded())?.map_err(|_| closed())
    }

    /// Runs what is no client's operation and needs no place, with a limit of its own.
    pub(super) async fn run_within<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl Future<Output = T> + Send + 'static,
    ) -> StoreResult<T> {
        with_deadline(&self.handle, limit, work).await
    }

    /// Waits until no operation runs: who was told that one took too long has not seen its end.
    #[cfg(test)]
    pub(super) async fn settled(&self) {
        let all = self.places.acquire_many(OPERATIONS).await;
        drop(all.expect("a driver that runs"));
    }

    /// Takes no more operations and waits for those that run, within the limit.
    pub(super) async fn finish(&self, limit: Duration) {
        let all = self.places.acquire_many(OPERATIONS);
        let finished = timeout(limit, all).await;
        self.places.close();
        drop(finished);
    }

    /// Ends the thread and whatever still runs on it.
    pub(super) fn stop(&self) {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        stop.take();
    }
}

/// Runs work as a task of its own and waits for it no longer than the limit.
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
    unavailable("the database did not answer in time")
}

/// The answer to every call after the store was closed.
pub(super) fn closed() -> StoreError {
    unavailable("the store is closed")
}
