//! A session of the admin page: what its cookie says, sealed so that nobody else can write one.
//!
//! The seal's key comes from the admin token: every node of a shop takes a cookie that any of them gave, and with
//! another token all cookies are void.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::ids::NoRandomness;
use super::timestamp::Timestamp;

/// How long a session lasts, in seconds, whatever is done in it.
pub const LIFE_SECONDS: i64 = 12 * 3_600;

const ID_BYTES: usize = 16;
const FACTS: usize = 8 + ID_BYTES;
const SEAL: usize = 32;

/// What tells one session from all others.
pub type SessionId = [u8; ID_BYTES];

/// One log-in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AdminSession {
    id: SessionId,
    begun: Timestamp,
}

impl std::fmt::Debug for AdminSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdminSession").finish_non_exhaustive()
    }
}

impl AdminSession {
    /// A session with an id of its own.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn begin(now: Timestamp) -> Result<Self, NoRandomness> {
        let mut id = SessionId::default();
        NoRandomness::fill(&mut id)?;
        Ok(Self { id, begun: now })
    }

    /// Its id.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// When it began.
    pub fn begun(&self) -> Timestamp {
        self.begun
    }

    /// When it is over.
    pub fn ends(&self) -> Timestamp {
        Timestamp::from_millis(self.begun.millis().saturating_add(LIFE_SECONDS * 1_000))
    }
}

/// What seals sessions.
#[derive(Clone)]
pub struct SessionKey([u8; SEAL]);

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey")
    }
}

impl SessionKey {
    /// The key that belongs to a secret.
    pub(super) fn of(secret: &[u8; SEAL]) -> Self {
        let mac = mac(secret).chain_update(b"vitrina admin session 1");
        Self(mac.finalize().into_bytes().into())
    }

    /// A session as its cookie carries it: letters, digits, `-` and `_`.
    pub fn seal(&self, session: &AdminSession) -> String {
        let mut bytes = Vec::with_capacity(FACTS + SEAL);
        bytes.extend_from_slice(&session.begun.millis().to_be_bytes());
        bytes.extend_from_slice(&session.id);
        let seal = mac(&self.0).chain_update(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&seal);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The session that a cookie carries, if it was sealed with this key. Takes the same time however much of the
    /// seal is right.
    pub fn open(&self, text: &str) -> Option<AdminSession> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (facts, seal) = bytes.split_at_checked(FACTS)?;
        mac(&self.0).chain_update(facts).verify_slice(seal).ok()?;
        let (begun, id) = facts.split_first_chunk()?;
        Some(AdminSession {
            id: id.try_into().ok()?,
            begun: Timestamp::from_millis(i64::from_be_bytes(*begun)),
        })
    }
}

fn mac(key: &[u8; SEAL]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length is taken")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> AdminSession {
        AdminSession::begin(Timestamp::from_millis(1_700_000_000_123)).expect("random bytes")
    }

    #[test]
    fn a_session_is_read_back_by_its_own_key_alone() {
        let (key, other) = (SessionKey::of(&[1; 32]), SessionKey::of(&[2; 32]));
        let session = session();
        let text = key.seal(&session);
        assert_eq!(key.open(&text), Some(session));
        assert_eq!(other.open(&text), None);
        assert!(!format!("{key:?} {session:?}").contains("17"));
    }

    #[test]
    fn no_character_of_a_cookie_can_be_another() {
        let key = SessionKey::of(&[1; 32]);
        let text = key.seal(&session());
        for place in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert_eq!(key.open(&forged), None, "{place}");
        }
        for odd in ["", "AAAA", &text[1..], &format!("{text}AA"), "ñ"] {
            assert_eq!(key.open(odd), None, "{odd}");
        }
    }

    #[test]
    fn two_log_ins_are_two_sessions() {
        assert_ne!(session().id(), session().id());
    }

    #[test]
    fn a_session_lasts_twelve_hours() {
        let session = session();
        let life = session.ends().millis() - session.begun().millis();
        assert_eq!(life, 12 * 60 * 60 * 1000);
    }
}
