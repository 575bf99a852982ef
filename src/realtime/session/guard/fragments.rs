//! Joins the fragments of a text message. The frame guard has bounded their number and size.

use actix_http::ws::Item;
use bytes::BytesMut;
use bytestring::ByteString;

use crate::protocol::close::Close;

/// The result of a fragment.
#[derive(Debug, PartialEq, Eq)]
pub enum Reassembly {
    /// More fragments follow.
    Pending,
    /// The whole message.
    Text(ByteString),
    Refused(Close),
}

/// The fragments of a message so far.
#[derive(Debug, Default)]
pub struct Fragments {
    bytes: BytesMut,
    /// The number of bytes known to be whole characters.
    checked: usize,
}

impl Fragments {
    /// Adds the next fragment.
    pub fn join(&mut self, item: Item) -> Reassembly {
        match item {
            Item::FirstText(bytes) => {
                self.bytes = BytesMut::from(&bytes[..]);
                self.checked = 0;
                self.check()
            }
            Item::FirstBinary(_) => Reassembly::Refused(Close::TextOnly),
            Item::Continue(bytes) => {
                self.bytes.extend_from_slice(&bytes);
                self.check()
            }
            Item::Last(bytes) => {
                self.bytes.extend_from_slice(&bytes);
                match ByteString::try_from(self.bytes.split().freeze()) {
                    Ok(text) => Reassembly::Text(text),
                    Err(_) => Reassembly::Refused(Close::NotUtf8),
                }
            }
        }
    }

    /// A character may be split between fragments, but bytes that can no longer become one are
    /// refused at once.
    fn check(&mut self) -> Reassembly {
        match std::str::from_utf8(&self.bytes[self.checked..]) {
            Ok(_) => self.checked = self.bytes.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Reassembly::Refused(Close::NotUtf8),
        }
        Reassembly::Pending
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
        assert_eq!(fragments.join(first), Reassembly::Pending);
        let last = Item::Last(Bytes::copy_from_slice(&word[1..]));
        assert_eq!(fragments.join(last), Reassembly::Text("ñ".into()));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused() {
        let mut fragments = Fragments::default();
        fragments.join(Item::FirstText(Bytes::from_static(b"a")));
        let last = fragments.join(Item::Last(Bytes::from_static(b"\xff")));
        assert_eq!(last, Reassembly::Refused(Close::NotUtf8));
    }

    #[test]
    fn bytes_that_cannot_become_utf8_are_refused_at_once() {
        let mut fragments = Fragments::default();
        let first = fragments.join(Item::FirstText(Bytes::from_static(b"a\xf0\x9f")));
        assert_eq!(first, Reassembly::Pending);
        let next = fragments.join(Item::Continue(Bytes::from_static(b"a")));
        assert_eq!(next, Reassembly::Refused(Close::NotUtf8));
    }
}
