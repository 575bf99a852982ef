//! Merges concurrent requests for the same variant into one run.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::sync::oneshot;

use super::name::SafeFileName;
use super::width::Width;

pub(super) type Key = (Width, SafeFileName);

/// The result of a run, shared by all waiting requests.
type RunResult = Result<(), Arc<io::Error>>;

type SharedRun = Shared<BoxFuture<'static, RunResult>>;

#[derive(Default)]
pub(super) struct Singleflight(Mutex<HashMap<Key, SharedRun>>);

impl Singleflight {
    /// Waits for the run of this key, and starts it if there is none. It runs to its end even if
    /// all waiting requests are dropped.
    pub(super) async fn join<F>(
        self: &Arc<Self>,
        key: Key,
        run: impl FnOnce() -> F,
    ) -> io::Result<()>
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let (shared, leader) = self.join_or_lead(&key);
        if let Some(tx) = leader {
            let entry = RemoveOnDrop(self.clone(), key);
            let run = run();
            tokio::spawn(async move {
                let result = run.await.map_err(Arc::new);
                // Removed before the result is sent, so that later requests start a new run.
                drop(entry);
                // An error means that all waiting requests were dropped.
                let _ = tx.send(result);
            });
        }
        shared
            .await
            .map_err(|error| io::Error::new(error.kind(), error))
    }

    /// The run of this key. The first caller becomes the leader and gets the sender for the result;
    /// it must start the run after the lock is released, because a runtime that is shutting down
    /// drops a new task at once, and with it [`RemoveOnDrop`].
    fn join_or_lead(&self, key: &Key) -> (SharedRun, Option<oneshot::Sender<RunResult>>) {
        let mut runs = self.lock();
        if let Some(shared) = runs.get(key) {
            return (shared.clone(), None);
        }
        let (tx, rx) = oneshot::channel();
        let shared = rx
            .map(|result: Result<RunResult, _>| {
                result.unwrap_or_else(|dropped| Err(Arc::new(io::Error::other(dropped))))
            })
            .boxed()
            .shared();
        runs.insert(key.clone(), shared.clone());
        (shared, Some(tx))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, SharedRun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes a run from the map, also after a panic.
struct RemoveOnDrop(Arc<Singleflight>, Key);

impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        self.0.lock().remove(&self.1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use tokio::sync::Notify;

    use super::*;

    fn key(name: &str) -> Key {
        (Width::W320, SafeFileName::parse(name).unwrap())
    }

    #[tokio::test]
    async fn concurrent_requests_share_one_run_and_its_result() {
        let singleflight = Arc::new(Singleflight::default());
        let (runs, start) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let waiting = (0..50).map(|_| {
            singleflight.join(key("a.png"), || {
                let (runs, start) = (runs.clone(), start.clone());
                async move {
                    start.notified().await;
                    runs.fetch_add(1, Ordering::SeqCst);
                    Err(io::ErrorKind::StorageFull.into())
                }
            })
        });
        let (results, ()) = futures_util::join!(join_all(waiting), async { start.notify_one() });
        for result in results {
            assert_eq!(result.unwrap_err().kind(), io::ErrorKind::StorageFull);
        }
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        singleflight
            .join(key("a.png"), || async { Ok(()) })
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_run_continues_after_its_requests_are_dropped() {
        let singleflight = Arc::new(Singleflight::default());
        let (start, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (gate, end) = (start.clone(), done.clone());
        let request = singleflight.join(key("a.png"), || async move {
            gate.notified().await;
            end.notify_one();
            Ok(())
        });
        let mut request = Box::pin(request);
        assert!(futures_util::poll!(&mut request).is_pending());
        drop(request);
        start.notify_one();
        done.notified().await;
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_ends_the_run() {
        let singleflight = Arc::new(Singleflight::default());
        let result = singleflight.join(key("a.png"), || async { panic!("on purpose") });
        assert!(result.await.is_err());
        singleflight
            .join(key("a.png"), || async { Ok(()) })
            .await
            .unwrap();
    }
}
