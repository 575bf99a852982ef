//! The admin token. It allows changing the catalogue, reading orders and moderating the chat.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::admin_session::SessionKey;

/// Minimum length of a token, in characters.
pub const MIN_TOKEN: usize = 16;
/// Maximum length of a token, in characters: it must fit into a header.
pub const MAX_TOKEN: usize = 1_024;

/// A token; only its SHA-256 digest is kept.
#[derive(Clone)]
pub struct AdminToken([u8; 32]);

impl AdminToken {
    /// Accepts [`MIN_TOKEN`] to [`MAX_TOKEN`] visible ASCII characters.
    ///
    /// # Errors
    /// The broken rule as the end of a sentence; it never contains the token.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("must be visible ASCII characters without spaces".into());
        }
        match text.len() {
            MIN_TOKEN..=MAX_TOKEN => Ok(Self(digest(text))),
            _ => Err(format!("must be {MIN_TOKEN} to {MAX_TOKEN} characters")),
        }
    }

    /// Compares in constant time.
    pub fn is(&self, text: &str) -> bool {
        self.0.ct_eq(&digest(text)).into()
    }

    pub fn session_key(&self) -> SessionKey {
        SessionKey::of(&self.0)
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken")
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_token_matches() {
        let token = AdminToken::parse("correct-horse-battery").expect("a token");
        assert!(token.is("correct-horse-battery"));
        for other in [
            "",
            "correct-horse-batter",
            "correct-horse-battery ",
            "Correct-horse-battery",
        ] {
            assert!(!token.is(other), "{other}");
        }
        assert!(!format!("{token:?}").contains("horse"));
    }

    #[test]
    fn invalid_tokens_are_refused_and_not_repeated() {
        let long = "x".repeat(MAX_TOKEN + 1);
        for text in [
            "",
            "fifteen-letters",
            "with spaces between",
            "sixteen-letters-\n",
            "contraseña-larga-1",
            &long,
        ] {
            let reason = AdminToken::parse(text).expect_err(text);
            assert!(text.is_empty() || !reason.contains(text), "{reason}");
        }
        assert!(AdminToken::parse("sixteen-letters-").is_ok());
    }
}
