//! A rate for each client, for many clients in bounded memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::{StateInformationMiddleware, StateSnapshot};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::http::client::Client;

/// Clients that are counted separately; beyond that, those of one network count as one.
const MAX_CLIENTS: usize = 50_000;
/// How often clients with a full quota are forgotten.
const SWEEP: Duration = Duration::from_secs(10);

type Limiter =
    RateLimiter<Client, HashMapStateStore<Client>, DefaultClock, StateInformationMiddleware>;

/// A rate for each client.
pub(super) struct Rate {
    limiter: Limiter,
    clock: DefaultClock,
    started: Instant,
    /// The last sweep, in milliseconds after the start.
    swept: AtomicU64,
}

impl Rate {
    pub(super) fn new(quota: Quota) -> Self {
        let clock = DefaultClock::default();
        Self {
            limiter: Limiter::new(quota, HashMapStateStore::default(), clock.clone()),
            clock,
            started: Instant::now(),
            swept: AtomicU64::new(0),
        }
    }

    /// Counts one and returns how many more the client may do at once. On an error nothing was
    /// counted: the client has to wait that long.
    pub(super) fn take(&self, client: Client) -> Result<u32, Duration> {
        self.sweep();
        let counted = if self.limiter.len() < MAX_CLIENTS {
            client
        } else {
            client.network()
        };
        let taken = self.limiter.check_key(&counted);
        taken
            .map(|state: StateSnapshot| state.remaining_burst_capacity())
            .map_err(|refusal| refusal.wait_time_from(self.clock.now()))
    }

    fn sweep(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let swept = self.swept.load(Ordering::Relaxed);
        let needs_sweep = u128::from(now.saturating_sub(swept)) >= SWEEP.as_millis();
        let mine = || {
            let exchanged =
                self.swept
                    .compare_exchange(swept, now, Ordering::Relaxed, Ordering::Relaxed);
            exchanged.is_ok()
        };
        if needs_sweep && mine() {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::num::NonZeroU32;

    use super::*;

    fn client(number: u32) -> Client {
        Client::at(Ipv4Addr::from_bits(number).into())
    }

    fn rate(burst: u32) -> Rate {
        let hour = Quota::with_period(Duration::from_secs(3_600)).expect("a period");
        Rate::new(hour.allow_burst(NonZeroU32::new(burst).expect("some")))
    }

    #[test]
    fn each_client_has_its_own_burst_and_then_waits() {
        let rate = rate(2);
        assert_eq!(rate.take(client(1)), Ok(1));
        assert_eq!(rate.take(client(1)), Ok(0));
        let wait = rate.take(client(1)).expect_err("too many");
        assert!(wait > Duration::from_secs(3_500), "{wait:?}");
        assert_eq!(rate.take(client(2)), Ok(1));
    }

    #[test]
    fn too_many_clients_are_counted_by_network() {
        let rate = rate(3);
        for number in 0..u32::try_from(MAX_CLIENTS).expect("small") {
            assert!(rate.take(client(number)).is_ok());
        }
        let far = u32::MAX << 24;
        let answers: Vec<_> = (0..8).map(|n| rate.take(client(far + n)).is_ok()).collect();
        assert_eq!(answers.iter().filter(|taken| **taken).count(), 3);
        assert!(rate.limiter.len() <= MAX_CLIENTS + 1);
    }
}
