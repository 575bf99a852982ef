//! Resume tokens, and positions made of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mongodb::bson::{Document, RawBsonRef, RawDocument, RawDocumentBuf};

use crate::domain::position::Position;
use crate::store::mongo::documents::{field, string};

/// The token of an event: the stream resumes after it.
#[derive(Debug, Clone)]
pub(super) struct Token(RawDocumentBuf);

impl Token {
    /// The token of an event's document.
    pub(super) fn of(event: &RawDocument) -> Option<Self> {
        let token = field(event, "_id").and_then(RawBsonRef::as_document)?;
        Some(Self(token.to_owned()))
    }

    /// A token as it was saved.
    pub(super) fn saved(token: &RawDocument) -> Self {
        Self(token.to_owned())
    }

    /// The token's data: strings in the order of the events.
    pub(super) fn data(&self) -> Option<&str> {
        string(&self.0, "_data")
    }

    /// The token as the server takes it.
    pub(super) fn document(&self) -> Option<Document> {
        Document::try_from(&*self.0).ok()
    }

    /// The token's data, which are hexadecimal digits, in the shorter base64url.
    pub(super) fn position(&self) -> Option<Position> {
        Position::new(URL_SAFE_NO_PAD.encode(bytes(self.data()?)?))
    }
}

/// Decodes hexadecimal digits, upper case only: a token that is written in another way would be
/// another position.
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
    fn a_position_is_a_shorter_token() {
        assert_eq!(
            position("826553F100000000012B").as_deref(),
            Some("gmVT8QAAAAABKw")
        );
    }

    #[test]
    fn malformed_tokens_have_no_position() {
        for data in ["", "82655", "82e5", "zz"] {
            assert_eq!(position(data), None, "{data}");
        }
        assert!(Token::of(&rawdoc! { "operationType": "insert" }).is_none());
    }
}
