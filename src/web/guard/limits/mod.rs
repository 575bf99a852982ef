//! What one client may do: requests of each class, guesses at the admin token, connections and open sockets, what it says
//! on all of them, keys that are kept.
//!
//! Counted in this process alone. The admin is bound by none of it.

mod attempts;
mod class;
mod places;
mod rate;

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use governor::Quota;

use self::attempts::Attempts;
use self::class::Class;
pub use self::places::Place;
use self::places::Places;
use self::rate::Rate;
use super::admin;
use super::client::{self, Client};
use crate::realtime::RateLimits;
use crate::web::error::ApiError;
use crate::web::state::AppState;

const TOO_MANY_REQUESTS: &str = "too many requests came from this address";
/// Most sockets of one client: the tabs of a large office behind one address.
const MAX_SOCKETS: u32 = 256;
/// How long a client with too many sockets should wait: until some may have gone.
const SOCKET_WAIT: Duration = Duration::from_secs(10);
/// Most connections of one client that are no sockets: a browser opens six.
const MAX_CONNECTIONS: u32 = 1_024;
/// Texts in the chat, a second and at once, on all sockets of a client: each also has a rate of its own.
const TEXTS: (u32, u32) = (50, 300);
/// Idempotency keys at once, and how long until the next: an answer is kept for a day, and there is room for a million.
const KEYS: (u32, Duration) = (2_000, Duration::from_secs(2));

/// The limits of all clients.
pub struct Limits {
    rate_limits: RateLimits,
    rates: [Rate; Class::ALL.len()],
    attempts: Attempts,
    sockets: Places,
    connections: Places,
    texts: Arc<Rate>,
    keys: Rate,
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("rate_limits", &self.rate_limits)
            .finish_non_exhaustive()
    }
}

impl Limits {
    /// Limits that nobody has used yet.
    pub fn new(rate_limits: RateLimits) -> Self {
        Self {
            rate_limits,
            rates: Class::ALL.map(|class| Rate::new(class.quota())),
            attempts: Attempts::new(),
            sockets: Places::of(MAX_SOCKETS),
            connections: Places::of(MAX_CONNECTIONS),
            texts: Arc::new(Rate::new(
                Quota::per_second(whole(TEXTS.0)).allow_burst(whole(TEXTS.1)),
            )),
            keys: Rate::new(every(KEYS.1).allow_burst(whole(KEYS.0))),
        }
    }

    /// Whether what a socket may send in a second is bounded.
    pub(in crate::web) fn of_frames(&self) -> RateLimits {
        self.rate_limits
    }

    /// Looks at a guess at the admin token.
    ///
    /// # Errors
    /// Its client has guessed too often; the guess was not looked at.
    pub(in crate::web) fn guess(
        &self,
        client: Client,
        is_right: impl FnOnce() -> bool,
    ) -> Result<bool, ApiError> {
        if self.rate_limits == RateLimits::Off {
            return Ok(is_right());
        }
        let looked = self.attempts.guess(client, is_right);
        looked.map_err(|wait| too_many("too many wrong tokens came from this address", wait))
    }

    /// Has a chat socket of a client ask whether it may say one thing more.
    pub(in crate::web) fn texts_of(&self, client: Client) -> Box<dyn Fn() -> bool> {
        if self.rate_limits == RateLimits::Off {
            return Box::new(|| true);
        }
        let texts = Arc::clone(&self.texts);
        Box::new(move || texts.take(client).is_ok())
    }

    fn take(&self, class: Class, client: Client) -> Result<Option<Place>, ApiError> {
        self.rates[class as usize]
            .take(client)
            .map_err(|wait| too_many(TOO_MANY_REQUESTS, wait))?;
        if class != Class::Socket {
            return Ok(None);
        }
        let place = self.sockets.take(client);
        place.map(Some).ok_or(ApiError::TooManySockets {
            most: MAX_SOCKETS,
            wait: SOCKET_WAIT,
        })
    }
}

/// Counts a request, and the socket that it may become.
///
/// # Errors
/// Its client has sent too many.
pub(super) fn admit(request: &HttpRequest) -> Result<Option<Place>, ApiError> {
    let limits = &AppState::of(request).limits;
    // A watcher behind one address with a crowd must not take it for the server's end.
    let is_watched = matches!(request.path(), "/healthz" | "/readyz");
    if limits.rate_limits == RateLimits::Off || is_watched {
        return Ok(None);
    }
    let class = Class::of(request.method(), request.path());
    match limits.take(class, Client::of(request)) {
        Err(_) if admin::is_admin(request) => Ok(None),
        taken => taken,
    }
}

/// Counts a connection, for as long as its place is kept. A trusted proxy may have any number.
///
/// # Errors
/// Its client has too many.
pub fn admit_connection(state: &AppState, peer: IpAddr) -> Result<Option<Place>, TooMany> {
    let limits = &state.limits;
    if limits.rate_limits == RateLimits::Off || client::trusts(&state.site.proxies, peer) {
        return Ok(None);
    }
    let place = limits.connections.take(Client::at(peer));
    place.map(Some).ok_or(TooMany)
}

/// A client has as many connections as it may.
#[derive(Debug, Clone, Copy)]
pub struct TooMany;

/// Counts a cart that is made where none was asked for by name.
///
/// # Errors
/// Its client has made too many.
pub(in crate::web) fn admit_new_cart(request: &HttpRequest) -> Result<(), ApiError> {
    count(request, |limits| &limits.rates[Class::NewCart as usize])
}

/// Counts an answer that will be kept under a key.
///
/// # Errors
/// Its client has used too many.
pub(in crate::web) fn admit_key(request: &HttpRequest) -> Result<(), ApiError> {
    count(request, |limits| &limits.keys)
}

fn count(request: &HttpRequest, rate: impl FnOnce(&Limits) -> &Rate) -> Result<(), ApiError> {
    let limits = &AppState::of(request).limits;
    if limits.rate_limits == RateLimits::Off {
        return Ok(());
    }
    match rate(limits).take(Client::of(request)) {
        Err(wait) if !admin::is_admin(request) => Err(too_many(TOO_MANY_REQUESTS, wait)),
        _ => Ok(()),
    }
}

fn whole(number: u32) -> NonZeroU32 {
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
    fn a_client_has_so_many_keys_at_once() {
        let limits = Limits::new(RateLimits::On);
        let client = Client::at([203, 0, 113, 7].into());
        assert!((0..KEYS.0).all(|_| limits.keys.take(client).is_ok()));
        // Meanwhile a few came back.
        let more = (0..KEYS.0).filter(|_| limits.keys.take(client).is_ok());
        assert!(more.count() < 100);
        let other = Client::at([203, 0, 113, 8].into());
        assert!(limits.keys.take(other).is_ok());
    }
}
