//! What one client may do: requests of each class, guesses at the admin token, open sockets.
//!
//! Counted in this process alone. The admin is bound by none of it.

mod attempts;
mod class;
mod rate;
mod sockets;

use std::fmt;
use std::time::Duration;

use actix_web::HttpRequest;

use self::attempts::Attempts;
use self::class::Class;
use self::rate::Rate;
pub(in crate::web) use self::sockets::SocketPlace;
use self::sockets::{MAX_SOCKETS, Sockets};
use super::admin;
use super::client::Client;
use crate::realtime::RateLimits;
use crate::web::error::ApiError;
use crate::web::state::AppState;

/// How long a client with too many sockets should wait: until some may have gone.
const SOCKET_WAIT: Duration = Duration::from_secs(10);

/// The limits of all clients.
pub struct Limits {
    rate_limits: RateLimits,
    rates: [Rate; Class::ALL.len()],
    attempts: Attempts,
    sockets: Sockets,
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
            sockets: Sockets::default(),
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

    fn take(&self, class: Class, client: Client) -> Result<Option<SocketPlace>, ApiError> {
        self.rates[class as usize]
            .take(client)
            .map_err(|wait| too_many("too many requests came from this address", wait))?;
        if class != Class::Socket {
            return Ok(None);
        }
        let place = self.sockets.open(client);
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
pub(super) fn admit(request: &HttpRequest) -> Result<Option<SocketPlace>, ApiError> {
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

fn too_many(what: &'static str, wait: Duration) -> ApiError {
    ApiError::TooManyRequests { what, wait }
}
