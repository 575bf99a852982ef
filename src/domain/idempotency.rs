//! Idempotency keys: a request that is sent again under its key is executed only once.

use sha2::{Digest, Sha256};

use super::error::ValidationError;
use super::ids::EntropyError;

/// Maximum length of a key, in characters.
pub const MAX_KEY: usize = 255;

/// A client's key for one request, with a fingerprint of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    id: [u8; 32],
    fingerprint: [u8; 32],
}

impl IdempotencyKey {
    /// Accepts 1 to [`MAX_KEY`] visible ASCII characters and spaces. A key belongs to one method
    /// and path; `content` is everything else that identifies the request.
    pub fn parse(
        key: &str,
        method: &str,
        path: &str,
        content: &[&[u8]],
    ) -> Result<Self, ValidationError> {
        let is_plain = key.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        if !(1..=MAX_KEY).contains(&key.len()) || !is_plain {
            return Err(ValidationError::IdempotencyKey);
        }
        Ok(Self {
            id: digest(&[method.as_bytes(), path.as_bytes(), key.as_bytes()]),
            fingerprint: digest(content),
        })
    }

    /// A new random key for a form.
    pub fn generate() -> Result<String, EntropyError> {
        let mut bytes = [0; 16];
        EntropyError::fill(&mut bytes)?;
        Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
    }

    /// Identifies the key with its method and path.
    pub const fn id(&self) -> [u8; 32] {
        self.id
    }

    /// Distinguishes requests with the same key.
    pub const fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }
}

/// SHA-256 over the parts. Each is prefixed with its length, so that moving bytes between parts
/// changes the digest.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str, path: &str, content: &[&[u8]]) -> IdempotencyKey {
        IdempotencyKey::parse(key, "POST", path, content).expect("a key")
    }

    #[test]
    fn a_key_belongs_to_its_path_and_content() {
        let first = key("k", "/a", &[b"x"]);
        assert_eq!(first, key("k", "/a", &[b"x"]));
        assert_ne!(first.id(), key("k", "/b", &[b"x"]).id());
        assert_ne!(first.id(), key("l", "/a", &[b"x"]).id());
        let other = key("k", "/a", &[b"y"]);
        assert_eq!(first.id(), other.id());
        assert_ne!(first.fingerprint(), other.fingerprint());
    }

    #[test]
    fn part_boundaries_count() {
        let one = key("k", "/a", &[b"ab", b"c"]);
        assert_ne!(
            one.fingerprint(),
            key("k", "/a", &[b"a", b"bc"]).fingerprint()
        );
        assert_ne!(key("ak", "/a", &[]).id(), key("k", "/aa", &[]).id());
    }

    #[test]
    fn a_key_is_1_to_255_plain_characters() {
        assert!(IdempotencyKey::parse(&"k".repeat(255), "POST", "/", &[]).is_ok());
        for bad in [String::new(), "k".repeat(256), "ñ".into(), "a\tb".into()] {
            assert!(
                IdempotencyKey::parse(&bad, "POST", "/", &[]).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_key_of_a_form_is_random_and_valid() {
        let generate = || IdempotencyKey::generate().expect("random bytes");
        let one = generate();
        assert_ne!(one, generate());
        assert!(IdempotencyKey::parse(&one, "POST", "/", &[]).is_ok());
        assert_eq!(one.len(), 32);
    }

    #[test]
    fn a_key_may_have_spaces_and_belongs_to_its_method() {
        let of = |method| IdempotencyKey::parse("a key", method, "/", &[]).expect("a key");
        assert_ne!(of("POST").id(), of("PUT").id());
    }
}
