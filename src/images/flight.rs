//! One run for all who want the same thing at the same time.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::sync::oneshot;

use super::name::PlainName;
use super::variant::Width;

/// What is made: one variant of one image.
pub(super) type Key = (Width, PlainName);

/// How it went, for all who waited.
type Landing = Result<(), Arc<io::Error>>;

/// A run as those see it who wait for it.
type Flight = Shared<BoxFuture<'static, Landing>>;

/// The runs under way.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Key, Flight>>);

impl Flights {
    /// Waits for the run for this key; starts it where there is none. It runs to its end even
    /// when all who wait for it have gone.
    pub(super) async fn join<F>(
        self: &Arc<Self>,
        key: Key,
        run: impl FnOnce() -> F,
    ) -> io::Result<()>
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let (flight, takeoff) = self.board(&key);
        if let Some(landing) = takeoff {
            let landed = Landed(self.clone(), key);
            let run = run();
            tokio::spawn(async move {
                let outcome = run.await.map_err(Arc::new);
                // First off the list, so that whoever comes now starts a run of his own.
                drop(landed);
                // An error means that nobody waits any more.
                let _ = landing.send(outcome);
            });
        }
        flight
            .await
            .map_err(|error| io::Error::new(error.kind(), error))
    }

    /// The run for this key; with it, for whoever comes first, the duty to start it. Starting is
    /// left for after the lock: a runtime that is closing drops a new task on the spot.
    fn board(&self, key: &Key) -> (Flight, Option<oneshot::Sender<Landing>>) {
        let mut flights = self.lock();
        if let Some(flight) = flights.get(key) {
            return (flight.clone(), None);
        }
        let (landing, landed) = oneshot::channel();
        let flight = landed
            .map(|outcome: Result<Landing, _>| {
                outcome.unwrap_or_else(|lost| Err(Arc::new(io::Error::other(lost))))
            })
            .boxed()
            .shared();
        flights.insert(key.clone(), flight.clone());
        (flight, Some(landing))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Flights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.lock().keys()).finish()
    }
}

/// Takes a run off the list however it ends.
struct Landed(Arc<Flights>, Key);

impl Drop for Landed {
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
        (Width::W320, PlainName::parse(name).unwrap())
    }

    #[tokio::test]
    async fn all_who_wait_share_one_run_and_its_outcome() {
        let flights = Arc::new(Flights::default());
        let (runs, start) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let waiting = (0..50).map(|_| {
            flights.join(key("a.png"), || {
                let (runs, start) = (runs.clone(), start.clone());
                async move {
                    start.notified().await;
                    runs.fetch_add(1, Ordering::SeqCst);
                    Err(io::ErrorKind::StorageFull.into())
                }
            })
        });
        let (outcomes, ()) = futures_util::join!(join_all(waiting), async { start.notify_one() });
        for outcome in outcomes {
            assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::StorageFull);
        }
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        flights
            .join(key("a.png"), || async { Ok(()) })
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_run_goes_on_without_those_who_asked() {
        let flights = Arc::new(Flights::default());
        let (start, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (gate, end) = (start.clone(), done.clone());
        let asked = flights.join(key("a.png"), || async move {
            gate.notified().await;
            end.notify_one();
            Ok(())
        });
        let mut asked = Box::pin(asked);
        assert!(futures_util::poll!(&mut asked).is_pending());
        drop(asked);
        start.notify_one();
        done.notified().await;
    }

    #[tokio::test]
    async fn a_run_that_panics_is_an_error_and_is_forgotten() {
        let flights = Arc::new(Flights::default());
        let outcome = flights.join(key("a.png"), || async { panic!("on purpose") });
        assert!(outcome.await.is_err());
        flights
            .join(key("a.png"), || async { Ok(()) })
            .await
            .unwrap();
    }
}
