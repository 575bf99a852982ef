//! Chat messages: their documents and back.

use mongodb::bson::{Document, RawBsonRef, RawDocument, doc};

use super::{Oid, date, elements, id_time, number, timestamp, value};
use crate::domain::chat_message::{ChatMessage, MAX_MESSAGE, MAX_NONCE};
use crate::domain::email::MAX_EMAIL;
use crate::domain::ids::ChatMessageId;
use crate::domain::text;

pub(crate) fn document(message: &ChatMessage) -> Document {
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

/// Reads a message; `None` if it has no sequence number yet, or its `_id` is not an ObjectId.
pub(crate) fn read(document: &RawDocument) -> Option<ChatMessage> {
    let (mut id, mut seq, mut user, mut text, mut datetime, mut nonce) =
        (None, None, None, None, None, None);
    for element in elements(document) {
        let field = match element.key().as_str() {
            "_id" => &mut id,
            "seq" => &mut seq,
            "user" => &mut user,
            "message" => &mut text,
            "datetime" => &mut datetime,
            "nonce" => &mut nonce,
            _ => continue,
        };
        *field = value(&element);
    }
    let id = id.and_then(RawBsonRef::as_object_id)?;
    Some(ChatMessage {
        id: ChatMessageId::from_oid(id),
        seq: seq.and_then(number::whole)?,
        user: clipped(user, MAX_EMAIL).unwrap_or_default(),
        text: clipped(text, MAX_MESSAGE).unwrap_or_default(),
        datetime: datetime.and_then(timestamp).unwrap_or_else(|| id_time(id)),
        nonce: clipped(nonce, MAX_NONCE),
    })
}

fn clipped(value: Option<RawBsonRef<'_>>, max: usize) -> Option<String> {
    let stored = value.and_then(RawBsonRef::as_str)?;
    Some(text::clipped(stored.to_owned(), max))
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
    fn a_mongoose_message_has_the_time_of_its_id() {
        let id = ObjectId::from_bytes([0x65, 0x53, 0xf1, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        let raw = rawdoc! { "_id": id, "user": "ana", "message": "hola", "__v": 0, "seq": 1.0 };
        let message = read(&raw).expect("a message");
        assert_eq!((message.seq, message.datetime), (1, id_time(id)));
        assert_eq!(message.nonce, None);
    }

    #[test]
    fn a_message_without_a_sequence_number_is_not_read() {
        let raw = rawdoc! { "_id": ObjectId::new(), "user": "ana", "message": "hola" };
        assert_eq!(read(&raw), None);
    }

    #[test]
    fn unexpected_values_are_shown_as_empty() {
        let raw = rawdoc! { "_id": ObjectId::new(), "seq": 1, "user": 5, "message": ["x"] };
        let message = read(&raw).expect("a message");
        assert_eq!((message.user.as_str(), message.text.as_str()), ("", ""));
    }
}
