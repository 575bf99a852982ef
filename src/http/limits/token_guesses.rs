//! Guesses at the admin token: a few wrong ones a minute for each client.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::Quota;

use super::rate::Rate;
use crate::http::client::Client;

/// Wrong guesses in a burst, and per minute.
const GUESSES: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");
/// A client that keeps guessing is logged again after this quiet period.
const QUIET: Duration = Duration::from_secs(600);
/// Clients that are locked out separately; beyond that all are.
const MAX_LOCKED_OUT: usize = 50_000;

pub(super) struct TokenGuessLimiter {
    wrong: Rate,
    lockout: Mutex<Lockout>,
}

/// Until when no guess is checked.
#[derive(Default)]
struct Lockout {
    /// Of single clients.
    clients: HashMap<Client, Instant>,
    /// Of everyone, when there are too many.
    all: Option<Instant>,
}

impl TokenGuessLimiter {
    pub(super) fn new() -> Self {
        Self {
            wrong: Rate::new(Quota::per_minute(GUESSES)),
            lockout: Mutex::default(),
        }
    }

    /// Whether a guess is right. It is not checked while its client is locked out; the error is how
    /// long.
    pub(super) fn guess(
        &self,
        client: Client,
        is_right: impl FnOnce() -> bool,
    ) -> Result<bool, Duration> {
        self.remaining_lockout(client).map_or(Ok(()), Err)?;
        if is_right() {
            return Ok(true);
        }
        let wait = match self.wrong.take(client) {
            Ok(1..) => return Ok(false),
            // That was the last one; this is the time until the next.
            Ok(0) => Duration::from_secs(60) / GUESSES.get(),
            Err(wait) => wait,
        };
        self.lock_out(client, wait);
        Ok(false)
    }

    fn remaining_lockout(&self, client: Client) -> Option<Duration> {
        let lockout = self.lockout.lock().unwrap_or_else(PoisonError::into_inner);
        let until = lockout.clients.get(&client).copied().max(lockout.all)?;
        let wait = until.saturating_duration_since(Instant::now());
        (!wait.is_zero()).then_some(wait)
    }

    fn lock_out(&self, client: Client, wait: Duration) {
        let now = Instant::now();
        let mut lockout = self.lockout.lock().unwrap_or_else(PoisonError::into_inner);
        if lockout.clients.len() >= MAX_LOCKED_OUT {
            lockout.clients.retain(|_, until| *until > now);
        }
        let until = now + wait;
        if lockout.clients.len() < MAX_LOCKED_OUT {
            let before = lockout.clients.insert(client, until);
            if before.is_none_or(|before| now.saturating_duration_since(before) > QUIET) {
                log::warn!("admin login locked for {client}: too many wrong tokens");
            }
        } else {
            lockout.all = lockout.all.max(Some(until));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn after_ten_wrong_guesses_the_right_one_is_not_checked_either() {
        let limiter = TokenGuessLimiter::new();
        let client = Client::at([203, 0, 113, 7].into());
        for _ in 0..10 {
            assert_eq!(limiter.guess(client, || false), Ok(false));
        }
        let checked = Cell::new(false);
        let wait = limiter.guess(client, || {
            checked.set(true);
            true
        });
        assert!(!checked.get());
        assert!(wait.is_err_and(|wait| wait <= Duration::from_secs(6)));
        let other = Client::at([203, 0, 113, 8].into());
        assert_eq!(limiter.guess(other, || true), Ok(true));
    }

    #[test]
    fn too_many_lockouts_lock_everyone_out() {
        let limiter = TokenGuessLimiter::new();
        let wait = Duration::from_secs(60);
        for number in 0..MAX_LOCKED_OUT {
            let [.., a, b] = u32::try_from(number).expect("few").to_be_bytes();
            let [_, c, ..] = u32::try_from(number).expect("few").to_be_bytes();
            limiter.lock_out(Client::at([10, c, a, b].into()), wait);
        }
        let other = Client::at([203, 0, 113, 7].into());
        assert_eq!(limiter.guess(other, || true), Ok(true));
        limiter.lock_out(Client::at([203, 0, 113, 8].into()), wait);
        assert!(limiter.guess(other, || true).is_err());
    }

    #[test]
    fn right_guesses_are_not_counted() {
        let limiter = TokenGuessLimiter::new();
        let client = Client::at([203, 0, 113, 7].into());
        assert!((0..1_000).all(|_| limiter.guess(client, || true) == Ok(true)));
        assert_eq!(limiter.guess(client, || false), Ok(false));
    }
}
