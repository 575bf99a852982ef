//! Sessions of the admin pages, carried by a cookie that is authenticated with HMAC-SHA-256.
//!
//! The key is derived from the admin token. Every node with the same token accepts the cookies of
//! the others; a new token invalidates all cookies.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::ids::EntropyError;
use super::timestamp::Timestamp;

/// Absolute lifetime of a session, in seconds; activity does not extend it.
pub const LIFE_SECONDS: i64 = 12 * 3_600;

const ID_BYTES: usize = 16;
const PAYLOAD: usize = 8 + ID_BYTES;
const SEAL: usize = 32;

pub type SessionId = [u8; ID_BYTES];

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AdminSession {
    id: SessionId,
    started_at: Timestamp,
}

impl std::fmt::Debug for AdminSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdminSession").finish_non_exhaustive()
    }
}

impl AdminSession {
    /// Starts a session with a random id.
    pub fn begin(now: Timestamp) -> Result<Self, EntropyError> {
        let mut id = SessionId::default();
        EntropyError::fill(&mut id)?;
        Ok(Self {
            id,
            started_at: now,
        })
    }

    pub fn id(&self) -> SessionId {
        self.id
    }

    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_millis(
            self.started_at
                .millis()
                .saturating_add(LIFE_SECONDS * 1_000),
        )
    }
}

/// The HMAC key of session cookies.
#[derive(Clone)]
pub struct SessionKey([u8; SEAL]);

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey")
    }
}

impl SessionKey {
    pub(super) fn of(secret: &[u8; SEAL]) -> Self {
        let mac = mac(secret).chain_update(b"vitrina admin session 1");
        Self(mac.finalize().into_bytes().into())
    }

    /// The value of a session's cookie: letters, digits, `-` and `_`.
    pub fn seal(&self, session: &AdminSession) -> String {
        let mut bytes = Vec::with_capacity(PAYLOAD + SEAL);
        bytes.extend_from_slice(&session.started_at.millis().to_be_bytes());
        bytes.extend_from_slice(&session.id);
        let seal = mac(&self.0).chain_update(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&seal);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The session of a cookie that was sealed with this key. The seal is compared in constant
    /// time.
    pub fn open(&self, text: &str) -> Option<AdminSession> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (payload, seal) = bytes.split_at_checked(PAYLOAD)?;
        mac(&self.0).chain_update(payload).verify_slice(seal).ok()?;
        let (started_at, id) = payload.split_first_chunk()?;
        Some(AdminSession {
            id: id.try_into().ok()?,
            started_at: Timestamp::from_millis(i64::from_be_bytes(*started_at)),
        })
    }
}

fn mac(key: &[u8; SEAL]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC accepts keys of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> AdminSession {
        AdminSession::begin(Timestamp::from_millis(1_700_000_000_123)).expect("random bytes")
    }

    #[test]
    fn a_cookie_opens_with_its_own_key_only() {
        let (key, other) = (SessionKey::of(&[1; 32]), SessionKey::of(&[2; 32]));
        let session = session();
        let text = key.seal(&session);
        assert_eq!(key.open(&text), Some(session));
        assert_eq!(other.open(&text), None);
        assert!(!format!("{key:?} {session:?}").contains("17"));
    }

    #[test]
    fn a_changed_cookie_does_not_open() {
        let key = SessionKey::of(&[1; 32]);
        let text = key.seal(&session());
        for index in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[index] = if forged[index] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert_eq!(key.open(&forged), None, "{index}");
        }
        for odd in ["", "AAAA", &text[1..], &format!("{text}AA"), "ñ"] {
            assert_eq!(key.open(odd), None, "{odd}");
        }
    }

    #[test]
    fn two_logins_have_different_ids() {
        assert_ne!(session().id(), session().id());
    }

    #[test]
    fn a_session_lasts_twelve_hours() {
        let session = session();
        let life = session.expires_at().millis() - session.started_at().millis();
        assert_eq!(life, 12 * 60 * 60 * 1000);
    }
}
