//! Guesses at the admin token: ten a minute for each client, right ones not counted.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::Quota;

use super::rate::Rate;
use crate::web::guard::client::Client;

/// Wrong guesses at once, and in a minute.
const GUESSES: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");
/// Clients that have to wait; beyond that all have.
const MAX_WAITING: usize = 50_000;

/// Who guessed too often.
pub(super) struct Attempts {
    wrong: Rate,
    /// Until when nothing that a client offers is looked at.
    waiting: Mutex<HashMap<Client, Instant>>,
}

impl Attempts {
    pub(super) fn new() -> Self {
        Self {
            wrong: Rate::new(Quota::per_minute(GUESSES)),
            waiting: Mutex::new(HashMap::new()),
        }
    }

    /// Whether a guess is right; it is not looked at while its client has to wait.
    pub(super) fn guess(
        &self,
        client: Client,
        is_right: impl FnOnce() -> bool,
    ) -> Result<bool, Duration> {
        self.wait_of(client).map_or(Ok(()), Err)?;
        if is_right() {
            return Ok(true);
        }
        let wait = match self.wrong.take(client) {
            Ok(1..) => return Ok(false),
            // The next guess comes back with time alone.
            Ok(0) => Duration::from_secs(60) / GUESSES.get(),
            Err(wait) => wait,
        };
        self.have_wait(client, wait);
        Ok(false)
    }

    fn wait_of(&self, client: Client) -> Option<Duration> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = waiting
            .get(&client)?
            .saturating_duration_since(Instant::now());
        (!wait.is_zero()).then_some(wait)
    }

    fn have_wait(&self, client: Client, wait: Duration) {
        let now = Instant::now();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MAX_WAITING {
            waiting.retain(|_, until| *until > now);
        }
        if waiting.len() < MAX_WAITING {
            waiting.insert(client, now + wait);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn after_ten_wrong_guesses_not_even_the_right_one_is_looked_at() {
        let attempts = Attempts::new();
        let client = Client::at([203, 0, 113, 7].into());
        for _ in 0..10 {
            assert_eq!(attempts.guess(client, || false), Ok(false));
        }
        let looked = Cell::new(false);
        let wait = attempts.guess(client, || {
            looked.set(true);
            true
        });
        assert!(!looked.get());
        assert!(wait.is_err_and(|wait| wait <= Duration::from_secs(6)));
        let other = Client::at([203, 0, 113, 8].into());
        assert_eq!(attempts.guess(other, || true), Ok(true));
    }

    #[test]
    fn right_guesses_are_not_counted() {
        let attempts = Attempts::new();
        let client = Client::at([203, 0, 113, 7].into());
        assert!((0..1_000).all(|_| attempts.guess(client, || true) == Ok(true)));
        assert_eq!(attempts.guess(client, || false), Ok(false));
    }
}
