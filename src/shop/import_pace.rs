//! Paces an import, so that the shop stays fast meanwhile.

use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{sleep, timeout};

use crate::realtime::DeliveryProgress;

/// Most rows of a commit: it keeps the store's writer busy for only a few milliseconds.
const MAX_ROWS: usize = 100;
/// Fewest rows of a commit, and the rows of the first one, before the cost of delivery is known. A
/// socket gets this many in one write, which costs little more than a single one.
const MIN_ROWS: usize = 10;
/// How long the delivery of one commit may keep a worker busy; its other clients wait meanwhile.
const MAX_DELIVERY: Duration = Duration::from_millis(10);
/// An import pauses for this many times its own share of a worker's time.
const PAUSE_FACTOR: u32 = 9;
/// Sockets that start again from a snapshot never get the frames of a commit.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(1);

/// Makes an import commit in small batches, wait for the delivery of each, and pause in proportion.
pub(super) struct ImportPacer {
    /// The right to run.
    _permit: OwnedSemaphorePermit,
    progress: watch::Receiver<DeliveryProgress>,
    rows: usize,
}

/// The state before a commit.
pub(super) struct CommitTiming {
    started: Instant,
    delivered: DeliveryProgress,
}

impl ImportPacer {
    pub(super) fn new(
        permit: OwnedSemaphorePermit,
        progress: watch::Receiver<DeliveryProgress>,
    ) -> Self {
        Self {
            _permit: permit,
            progress,
            rows: MIN_ROWS,
        }
    }

    /// Rows of the next commit.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// A copy, because a borrow of the watched value would block the worker.
    fn delivered(&self) -> DeliveryProgress {
        *self.progress.borrow()
    }

    /// Call before a commit.
    pub(super) fn begin(&self) -> CommitTiming {
        CommitTiming {
            started: Instant::now(),
            delivered: self.delivered(),
        }
    }

    /// Call after a commit: waits until its changes are delivered, and then leaves the store and
    /// the worker to other clients for a time.
    pub(super) async fn pause(&mut self, timing: &CommitTiming, changes: u64) {
        let commit = timing.started.elapsed();
        let due = timing.delivered.frames + changes;
        let is_delivered = self.progress.wait_for(|progress| progress.frames >= due);
        // After a timeout the import continues too.
        let _ = timeout(DELIVERY_TIMEOUT, is_delivered).await;
        let delivery = self.delivered().time - timing.delivered.time + worker_delay().await;
        self.rows = next_rows(self.rows, delivery);
        sleep(commit + delivery * PAUSE_FACTOR).await;
    }
}

/// How long the worker runs other tasks before it returns to this one.
async fn worker_delay() -> Duration {
    let started = Instant::now();
    tokio::task::yield_now().await;
    started.elapsed()
}

/// Half as many rows after a slow delivery, twice as many after a fast one.
fn next_rows(rows: usize, delivery: Duration) -> usize {
    if delivery > MAX_DELIVERY {
        (rows / 2).max(MIN_ROWS)
    } else if delivery < MAX_DELIVERY / 4 {
        (rows * 2).min(MAX_ROWS)
    } else {
        rows
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;

    fn pacer(progress: &watch::Sender<DeliveryProgress>) -> ImportPacer {
        let permit = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        ImportPacer::new(permit, progress.subscribe())
    }

    fn deliver(progress: &watch::Sender<DeliveryProgress>, frames: u64, time: Duration) {
        progress.send_modify(|progress| {
            progress.frames += frames;
            progress.time += time;
        });
    }

    #[tokio::test]
    async fn a_pause_lasts_until_all_changes_are_delivered() {
        let progress = watch::Sender::default();
        let mut pacer = pacer(&progress);
        let timing = pacer.begin();
        deliver(&progress, 2, Duration::ZERO);
        let mut pause = std::pin::pin!(pacer.pause(&timing, 3));
        let waiting = timeout(DELIVERY_TIMEOUT / 2, &mut pause).await;
        assert!(waiting.is_err(), "one of three is not delivered");
        deliver(&progress, 1, Duration::ZERO);
        assert!(timeout(DELIVERY_TIMEOUT / 4, pause).await.is_ok());
    }

    #[tokio::test]
    async fn a_pause_ends_without_delivery_too() {
        let progress = watch::Sender::default();
        let mut pacer = pacer(&progress);
        let pause = timeout(DELIVERY_TIMEOUT * 2, async {
            let timing = pacer.begin();
            pacer.pause(&timing, 3).await;
        });
        assert!(pause.await.is_ok());
    }

    #[tokio::test]
    async fn a_pause_is_proportional_to_the_delivery() {
        let progress = watch::Sender::default();
        let mut pacer = pacer(&progress);
        let timing = pacer.begin();
        let delivery = Duration::from_millis(40);
        deliver(&progress, 3, delivery);
        let started = tokio::time::Instant::now();
        pacer.pause(&timing, 3).await;
        let elapsed = started.elapsed();
        assert!(elapsed >= delivery * PAUSE_FACTOR, "{elapsed:?}");
    }

    /// Both run on one thread: a lock held during the pause would block the delivery forever.
    #[test]
    fn delivery_continues_during_a_pause() {
        let (end_tx, end_rx) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap();
            runtime.block_on(async {
                let progress = watch::Sender::default();
                let mut pacer = pacer(&progress);
                let timing = pacer.begin();
                let delivery = async {
                    for _ in 0..10 {
                        tokio::task::yield_now().await;
                        deliver(&progress, 1, Duration::ZERO);
                    }
                };
                tokio::join!(pacer.pause(&timing, 0), delivery);
            });
            end_tx.send(()).unwrap();
        });
        let ended = end_rx.recv_timeout(Duration::from_secs(10));
        assert!(ended.is_ok(), "a lock is held over an await");
    }

    #[test]
    fn the_size_of_a_commit_depends_on_the_delivery() {
        assert_eq!(next_rows(40, MAX_DELIVERY * 2), 20);
        assert_eq!(next_rows(MIN_ROWS, MAX_DELIVERY * 2), MIN_ROWS);
        assert_eq!(next_rows(40, MAX_DELIVERY / 2), 40);
        assert_eq!(next_rows(40, MAX_DELIVERY / 8), 80);
        assert_eq!(next_rows(80, Duration::ZERO), MAX_ROWS);
    }
}
