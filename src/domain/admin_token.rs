//! The admin's token: whoever has it may change the catalogue, read orders and moderate.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::admin_session::SessionKey;

/// Fewest characters of a token.
pub const MIN_TOKEN: usize = 16;
/// Most characters: a header must hold it.
pub const MAX_TOKEN: usize = 1_024;

/// A token, of which only the digest is kept.
#[derive(Clone)]
pub struct AdminToken([u8; 32]);

impl AdminToken {
    /// Takes a token of [`MIN_TOKEN`] to [`MAX_TOKEN`] visible ASCII characters, as a header can carry it.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence, without the token.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("must be of visible ASCII characters, without spaces".into());
        }
        match text.len() {
            MIN_TOKEN..=MAX_TOKEN => Ok(Self(digest(text))),
            _ => Err(format!("must have {MIN_TOKEN} to {MAX_TOKEN} characters")),
        }
    }

    /// Whether a text is this token. Takes the same time however much of it is right.
    pub fn is(&self, text: &str) -> bool {
        self.0.ct_eq(&digest(text)).into()
    }

    /// What seals the sessions of those who gave this token.
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
    fn a_token_is_only_itself() {
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
    fn short_long_and_odd_tokens_are_refused_without_being_told() {
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
