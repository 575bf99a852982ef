//! BSON documents and the shop's nouns, converted by hand and tolerantly: one odd document never
//! fails a batch.

pub(super) mod cart;
pub(super) mod message;
pub(super) mod number;
pub(super) mod order;
pub(super) mod product;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::raw::RawElement;
use mongodb::bson::{Bson, DateTime, RawBsonRef, RawDocument};

use crate::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
use crate::domain::timestamp::Timestamp;

/// The elements of a document up to the first that cannot even be passed over.
pub(super) fn elements(document: &RawDocument) -> impl Iterator<Item = RawElement<'_>> {
    document.iter_elements().map_while(Result::ok)
}

/// An element's value; `None` also for texts that are not UTF-8.
pub(super) fn value<'a>(element: &RawElement<'a>) -> Option<RawBsonRef<'a>> {
    element.value().ok()
}

/// The value of a key, if it can be read.
pub(super) fn member<'a>(document: &'a RawDocument, key: &str) -> Option<RawBsonRef<'a>> {
    document.get(key).ok().flatten()
}

/// Absent, or as good as absent: mongoose writes `null` for what was set to nothing.
pub(super) fn is_missing(value: Option<RawBsonRef<'_>>) -> bool {
    matches!(
        value,
        None | Some(RawBsonRef::Null) | Some(RawBsonRef::Undefined)
    )
}

/// The document's id, if it is an ObjectId.
pub(super) fn object_id(document: &RawDocument) -> Option<ObjectId> {
    member(document, "_id").and_then(RawBsonRef::as_object_id)
}

/// A BSON date.
pub(super) fn moment(value: RawBsonRef<'_>) -> Option<Timestamp> {
    value
        .as_datetime()
        .map(|date| Timestamp::from_millis(date.timestamp_millis()))
}

/// When an id was made: the moment of documents that do not say theirs.
pub(super) fn born(id: ObjectId) -> Timestamp {
    Timestamp::from_millis(id.timestamp().timestamp_millis())
}

/// A moment as it is stored.
pub(super) fn date(moment: Timestamp) -> DateTime {
    DateTime::from_millis(moment.millis())
}

/// The ids of our nouns, as they are stored and back.
pub(super) trait Oid: Sized {
    /// The id as a document has it.
    fn oid(self) -> ObjectId;
    /// The id of a document.
    fn from_oid(oid: ObjectId) -> Self;
}

macro_rules! oid {
    ($($id:ty),*) => {$(
        impl Oid for $id {
            fn oid(self) -> ObjectId {
                ObjectId::from_bytes(self.bytes())
            }

            fn from_oid(oid: ObjectId) -> Self {
                Self::from_bytes(oid.bytes())
            }
        }
    )*};
}

oid!(ProductId, CartId, ChatMessageId, OrderId);

/// Matches a document only while its member is as it was read.
pub(super) fn unchanged(value: Option<&Bson>) -> Bson {
    match value {
        Some(value) => mongodb::bson::bson!({ "$eq": value.clone() }),
        None => mongodb::bson::bson!({ "$exists": false }),
    }
}
