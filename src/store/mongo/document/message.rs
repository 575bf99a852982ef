//! Chat messages as they are written and read.

use mongodb::bson::{Document, RawBsonRef, RawDocument, doc};

use super::{Oid, born, date, elements, moment, number, value};
use crate::domain::chat_message::{ChatMessage, MAX_MESSAGE, MAX_NONCE};
use crate::domain::email::MAX_EMAIL;
use crate::domain::ids::ChatMessageId;
use crate::domain::text;

/// The document of a message.
pub(in crate::store::mongo) fn document(message: &ChatMessage) -> Document {
    let mut document = doc! {
        "_id": message.id.oid(),
        "user": &message.user,
        "message": &message.text,
        "datetime": date(message.datetime),
        "seq": message.seq,
    };
    if let Some(nonce) = &message.nonce {
        document.insert("nonce", nonce);
    }
    document
}

/// Reads a message that has its number; `None` without one, and when its `_id` is no ObjectId.
pub(in crate::store::mongo) fn read(document: &RawDocument) -> Option<ChatMessage> {
    let (mut id, mut seq, mut user, mut said, mut datetime, mut nonce) =
        (None, None, None, None, None, None);
    for element in elements(document) {
        let member = match element.key().as_str() {
            "_id" => &mut id,
            "seq" => &mut seq,
            "user" => &mut user,
            "message" => &mut said,
            "datetime" => &mut datetime,
            "nonce" => &mut nonce,
            _ => continue,
        };
        *member = value(&element);
    }
    let id = id.and_then(RawBsonRef::as_object_id)?;
    Some(ChatMessage {
        id: ChatMessageId::from_oid(id),
        seq: seq.and_then(number::whole)?,
        user: clipped(user, MAX_EMAIL),
        text: clipped(said, MAX_MESSAGE),
        datetime: datetime.and_then(moment).unwrap_or_else(|| born(id)),
        nonce: nonce
            .and_then(RawBsonRef::as_str)
            .map(|nonce| text::clipped(nonce.to_owned(), MAX_NONCE)),
    })
}

fn clipped(value: Option<RawBsonRef<'_>>, max: usize) -> String {
    let stored = value.and_then(RawBsonRef::as_str).unwrap_or_default();
    text::clipped(stored.to_owned(), max)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId;
    use mongodb::bson::{RawDocumentBuf, rawdoc};

    use super::*;
    use crate::domain::timestamp::Timestamp;

    #[test]
    fn a_message_reads_back() {
        let message = ChatMessage {
            id: ChatMessageId::from_bytes([7; 12]),
            seq: 4,
            user: "ana@example.com".into(),
            text: "hola".into(),
            datetime: Timestamp::from_millis(1_700_000_000_123),
            nonce: Some("n-1".into()),
        };
        let raw = RawDocumentBuf::try_from(&document(&message)).expect("a document");
        assert_eq!(read(&raw), Some(message));
    }

    #[test]
    fn a_message_of_mongoose_has_the_moment_of_its_id() {
        let id = ObjectId::from_bytes([0x65, 0x53, 0xf1, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        let raw = rawdoc! { "_id": id, "user": "ana", "message": "hola", "__v": 0, "seq": 1.0 };
        let message = read(&raw).expect("a message");
        assert_eq!((message.seq, message.datetime), (1, born(id)));
        assert_eq!(message.nonce, None);
    }

    #[test]
    fn a_message_without_a_number_is_not_told() {
        let raw = rawdoc! { "_id": ObjectId::new(), "user": "ana", "message": "hola" };
        assert_eq!(read(&raw), None);
    }

    #[test]
    fn odd_members_are_shown_as_nothing() {
        let raw = rawdoc! { "_id": ObjectId::new(), "seq": 1, "user": 5, "message": ["x"] };
        let message = read(&raw).expect("a message");
        assert_eq!((message.user.as_str(), message.text.as_str()), ("", ""));
    }
}
