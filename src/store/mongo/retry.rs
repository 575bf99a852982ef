//! Repeated attempts, with jittered exponential backoff.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::driver::RETRY_FOR;

/// Shortest and longest pause between two attempts of an operation.
const OPERATION_PAUSES: (Duration, Duration) =
    (Duration::from_millis(1), Duration::from_millis(50));
/// The same while the server is away.
const OUTAGE_PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Attempts at something that may fail for a time.
#[derive(Debug)]
pub(super) struct Retry {
    until: Option<Instant>,
    pause: Duration,
    longest: Duration,
}

impl Retry {
    /// For an operation: repeats for [`RETRY_FOR`].
    pub(super) fn operation() -> Self {
        Self {
            until: Some(Instant::now() + RETRY_FOR),
            pause: OPERATION_PAUSES.0,
            longest: OPERATION_PAUSES.1,
        }
    }

    /// Repeats until the server is back, however long that takes.
    pub(super) fn through_outage() -> Self {
        Self {
            until: None,
            pause: OUTAGE_PAUSES.0,
            longest: OUTAGE_PAUSES.1,
        }
    }

    /// Waits before the next attempt, each time about twice as long; false once the time is up.
    pub(super) async fn next_attempt(&mut self) -> bool {
        let pause = jittered(self.pause);
        let is_too_late = |until| Instant::now() + pause > until;
        if self.until.is_some_and(is_too_late) {
            return false;
        }
        sleep(pause).await;
        self.pause = (self.pause * 2).min(self.longest);
        true
    }
}

/// Between half of the pause and all of it, so that two that conflicted do not conflict again.
fn jittered(pause: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    pause.mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX) / 2.0)
}
