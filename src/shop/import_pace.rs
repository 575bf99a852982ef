//! How an import leaves room for those who shop meanwhile.

use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{sleep, timeout};

use crate::realtime::Told;

/// Rows of a commit, at most: the store's writer is free again after a few milliseconds.
const MOST_ROWS: usize = 100;
/// Rows at least, and those of the first one, of which nobody knows yet how many pages will be told. A page is told
/// of so many in one write, which costs it little more than one of them.
const LEAST_ROWS: usize = 10;
/// How long a worker's sockets may keep it with the rows of one commit; whatever else it serves waits as long.
const TELLING: Duration = Duration::from_millis(10);
/// Of the time of a worker, an import takes one part in so many and one more.
const SHARE: u32 = 9;
/// Pages that begin anew are never told what was stored meanwhile.
const PATIENCE: Duration = Duration::from_secs(1);

/// Small commits, each of which the pages are told of before the next, and a rest in proportion.
pub(super) struct Pace {
    /// The right to run.
    _turn: OwnedSemaphorePermit,
    pages: watch::Receiver<Told>,
    rows: usize,
}

/// A commit that begins.
pub(super) struct Begun {
    at: Instant,
    told: Told,
}

impl Pace {
    pub(super) fn new(turn: OwnedSemaphorePermit, pages: watch::Receiver<Told>) -> Self {
        Self {
            _turn: turn,
            pages,
            rows: LEAST_ROWS,
        }
    }

    /// Rows of the next commit.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// A copy: what is borrowed from `pages` keeps the worker from telling on.
    fn told(&self) -> Told {
        *self.pages.borrow()
    }

    /// To be called before a commit.
    pub(super) fn begin(&self) -> Begun {
        Begun {
            at: Instant::now(),
            told: self.told(),
        }
    }

    /// To be called after it: waits until the pages were told of its changes, and leaves the store and the
    /// worker to others for a time.
    pub(super) async fn rest(&mut self, begun: &Begun, changes: u64) {
        let commit = begun.at.elapsed();
        let due = begun.told.frames + changes;
        // Late or never: the next commit may come either way.
        let _ = timeout(PATIENCE, self.pages.wait_for(|told| told.frames >= due)).await;
        let telling = self.told().time - begun.told.time + turn_of_others().await;
        self.rows = next_rows(self.rows, telling);
        sleep(commit + telling * SHARE).await;
    }
}

/// How long the worker serves others before it comes back to this.
async fn turn_of_others() -> Duration {
    let began = Instant::now();
    tokio::task::yield_now().await;
    began.elapsed()
}

/// Half as many rows where pages took too long to be told, twice as many where they took little of what they may.
fn next_rows(rows: usize, telling: Duration) -> usize {
    if telling > TELLING {
        (rows / 2).max(LEAST_ROWS)
    } else if telling < TELLING / 4 {
        (rows * 2).min(MOST_ROWS)
    } else {
        rows
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;

    fn pace(pages: &watch::Sender<Told>) -> Pace {
        let turn = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        Pace::new(turn, pages.subscribe())
    }

    fn tell(pages: &watch::Sender<Told>, frames: u64, time: Duration) {
        pages.send_modify(|told| {
            told.frames += frames;
            told.time += time;
        });
    }

    #[tokio::test]
    async fn the_pages_are_told_before_the_next_commit() {
        let pages = watch::Sender::default();
        let mut pace = pace(&pages);
        let begun = pace.begin();
        tell(&pages, 2, Duration::ZERO);
        let mut rest = std::pin::pin!(pace.rest(&begun, 3));
        let waits = timeout(PATIENCE / 2, &mut rest).await;
        assert!(waits.is_err(), "one of three is not told");
        tell(&pages, 1, Duration::ZERO);
        assert!(timeout(PATIENCE / 4, rest).await.is_ok());
    }

    #[tokio::test]
    async fn pages_that_begin_anew_are_not_waited_for() {
        let pages = watch::Sender::default();
        let mut pace = pace(&pages);
        let rest = timeout(PATIENCE * 2, async {
            let begun = pace.begin();
            pace.rest(&begun, 3).await;
        });
        assert!(rest.await.is_ok());
    }

    #[tokio::test]
    async fn it_rests_in_proportion_to_what_the_pages_took() {
        let pages = watch::Sender::default();
        let mut pace = pace(&pages);
        let begun = pace.begin();
        let telling = Duration::from_millis(40);
        tell(&pages, 3, telling);
        let began = tokio::time::Instant::now();
        pace.rest(&begun, 3).await;
        assert!(began.elapsed() >= telling * SHARE, "{:?}", began.elapsed());
    }

    /// The worker tells on while the import waits for its turn: on one thread, so a lock kept by the one that
    /// waits would never be given back.
    #[test]
    fn pages_are_told_on_while_it_waits_for_its_turn() {
        let (tell_end, ended) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .unwrap();
            runtime.block_on(async {
                let pages = watch::Sender::default();
                let mut pace = pace(&pages);
                let begun = pace.begin();
                let telling = async {
                    for _ in 0..10 {
                        tokio::task::yield_now().await;
                        tell(&pages, 1, Duration::ZERO);
                    }
                };
                tokio::join!(pace.rest(&begun, 0), telling);
            });
            tell_end.send(()).unwrap();
        });
        let ended = ended.recv_timeout(Duration::from_secs(10));
        assert!(ended.is_ok(), "a lock is kept over a wait");
    }

    #[test]
    fn rows_of_a_commit_follow_what_the_pages_take() {
        assert_eq!(next_rows(40, TELLING * 2), 20);
        assert_eq!(next_rows(LEAST_ROWS, TELLING * 2), LEAST_ROWS);
        assert_eq!(next_rows(40, TELLING / 2), 40);
        assert_eq!(next_rows(40, TELLING / 8), 80);
        assert_eq!(next_rows(80, Duration::ZERO), MOST_ROWS);
    }
}
