//! Expires holds and carts in the background. Every server of a shop runs this task; the store
//! makes sure that each hold and cart expires once.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::panic_guard::catch_panic;
use crate::domain::timestamp::Timestamp;
use crate::metrics::StoreMetrics;
use crate::store::{ExpiredHolds, SharedStore, StoreResult};

/// Most carts whose holds expire in one round.
const MAX_HOLDS: u32 = 100;
/// Most carts that expire in one round.
const MAX_CARTS: u32 = 100;
/// How long a due hold may wait.
const HOLD_INTERVAL: Duration = Duration::from_millis(1_000);
/// How often holds are checked while new ones cannot begin.
const OLD_HOLD_INTERVAL: Duration = Duration::from_secs(60);
/// How often carts are checked.
const CART_INTERVAL: Duration = Duration::from_secs(60);
/// First pause after a conflict with other writes; it doubles up to [`MAX_BACKOFF`].
const MIN_BACKOFF: Duration = Duration::from_millis(20);
const MAX_BACKOFF: Duration = Duration::from_millis(500);
/// Pause after a failure of the store.
const RETRY: Duration = Duration::from_millis(500);

/// The background task.
pub struct Expiry {
    store: SharedStore,
    holds_begin: bool,
    carts_due: Instant,
    backoff: Duration,
    is_failing: bool,
    metrics: StoreMetrics,
}

impl Expiry {
    /// With `holds_begin` off, the store only has holds from earlier runs.
    pub fn new(store: SharedStore, holds_begin: bool, metrics: StoreMetrics) -> Self {
        Self {
            store,
            holds_begin,
            carts_due: Instant::now(),
            backoff: MIN_BACKOFF,
            is_failing: false,
            metrics,
        }
    }

    /// Runs until it is dropped.
    pub async fn run(mut self) {
        loop {
            let pause = match catch_panic("expiry of holds and carts", self.round()).await {
                Some(Ok(pause)) => {
                    self.is_failing = false;
                    pause
                }
                None => RETRY,
                Some(Err(error)) => {
                    if let Some(kind) = error.failure() {
                        self.metrics.failed(kind);
                    }
                    if !std::mem::replace(&mut self.is_failing, true) {
                        log::warn!("expiring holds failed, retrying: {error}");
                    }
                    RETRY
                }
            };
            sleep(pause).await;
        }
    }

    /// Expires what is due, and returns the pause until the next round.
    async fn round(&mut self) -> StoreResult<Duration> {
        let now = self.store.now().await?;
        if Instant::now() >= self.carts_due {
            let expired = self.store.expire_carts(now, MAX_CARTS).await?;
            self.metrics.carts_ended.inc_by(u64::from(expired));
            if expired < MAX_CARTS {
                self.carts_due = Instant::now() + CART_INTERVAL;
            }
        }
        let started = Instant::now();
        let holds = self.store.expire_holds(now, MAX_HOLDS).await?;
        self.metrics.holds_ended.inc_by(u64::from(holds.expired));
        if holds.expired > 0 {
            log::debug!("holds expired: {}", holds.expired);
        }
        Ok(self.pause(&holds, now, started))
    }

    fn pause(&mut self, holds: &ExpiredHolds, now: Timestamp, started: Instant) -> Duration {
        let is_conflict = holds.expired == 0 && holds.next.is_some_and(|next| next <= now);
        let backoff = std::mem::replace(&mut self.backoff, MIN_BACKOFF);
        if is_conflict {
            self.backoff = (backoff * 2).min(MAX_BACKOFF);
            return backoff;
        }
        let max = if self.holds_begin {
            HOLD_INTERVAL
        } else {
            OLD_HOLD_INTERVAL
        };
        let Some(next) = holds.next else {
            return max;
        };
        let left = u64::try_from(next.millis() - now.millis()).unwrap_or_default();
        let pause = Duration::from_millis(left).saturating_sub(started.elapsed());
        let min = if holds.expired > 0 {
            Duration::ZERO
        } else {
            MIN_BACKOFF
        };
        pause.clamp(min, max)
    }
}
