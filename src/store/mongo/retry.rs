//! Trying again, with a bound and with jitter.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Shortest and longest pause between two attempts at one step.
const STEP_PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));
/// The same while the server is away.
const OUTAGE_PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Attempts at something that others may disturb.
#[derive(Debug)]
pub(super) struct Retry {
    until: Option<Instant>,
    pause: Duration,
    longest: Duration,
}

impl Retry {
    /// Attempts at one step of the shop, for as long as given.
    pub(super) fn with_deadline(limit: Duration) -> Self {
        Self {
            until: Some(Instant::now() + limit),
            pause: STEP_PAUSES.0,
            longest: STEP_PAUSES.1,
        }
    }

    /// Attempts until the server is back, however long that takes.
    pub(super) fn through_an_outage() -> Self {
        Self {
            until: None,
            pause: OUTAGE_PAUSES.0,
            longest: OUTAGE_PAUSES.1,
        }
    }

    /// Waits before the next attempt, each time about twice as long; false when the time is over.
    pub(super) async fn next_attempt(&mut self) -> bool {
        let pause = jittered(self.pause);
        if self
            .until
            .is_some_and(|until| Instant::now() + pause > until)
        {
            return false;
        }
        sleep(pause).await;
        self.pause = (self.pause * 2).min(self.longest);
        true
    }
}

/// From half of the time to all of it, so that parties that met once do not meet again.
fn jittered(pause: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    pause.mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX) / 2.0)
}
