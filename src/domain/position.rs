//! Positions in the change feed.

use std::fmt;
use std::sync::Arc;

/// Maximum length of a position, in bytes.
pub const MAX_POSITION: usize = 512;

/// A place in a store's change feed. Its text has a meaning only for that store; others may only
/// compare positions for equality.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Position(Arc<str>);

impl Position {
    /// Accepts letters, digits and `-._~`, so that a position needs no escaping in a URL, in JSON
    /// or in HTML.
    pub fn new(text: impl Into<Arc<str>>) -> Option<Self> {
        let text = text.into();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        let fits = (1..=MAX_POSITION).contains(&text.len()) && text.chars().all(plain);
        fits.then_some(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_needs_no_escaping() {
        for text in ["1", "a-B_0.~", &"x".repeat(512)] {
            let position = Position::new(text).expect(text);
            assert_eq!(
                (position.as_str(), position.to_string().as_str()),
                (text, text)
            );
        }
        for text in ["", "a b", "a/b", "\"", "ñ", &"x".repeat(513)] {
            assert_eq!(Position::new(text), None, "{text}");
        }
    }
}
