//! Puts the fragments of a text together. Their number and size were bounded before.

use actix_http::ws::Item;
use bytes::BytesMut;
use bytestring::ByteString;

use crate::protocol::close::Close;

/// What a fragment led to.
#[derive(Debug, PartialEq, Eq)]
pub enum Joined {
    /// There is more to come.
    Pending,
    /// The text is whole.
    Text(ByteString),
    /// It is none.
    Refused(Close),
}

/// The fragments of a text so far.
#[derive(Debug, Default)]
pub struct Fragments {
    bytes: BytesMut,
    /// How many of the bytes are whole characters.
    checked: usize,
}

impl Fragments {
    /// Takes the next fragment.
    pub fn join(&mut self, item: Item) -> Joined {
        match item {
            Item::FirstText(bytes) => {
                self.bytes = BytesMut::from(&bytes[..]);
                self.checked = 0;
                self.check()
            }
            Item::FirstBinary(_) => Joined::Refused(Close::TextOnly),
            Item::Continue(bytes) => {
                self.bytes.extend_from_slice(&bytes);
                self.check()
            }
            Item::Last(bytes) => {
                self.bytes.extend_from_slice(&bytes);
                match ByteString::try_from(self.bytes.split().freeze()) {
                    Ok(text) => Joined::Text(text),
                    Err(_) => Joined::Refused(Close::NotUtf8),
                }
            }
        }
    }

    /// A character may be split between fragments, but what cannot become one any more is refused
    /// at once.
    fn check(&mut self) -> Joined {
        match std::str::from_utf8(&self.bytes[self.checked..]) {
            Ok(_) => self.checked = self.bytes.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Joined::Refused(Close::NotUtf8),
        }
        Joined::Pending
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_character_may_be_split_between_fragments() {
        let mut fragments = Fragments::default();
        let word = "ñ".as_bytes();
        let first = Item::FirstText(Bytes::copy_from_slice(&word[..1]));
        assert_eq!(fragments.join(first), Joined::Pending);
        let last = Item::Last(Bytes::copy_from_slice(&word[1..]));
        assert_eq!(fragments.join(last), Joined::Text("ñ".into()));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let mut fragments = Fragments::default();
        fragments.join(Item::FirstText(Bytes::from_static(b"a")));
        let last = fragments.join(Item::Last(Bytes::from_static(b"\xff")));
        assert_eq!(last, Joined::Refused(Close::NotUtf8));
    }

    #[test]
    fn what_cannot_become_text_is_refused_before_its_end() {
        let mut fragments = Fragments::default();
        let first = fragments.join(Item::FirstText(Bytes::from_static(b"a\xf0\x9f")));
        assert_eq!(first, Joined::Pending);
        let next = fragments.join(Item::Continue(Bytes::from_static(b"a")));
        assert_eq!(next, Joined::Refused(Close::NotUtf8));
    }
}
