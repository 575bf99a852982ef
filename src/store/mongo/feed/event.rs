//! Events of the change stream, read by hand.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, RawBsonRef, RawDocument, RawDocumentBuf, Timestamp, doc};

use super::token::Token;
use crate::domain::change::ProductAction;
use crate::store::mongo::collections::name;
use crate::store::mongo::document::{member, number};

/// The collections whose documents the feed tells of.
const TOLD: [&str; 3] = [name::PRODUCTS, name::CARTS, name::MESSAGES];

/// What of the database the feed wants to see: changes of the shop's documents, its own marks, and
/// whatever makes the stream unfit to be followed.
pub(super) fn pipeline(after: Option<Document>) -> Vec<Document> {
    let mut stream = Document::new();
    stream.extend(after.map(|token| ("resumeAfter".to_owned(), token.into())));
    let mut watched = TOLD.to_vec();
    watched.push(name::MARKERS);
    vec![
        doc! { "$changeStream": stream },
        doc! { "$match": { "$or": [
            { "ns.coll": { "$in": watched } },
            { "to.coll": { "$in": TOLD.to_vec() } },
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

/// An event of one document.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) token: Token,
    pub(super) time: Option<Timestamp>,
    /// When it happened by the server's clock, in milliseconds; servers before 6.0 do not tell.
    pub(super) wall: Option<i64>,
    pub(super) subject: Subject,
    pub(super) action: ProductAction,
    /// The document's id; `None` when it is no ObjectId.
    pub(super) id: Option<ObjectId>,
    /// The version that this event gave.
    pub(super) version: Option<i64>,
    /// The sequence number that this event gave.
    pub(super) seq: Option<i64>,
    /// What an insertion or replacement stored of the members that we know.
    pub(super) document: Option<RawDocumentBuf>,
}

/// Which noun an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Product,
    Cart,
    Message,
    Marker,
}

/// Why the stream cannot be followed beyond an event.
#[derive(Debug, thiserror::Error)]
pub(super) enum InvalidEvent {
    #[error("an event has no usable token")]
    NoToken,
    #[error("the database or a collection was dropped or renamed ({0})")]
    Gone(String),
}

impl Event {
    /// Reads an event; `None` for one that tells nothing.
    pub(super) fn read(event: &RawDocument) -> Result<Option<Self>, InvalidEvent> {
        let token = Token::of(event).ok_or(InvalidEvent::NoToken)?;
        let operation = text(event, "operationType").unwrap_or_default();
        let collection = part(event, "ns").and_then(|ns| text(ns, "coll"));
        let subject = collection.and_then(subject);
        let action = match operation {
            "insert" => ProductAction::Created,
            "update" | "replace" => ProductAction::Updated,
            "delete" => ProductAction::Deleted,
            // The marks of feeds may go at any time.
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
        let updated =
            part(event, "updateDescription").and_then(|update| part(update, "updatedFields"));
        let given = document.or(updated);
        let given = |key: &str| given.and_then(|given| member(given, key));
        Ok(Some(Self {
            token,
            time: member(event, "clusterTime").and_then(RawBsonRef::as_timestamp),
            wall: member(event, "wallTime")
                .and_then(RawBsonRef::as_datetime)
                .map(|wall| wall.timestamp_millis()),
            subject,
            action,
            id: part(event, "documentKey").and_then(crate::store::mongo::document::object_id),
            version: given("version").map(|version| number::version(Some(version))),
            seq: given("seq").and_then(number::whole),
            document: document.map(RawDocument::to_owned),
        }))
    }

    /// The title that an insertion stored.
    pub(super) fn title(&self) -> String {
        let stored = self
            .document
            .as_deref()
            .and_then(|document| text(document, "title"));
        let title = stored.unwrap_or_default().to_owned();
        crate::domain::text::clipped(title, crate::domain::product::MAX_TITLE)
    }
}

fn subject(collection: &str) -> Option<Subject> {
    match collection {
        name::PRODUCTS => Some(Subject::Product),
        name::CARTS => Some(Subject::Cart),
        name::MESSAGES => Some(Subject::Message),
        name::MARKERS => Some(Subject::Marker),
        _ => None,
    }
}

fn text<'a>(document: &'a RawDocument, key: &str) -> Option<&'a str> {
    member(document, key).and_then(RawBsonRef::as_str)
}

fn part<'a>(document: &'a RawDocument, key: &str) -> Option<&'a RawDocument> {
    member(document, key).and_then(RawBsonRef::as_document)
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
    fn the_end_of_a_collection_ends_the_feed() {
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
    fn an_update_gives_the_version_that_it_wrote() {
        let raw = rawdoc! {
            "_id": { "_data": "82AB" }, "operationType": "update",
            "ns": { "db": "shop", "coll": "products" }, "documentKey": { "_id": ObjectId::new() },
            "updateDescription": { "updatedFields": { "version": 7.0 } },
        };
        let event = Event::read(&raw).expect("fit").expect("an event");
        assert_eq!(
            (event.version, event.action),
            (Some(7), ProductAction::Updated)
        );
        assert_eq!(event.seq, None);
    }

    #[test]
    fn other_collections_tell_nothing() {
        assert!(matches!(Event::read(&event("insert", "orders")), Ok(None)));
        assert!(Event::read(&rawdoc! { "operationType": "insert" }).is_err());
    }
}
