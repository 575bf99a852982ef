//! Sessions of the admin pages.
//!
//! A cookie is sealed, not looked up: every node accepts it, and a session costs no memory. Only
//! revoked sessions are remembered, until they would have expired.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::admin_session::{AdminSession, SessionId, SessionKey};
use crate::domain::admin_token::AdminToken;
use crate::domain::ids::EntropyError;
use crate::domain::timestamp::Timestamp;

/// Revoked sessions that are remembered. When there are more, all open sessions are revoked.
const MAX_REVOKED: usize = 1_000;

/// The sessions of one admin token on this node.
#[derive(Debug)]
pub struct AdminSessions {
    key: SessionKey,
    revoked: Mutex<RevokedSessions>,
}

#[derive(Debug)]
struct RevokedSessions {
    /// Sessions that began before are revoked: a restart must not reopen what was revoked before
    /// it.
    all_before: Timestamp,
    /// Sessions revoked since, and when they would have expired.
    single: HashMap<SessionId, Timestamp>,
}

impl AdminSessions {
    pub fn new(token: &AdminToken, now: Timestamp) -> Self {
        Self {
            key: token.session_key(),
            revoked: Mutex::new(RevokedSessions {
                all_before: now,
                single: HashMap::new(),
            }),
        }
    }

    /// Opens a session and returns the value of its cookie.
    pub(crate) fn begin(&self, now: Timestamp) -> Result<String, EntropyError> {
        // A clock that was set back must not make a session that counts as revoked.
        let started_at = now.max(self.lock().all_before);
        Ok(self.key.seal(&AdminSession::begin(started_at)?))
    }

    /// Whether a cookie's session is open.
    pub(crate) fn is_open(&self, cookie: &str, now: Timestamp) -> bool {
        let Some(session) = self.key.open(cookie) else {
            return false;
        };
        let revoked = self.lock();
        now < session.expires_at()
            && session.started_at() >= revoked.all_before
            && !revoked.single.contains_key(&session.id())
    }

    /// Revokes a cookie's session.
    pub(crate) fn revoke(&self, cookie: &str, now: Timestamp) {
        let Some(session) = self.key.open(cookie) else {
            return;
        };
        let mut revoked = self.lock();
        revoked.single.retain(|_, expires_at| now < *expires_at);
        if revoked.single.len() >= MAX_REVOKED {
            log::warn!("{MAX_REVOKED} sessions revoked, all admin sessions are revoked now");
            revoked.single.clear();
            // After the start of every open session, this one included.
            let last = now.max(session.started_at());
            revoked.all_before = Timestamp::from_millis(last.millis().saturating_add(1));
        } else {
            revoked.single.insert(session.id(), session.expires_at());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, RevokedSessions> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn a_session_expires() {
        let node = node(0);
        let cookie = node.begin(at(10)).expect("random bytes");
        assert!(node.is_open(&cookie, at(10)));
        assert!(node.is_open(&cookie, at(10 + 12 * 3_600 - 1)));
        assert!(!node.is_open(&cookie, at(10 + 12 * 3_600)));
    }

    #[test]
    fn a_revoked_session_is_closed_and_others_stay() {
        let node = node(0);
        let (one, two) = (node.begin(at(1)), node.begin(at(1)));
        let (one, two) = (one.expect("random bytes"), two.expect("random bytes"));
        node.revoke(&one, at(2));
        assert!(!node.is_open(&one, at(2)));
        assert!(node.is_open(&two, at(2)));
    }

    #[test]
    fn every_node_accepts_a_cookie_until_it_restarts() {
        let (one, other) = (node(0), node(5));
        let cookie = one.begin(at(10)).expect("random bytes");
        assert!(other.is_open(&cookie, at(11)));
        one.revoke(&cookie, at(12));
        assert!(!node(20).is_open(&cookie, at(21)), "a restart closes it");
    }

    #[test]
    fn another_token_closes_all() {
        let cookie = node(0).begin(at(1)).expect("random bytes");
        assert!(!sessions("another-token-of-letters", 0).is_open(&cookie, at(2)));
    }

    #[test]
    fn sessions_open_after_the_clock_was_set_back() {
        let node = node(100);
        let cookie = node.begin(at(0)).expect("random bytes");
        assert!(node.is_open(&cookie, at(1)));
    }

    #[test]
    fn too_many_revocations_close_all_in_bounded_memory() {
        let node = node(0);
        let open = node.begin(at(1)).expect("random bytes");
        for _ in 0..MAX_REVOKED {
            node.revoke(&node.begin(at(1)).expect("random bytes"), at(1));
        }
        assert!(node.is_open(&open, at(1)));
        node.revoke(&node.begin(at(1)).expect("random bytes"), at(1));
        assert!(!node.is_open(&open, at(1)));
        let again = node.begin(at(1)).expect("random bytes");
        assert!(node.is_open(&again, at(2)));
        assert!(node.lock().single.len() <= MAX_REVOKED);
    }

    #[test]
    fn expired_revocations_are_forgotten() {
        let node = node(0);
        node.revoke(&node.begin(at(1)).expect("random bytes"), at(1));
        let late = 13 * 3_600;
        node.revoke(&node.begin(at(late)).expect("random bytes"), at(late));
        assert_eq!(node.lock().single.len(), 1);
    }
}
