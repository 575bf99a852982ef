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
pub struct Fragments(BytesMut);

impl Fragments {
    /// Takes the next fragment.
    pub fn join(&mut self, item: Item) -> Joined {
        match item {
            Item::FirstText(bytes) => {
                self.0 = BytesMut::from(&bytes[..]);
                Joined::Pending
            }
            Item::FirstBinary(_) => Joined::Refused(Close::TextOnly),
            Item::Continue(bytes) => {
                self.0.extend_from_slice(&bytes);
                Joined::Pending
            }
            Item::Last(bytes) => {
                self.0.extend_from_slice(&bytes);
                // A character may be split between fragments: only the whole can be judged.
                match ByteString::try_from(self.0.split().freeze()) {
                    Ok(text) => Joined::Text(text),
                    Err(_) => Joined::Refused(Close::NotUtf8),
                }
            }
        }
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
}
