//! What ends by itself: one task that looks after holds and carts whose time is over. Every server of
//! a shop has one; the store sees to it that each ends once.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::containment::contained;
use crate::metrics::StoreMetrics;
use crate::store::{EndedHolds, SharedStore, StoreResult};

/// Carts of which holds end at one time.
const HOLDS: u32 = 100;
/// Carts that end at one time.
const CARTS: u32 = 100;
/// How long a hold that is over may wait to be ended.
const PATIENCE: Duration = Duration::from_millis(1_000);
/// How often holds are looked after while none can begin.
const RARELY: Duration = Duration::from_secs(60);
/// How often carts are looked after.
const CARTS_EVERY: Duration = Duration::from_secs(60);
/// How soon it is looked again where others came between: twice as long each time, up to this.
const AGAIN: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));
/// How long to wait before a store is asked again that failed.
const RETRY: Duration = Duration::from_millis(500);

/// The task.
#[derive(Debug)]
pub struct Expiry {
    store: StoreOfExpiry,
    holds_begin: bool,
    carts_due: Instant,
    again: Duration,
    failing: bool,
    metrics: StoreMetrics,
}

/// Shows what a store is, where a store itself has nothing to show.
struct StoreOfExpiry(SharedStore);

impl std::fmt::Debug for StoreOfExpiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.describe())
    }
}

impl Expiry {
    /// Looks after a store, in which holds begin or only end.
    pub fn new(store: SharedStore, holds_begin: bool, metrics: StoreMetrics) -> Self {
        Self {
            store: StoreOfExpiry(store),
            holds_begin,
            carts_due: Instant::now(),
            again: AGAIN.0,
            failing: false,
            metrics,
        }
    }

    /// Runs until it is dropped.
    pub async fn run(mut self) {
        loop {
            let pause = match contained("what ends holds and carts", self.turn()).await {
                Some(Ok(pause)) => {
                    self.failing = false;
                    pause
                }
                None => RETRY,
                Some(Err(error)) => {
                    error
                        .failure()
                        .into_iter()
                        .for_each(|kind| self.metrics.failed(kind));
                    if !std::mem::replace(&mut self.failing, true) {
                        log::warn!("holds and carts end later: {error}");
                    }
                    RETRY
                }
            };
            sleep(pause).await;
        }
    }

    /// Ends what is over, and tells how long nothing will be.
    async fn turn(&mut self) -> StoreResult<Duration> {
        let store = &self.store.0;
        let now = store.now().await?;
        if Instant::now() >= self.carts_due {
            let ended = store.end_carts(now, CARTS).await?;
            self.metrics.carts_ended.inc_by(u64::from(ended));
            if ended < CARTS {
                self.carts_due = Instant::now() + CARTS_EVERY;
            }
        }
        let looked = Instant::now();
        let EndedHolds { ended, next } = store.end_holds(now, HOLDS).await?;
        self.metrics.holds_ended.inc_by(u64::from(ended));
        if ended > 0 {
            log::debug!("holds ended: {ended}");
        }
        let longest = if self.holds_begin { PATIENCE } else { RARELY };
        let in_vain = ended == 0 && next.is_some_and(|next| next <= now);
        let again = std::mem::replace(&mut self.again, AGAIN.0);
        if in_vain {
            self.again = (again * 2).min(AGAIN.1);
            return Ok(again);
        }
        let Some(next) = next else {
            return Ok(longest);
        };
        let left = u64::try_from(next.millis() - now.millis()).unwrap_or_default();
        let pause = Duration::from_millis(left).saturating_sub(looked.elapsed());
        let least = if ended > 0 { Duration::ZERO } else { AGAIN.0 };
        Ok(pause.clamp(least, longest))
    }
}
