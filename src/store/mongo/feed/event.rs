//! Events of the change stream.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, RawBsonRef, RawDocument, RawDocumentBuf, Timestamp, doc};

use super::token::Token;
use crate::domain::change::ProductAction;
use crate::domain::product::MAX_TITLE;
use crate::domain::text;
use crate::store::mongo::documents::{field, number, object_id, string};
use crate::store::mongo::names;

/// The collections whose changes the feed reports.
const REPORTED: [&str; 3] = [names::PRODUCTS, names::CARTS, names::MESSAGES];

/// Selects changes of reported documents, markers, and whatever invalidates the stream.
pub(super) fn pipeline(after: Option<Document>) -> Vec<Document> {
    let mut stream = Document::new();
    stream.extend(after.map(|token| ("resumeAfter".to_owned(), token.into())));
    let mut watched = REPORTED.to_vec();
    watched.push(names::FEED_MARKERS);
    vec![
        doc! { "$changeStream": stream },
        doc! { "$match": { "$or": [
            { "ns.coll": { "$in": watched } },
            { "to.coll": { "$in": REPORTED.to_vec() } },
            { "operationType": { "$in": ["dropDatabase", "invalidate"] } },
        ] } },
        doc! { "$project": {
            "operationType": 1, "ns": 1, "documentKey": 1, "clusterTime": 1, "wallTime": 1,
            "fullDocument._id": 1, "fullDocument.version": 1, "fullDocument.title": 1,
            "fullDocument.seq": 1, "fullDocument.user": 1, "fullDocument.message": 1,
            "fullDocument.datetime": 1, "fullDocument.nonce": 1,
            "updateDescription.updatedFields.version": 1,
            "updateDescription.updatedFields.seq": 1,
        } },
    ]
}

/// A change of one document.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) token: Token,
    pub(super) time: Option<Timestamp>,
    /// Milliseconds of the server's clock; missing from servers before 6.0.
    pub(super) wall_time: Option<i64>,
    pub(super) subject: Subject,
    pub(super) action: ProductAction,
    /// The document's id; `None` if it is not an ObjectId.
    pub(super) id: Option<ObjectId>,
    /// The version that was written.
    pub(super) version: Option<i64>,
    /// The sequence number that was written.
    pub(super) seq: Option<i64>,
    /// The known fields of an inserted or replacing document.
    pub(super) document: Option<RawDocumentBuf>,
}

/// The kind of document that an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Product,
    Cart,
    Message,
    Marker,
}

/// Why a stream cannot be followed past an event.
#[derive(Debug, thiserror::Error)]
pub(super) enum InvalidEvent {
    #[error("an event has no usable token")]
    NoToken,
    #[error("the database or a collection was dropped or renamed ({0})")]
    Gone(String),
}

impl Event {
    /// Reads an event; `None` if there is nothing to report.
    pub(super) fn read(event: &RawDocument) -> Result<Option<Self>, InvalidEvent> {
        let token = Token::of(event).ok_or(InvalidEvent::NoToken)?;
        let operation = string(event, "operationType").unwrap_or_default();
        let collection = part(event, "ns").and_then(|ns| string(ns, "coll"));
        let subject = collection.and_then(subject);
        let action = match operation {
            "insert" => ProductAction::Created,
            "update" | "replace" => ProductAction::Updated,
            "delete" => ProductAction::Deleted,
            // Markers may be dropped at any time.
            "drop" | "rename" if subject == Some(Subject::Marker) => return Ok(None),
            "drop" | "rename" | "dropDatabase" | "invalidate" => {
                return Err(InvalidEvent::Gone(operation.to_owned()));
            }
            _ => return Ok(None),
        };
        let Some(subject) = subject else {
            return Ok(None);
        };
        let document = part(event, "fullDocument");
        let update = part(event, "updateDescription");
        let written = document.or_else(|| part(update?, "updatedFields"));
        let written = |key: &str| field(written?, key);
        let wall_time = field(event, "wallTime").and_then(RawBsonRef::as_datetime);
        Ok(Some(Self {
            token,
            time: field(event, "clusterTime").and_then(RawBsonRef::as_timestamp),
            wall_time: wall_time.map(|time| time.timestamp_millis()),
            subject,
            action,
            id: part(event, "documentKey").and_then(object_id),
            version: written("version").map(|version| number::version(Some(version))),
            seq: written("seq").and_then(number::whole),
            document: document.map(RawDocument::to_owned),
        }))
    }

    /// The title of an inserted or replacing document.
    pub(super) fn title(&self) -> String {
        let document = self.document.as_deref();
        let title = document.and_then(|document| string(document, "title"));
        text::clipped(title.unwrap_or_default().to_owned(), MAX_TITLE)
    }
}

/// How many of these events are of reported documents.
pub(super) fn count_changes(events: &[Event]) -> i64 {
    let changes = events
        .iter()
        .filter(|event| event.subject != Subject::Marker);
    changes.count() as i64
}

fn subject(collection: &str) -> Option<Subject> {
    match collection {
        names::PRODUCTS => Some(Subject::Product),
        names::CARTS => Some(Subject::Cart),
        names::MESSAGES => Some(Subject::Message),
        names::FEED_MARKERS => Some(Subject::Marker),
        _ => None,
    }
}

fn part<'a>(document: &'a RawDocument, key: &str) -> Option<&'a RawDocument> {
    field(document, key).and_then(RawBsonRef::as_document)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::rawdoc;

    use super::*;

    fn event(operation: &str, collection: &str) -> RawDocumentBuf {
        rawdoc! {
            "_id": { "_data": "82AB" }, "operationType": operation,
            "ns": { "db": "shop", "coll": collection }, "documentKey": { "_id": ObjectId::new() },
        }
    }

    #[test]
    fn a_dropped_or_renamed_collection_is_an_invalid_event() {
        for operation in ["drop", "rename", "dropDatabase", "invalidate"] {
            assert!(
                Event::read(&event(operation, "products")).is_err(),
                "{operation}"
            );
        }
        assert!(matches!(
            Event::read(&event("drop", "feed_markers")),
            Ok(None)
        ));
    }

    #[test]
    fn an_update_has_the_version_that_it_wrote() {
        let raw = rawdoc! {
            "_id": { "_data": "82AB" }, "operationType": "update",
            "ns": { "db": "shop", "coll": "products" }, "documentKey": { "_id": ObjectId::new() },
            "updateDescription": { "updatedFields": { "version": 7.0 } },
        };
        let event = Event::read(&raw).expect("valid").expect("an event");
        assert_eq!(
            (event.version, event.action),
            (Some(7), ProductAction::Updated)
        );
        assert_eq!(event.seq, None);
    }

    #[test]
    fn other_collections_are_not_reported() {
        assert!(matches!(Event::read(&event("insert", "orders")), Ok(None)));
        assert!(Event::read(&rawdoc! { "operationType": "insert" }).is_err());
    }
}
