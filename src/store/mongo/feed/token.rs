//! Resume tokens, and the positions that they are outside.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mongodb::bson::{Document, RawBsonRef, RawDocument, RawDocumentBuf};

use crate::domain::position::Position;
use crate::store::mongo::document::member;

/// The token of an event: where to go on after it.
#[derive(Debug, Clone)]
pub(super) struct Token(RawDocumentBuf);

impl Token {
    /// The token of an event's document.
    pub(super) fn of(event: &RawDocument) -> Option<Self> {
        let token = member(event, "_id").and_then(RawBsonRef::as_document)?;
        Some(Self(token.to_owned()))
    }

    /// A token that was saved as it is.
    pub(super) fn saved(token: &RawDocument) -> Self {
        Self(token.to_owned())
    }

    /// The token's data: texts whose order is that of the events.
    pub(super) fn data(&self) -> Option<&str> {
        member(&self.0, "_data").and_then(RawBsonRef::as_str)
    }

    /// The token as the server takes it back.
    pub(super) fn document(&self) -> Option<Document> {
        Document::try_from(&*self.0).ok()
    }

    /// The token's data, hexadecimal digits of the server, in the shorter base64url.
    pub(super) fn position(&self) -> Option<Position> {
        Position::new(URL_SAFE_NO_PAD.encode(bytes(self.data()?)?))
    }
}

/// The bytes of upper-case hexadecimal digits: another way to write a token would be another
/// position.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    };
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| Some(value(*pair.first()?)? << 4 | value(*pair.get(1)?)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use mongodb::bson::rawdoc;

    use super::*;

    fn position(data: &str) -> Option<String> {
        let token = Token::of(&rawdoc! { "_id": { "_data": data } })?;
        token
            .position()
            .map(|position| position.as_str().to_owned())
    }

    #[test]
    fn a_token_is_a_shorter_position() {
        assert_eq!(
            position("826553F100000000012B").as_deref(),
            Some("gmVT8QAAAAABKw")
        );
    }

    #[test]
    fn what_the_server_never_writes_is_no_position() {
        for data in ["", "82655", "82e5", "zz"] {
            assert_eq!(position(data), None, "{data}");
        }
        assert!(Token::of(&rawdoc! { "operationType": "insert" }).is_none());
    }
}
