//! Limits of one client: requests of each class, guesses at the admin token, connections and
//! open sockets, chat messages over all its sockets, idempotency keys. Counted per process.

mod class;
mod connections;
mod rate;
mod token_guesses;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::Quota;

pub(crate) use self::class::Class;
use self::connections::ConnectionPermits;
pub use self::connections::Permit;
use self::rate::Rate;
use self::token_guesses::TokenGuessLimiter;
use super::client::Client;
use super::error::ApiError;
use crate::realtime::RateLimits;

const TOO_MANY_REQUESTS: &str = "too many requests";
const TOO_MANY_GUESSES: &str = "too many wrong tokens";
/// Most sockets of one client: the tabs of a large office behind one address.
const MAX_SOCKETS: u32 = 256;
/// When a client with too many sockets should retry: some may be closed by then.
const SOCKET_WAIT: Duration = Duration::from_secs(10);
/// Most HTTP connections of one client: a browser opens six.
const MAX_CONNECTIONS: u32 = 1_024;
/// Chat messages per second and in a burst, over all sockets of a client. Each socket also has its
/// own rate.
const MESSAGES: (u32, u32) = (50, 300);
/// Idempotency keys in a burst, and the time until the next one: a record lives for a day, and
/// there may be a million.
const KEYS: (u32, Duration) = (2_000, Duration::from_secs(2));

/// The limits of all clients.
pub struct Limits {
    rate_limits: RateLimits,
    rates: [Rate; Class::ALL.len()],
    token_guesses: TokenGuessLimiter,
    sockets: ConnectionPermits,
    connections: ConnectionPermits,
    messages: Arc<Rate>,
    keys: Rate,
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("rate_limits", &self.rate_limits)
            .finish_non_exhaustive()
    }
}

/// A client has as many connections as it may.
#[derive(Debug, Clone, Copy)]
pub struct LimitExceeded;

impl Limits {
    pub fn new(rate_limits: RateLimits) -> Self {
        let (per_second, burst) = MESSAGES;
        let messages = Quota::per_second(nonzero(per_second)).allow_burst(nonzero(burst));
        Self {
            rate_limits,
            rates: Class::ALL.map(|class| Rate::new(class.quota())),
            token_guesses: TokenGuessLimiter::new(),
            sockets: ConnectionPermits::new(MAX_SOCKETS),
            connections: ConnectionPermits::new(MAX_CONNECTIONS),
            messages: Arc::new(Rate::new(messages)),
            keys: Rate::new(every(KEYS.1).allow_burst(nonzero(KEYS.0))),
        }
    }

    /// Whether the frames of a socket are limited.
    pub(crate) fn of_frames(&self) -> RateLimits {
        self.rate_limits
    }

    /// Checks a guess at the admin token.
    ///
    /// # Errors
    /// Its client has guessed too often; the guess was not checked.
    pub(crate) fn guess(
        &self,
        client: Client,
        is_right: impl FnOnce() -> bool,
    ) -> Result<bool, ApiError> {
        if self.is_off() {
            return Ok(is_right());
        }
        let checked = self.token_guesses.guess(client, is_right);
        checked.map_err(|wait| too_many(TOO_MANY_GUESSES, wait))
    }

    /// Counts each message that a client sends on its chat sockets, and returns whether it may.
    pub(crate) fn chat_quota(&self, client: Client) -> Box<dyn Fn() -> bool> {
        if self.is_off() {
            return Box::new(|| true);
        }
        let messages = Arc::clone(&self.messages);
        Box::new(move || messages.take(client).is_ok())
    }

    /// Counts a request, and the socket that it may become.
    pub(super) fn admit(&self, class: Class, client: Client) -> Result<Option<Permit>, ApiError> {
        let counted = self.rates[class as usize].take(client);
        counted.map_err(|wait| too_many(TOO_MANY_REQUESTS, wait))?;
        if class != Class::Socket {
            return Ok(None);
        }
        let permit = self.sockets.acquire(client);
        permit.map(Some).ok_or(ApiError::TooManySockets {
            limit: MAX_SOCKETS,
            wait: SOCKET_WAIT,
        })
    }

    pub(super) fn admit_connection(&self, client: Client) -> Result<Permit, LimitExceeded> {
        self.connections.acquire(client).ok_or(LimitExceeded)
    }

    pub(super) fn admit_key(&self, client: Client) -> Result<(), ApiError> {
        let counted = self.keys.take(client).map(drop);
        counted.map_err(|wait| too_many(TOO_MANY_REQUESTS, wait))
    }

    pub(super) fn is_off(&self) -> bool {
        self.rate_limits == RateLimits::Off
    }
}

fn nonzero(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

fn every(period: Duration) -> Quota {
    Quota::with_period(period).expect("no period here is zero")
}

fn too_many(what: &'static str, wait: Duration) -> ApiError {
    ApiError::TooManyRequests { what, wait }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_limited_per_client() {
        let limits = Limits::new(RateLimits::On);
        let client = Client::at([203, 0, 113, 7].into());
        assert!((0..KEYS.0).all(|_| limits.admit_key(client).is_ok()));
        // Meanwhile a few came back.
        let more = (0..KEYS.0).filter(|_| limits.admit_key(client).is_ok());
        assert!(more.count() < 100);
        let other = Client::at([203, 0, 113, 8].into());
        assert!(limits.admit_key(other).is_ok());
    }
}
