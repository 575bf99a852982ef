//! Where in a stream of changes something stands.

use std::fmt;
use std::sync::Arc;

/// The longest text that is read as a position, in bytes.
pub const MAX_POSITION: usize = 512;

/// A place in the store's order of changes, in words that only that store understands. Equal
/// positions are the same place; nothing else can be read from one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Position(Arc<str>);

impl Position {
    /// Wraps a store's own words: letters, digits and `-._~` only, so that it needs no escaping
    /// in an address, in JSON or in HTML.
    pub fn new(text: impl Into<Arc<str>>) -> Option<Self> {
        let text = text.into();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        let fits = (1..=MAX_POSITION).contains(&text.len()) && text.chars().all(plain);
        fits.then_some(Self(text))
    }

    /// The store's words.
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
