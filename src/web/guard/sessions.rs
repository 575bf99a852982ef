//! Which sessions of the admin page are open on this node.
//!
//! A cookie is sealed, not looked up, so that every node takes it and nothing is kept for those who only look on. What is
//! kept are the sessions that were ended before their time, until that time has come.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::admin_session::{AdminSession, SessionId, SessionKey};
use crate::domain::admin_token::AdminToken;
use crate::domain::ids::NoRandomness;
use crate::domain::timestamp::Timestamp;

/// Sessions that are remembered as ended. When there are more, all that are open end.
const MAX_ENDED: usize = 1_000;

/// The sessions of one admin token on this node.
#[derive(Debug)]
pub struct AdminSessions {
    key: SessionKey,
    ended: Mutex<Ended>,
}

#[derive(Debug)]
struct Ended {
    /// Sessions that began before are over: what a former life of this node ended stays ended.
    none_before: Timestamp,
    /// Those that were ended since, and when they would have been over.
    early: HashMap<SessionId, Timestamp>,
}

impl AdminSessions {
    /// Those of a token, none of which is open yet.
    pub fn new(token: &AdminToken, now: Timestamp) -> Self {
        Self {
            key: token.session_key(),
            ended: Mutex::new(Ended {
                none_before: now,
                early: HashMap::new(),
            }),
        }
    }

    /// Opens a session; the text is its cookie's.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub(in crate::web) fn begin(&self, now: Timestamp) -> Result<String, NoRandomness> {
        // A clock that was set back makes no session that is over already.
        let begun = now.max(self.lock().none_before);
        Ok(self.key.seal(&AdminSession::begin(begun)?))
    }

    /// Whether a cookie's session is open.
    pub(in crate::web) fn is_open(&self, cookie: &str, now: Timestamp) -> bool {
        let Some(session) = self.key.open(cookie) else {
            return false;
        };
        let ended = self.lock();
        now < session.ends()
            && session.begun() >= ended.none_before
            && !ended.early.contains_key(&session.id())
    }

    /// Ends a cookie's session, wherever the cookie is kept.
    pub(in crate::web) fn end(&self, cookie: &str, now: Timestamp) {
        let Some(session) = self.key.open(cookie) else {
            return;
        };
        let mut ended = self.lock();
        ended.early.retain(|_, over| now < *over);
        if ended.early.len() >= MAX_ENDED {
            log::warn!("{MAX_ENDED} sessions were ended before their time: all are ended now");
            ended.early.clear();
            // Later than any that is open, its own begin included.
            let last = now.max(session.begun());
            ended.none_before = Timestamp::from_millis(last.millis().saturating_add(1));
        } else {
            ended.early.insert(session.id(), session.ends());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Ended> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_700_000_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(START + seconds * 1_000)
    }

    fn sessions(token: &str, start: i64) -> AdminSessions {
        AdminSessions::new(&AdminToken::parse(token).expect("a token"), at(start))
    }

    fn node(start: i64) -> AdminSessions {
        sessions("a-token-of-many-letters", start)
    }

    #[test]
    fn a_session_is_over_after_its_time() {
        let node = node(0);
        let cookie = node.begin(at(10)).expect("random bytes");
        assert!(node.is_open(&cookie, at(10)));
        assert!(node.is_open(&cookie, at(10 + 12 * 3_600 - 1)));
        assert!(!node.is_open(&cookie, at(10 + 12 * 3_600)));
    }

    #[test]
    fn an_ended_session_is_no_more_and_others_stay() {
        let node = node(0);
        let (one, two) = (node.begin(at(1)), node.begin(at(1)));
        let (one, two) = (one.expect("random bytes"), two.expect("random bytes"));
        node.end(&one, at(2));
        assert!(!node.is_open(&one, at(2)));
        assert!(node.is_open(&two, at(2)));
    }

    #[test]
    fn every_node_takes_a_cookie_until_it_starts_anew() {
        let (one, other) = (node(0), node(5));
        let cookie = one.begin(at(10)).expect("random bytes");
        assert!(other.is_open(&cookie, at(11)));
        one.end(&cookie, at(12));
        assert!(!node(20).is_open(&cookie, at(21)), "a restart ends it");
    }

    #[test]
    fn another_token_ends_all() {
        let cookie = node(0).begin(at(1)).expect("random bytes");
        assert!(!sessions("another-token-of-letters", 0).is_open(&cookie, at(2)));
    }

    #[test]
    fn a_clock_that_was_set_back_opens_sessions_all_the_same() {
        let node = node(100);
        let cookie = node.begin(at(0)).expect("random bytes");
        assert!(node.is_open(&cookie, at(1)));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_too_many_end_all() {
        let node = node(0);
        let open = node.begin(at(1)).expect("random bytes");
        for _ in 0..MAX_ENDED {
            node.end(&node.begin(at(1)).expect("random bytes"), at(1));
        }
        assert!(node.is_open(&open, at(1)));
        node.end(&node.begin(at(1)).expect("random bytes"), at(1));
        assert!(!node.is_open(&open, at(1)));
        let again = node.begin(at(1)).expect("random bytes");
        assert!(node.is_open(&again, at(2)));
        assert!(node.lock().early.len() <= MAX_ENDED);
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let node = node(0);
        node.end(&node.begin(at(1)).expect("random bytes"), at(1));
        let late = 13 * 3_600;
        node.end(&node.begin(at(late)).expect("random bytes"), at(late));
        assert_eq!(node.lock().early.len(), 1);
    }
}
