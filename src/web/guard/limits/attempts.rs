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
/// Who guesses on is told of again when nothing came for so long.
const QUIET: Duration = Duration::from_secs(600);
/// Clients that have to wait; beyond that all have.
const MAX_WAITING: usize = 50_000;

/// Who guessed too often.
pub(super) struct Attempts {
    wrong: Rate,
    waiting: Mutex<Waiting>,
}

/// Until when nothing that is offered is looked at.
#[derive(Default)]
struct Waiting {
    /// From one client.
    clients: HashMap<Client, Instant>,
    /// From anybody, because too many would have to be noted.
    all: Option<Instant>,
}

impl Attempts {
    pub(super) fn new() -> Self {
        Self {
            wrong: Rate::new(Quota::per_minute(GUESSES)),
            waiting: Mutex::default(),
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
        let until = waiting.clients.get(&client).copied().max(waiting.all)?;
        let wait = until.saturating_duration_since(Instant::now());
        (!wait.is_zero()).then_some(wait)
    }

    fn have_wait(&self, client: Client, wait: Duration) {
        let now = Instant::now();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.clients.len() >= MAX_WAITING {
            waiting.clients.retain(|_, until| *until > now);
        }
        let until = now + wait;
        if waiting.clients.len() < MAX_WAITING {
            let before = waiting.clients.insert(client, until);
            if before.is_none_or(|before| now.saturating_duration_since(before) > QUIET) {
                log::warn!("too many wrong admin tokens come from {client}: it has to wait");
            }
        } else {
            waiting.all = waiting.all.max(Some(until));
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
    fn when_more_have_to_wait_than_can_be_noted_all_have() {
        let attempts = Attempts::new();
        let wait = Duration::from_secs(60);
        for number in 0..MAX_WAITING {
            let [.., a, b] = u32::try_from(number).expect("few").to_be_bytes();
            let [_, c, ..] = u32::try_from(number).expect("few").to_be_bytes();
            attempts.have_wait(Client::at([10, c, a, b].into()), wait);
        }
        let other = Client::at([203, 0, 113, 7].into());
        assert_eq!(attempts.guess(other, || true), Ok(true));
        attempts.have_wait(Client::at([203, 0, 113, 8].into()), wait);
        assert!(attempts.guess(other, || true).is_err());
    }

    #[test]
    fn right_guesses_are_not_counted() {
        let attempts = Attempts::new();
        let client = Client::at([203, 0, 113, 7].into());
        assert!((0..1_000).all(|_| attempts.guess(client, || true) == Ok(true)));
        assert_eq!(attempts.guess(client, || false), Ok(false));
    }
}
