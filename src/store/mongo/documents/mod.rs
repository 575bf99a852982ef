//! BSON documents and the types of the domain, converted by hand and tolerantly: one unexpected
//! document never fails a batch.

pub(super) mod cart;
pub(super) mod message;
pub(super) mod number;
pub(super) mod order;
pub(super) mod product;
pub(super) mod product_update;
mod stored_fields;

use mongodb::Collection;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::raw::RawElement;
use mongodb::bson::{Bson, DateTime, Document, RawBsonRef, RawDocument, RawDocumentBuf, bson};

use crate::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
use crate::domain::timestamp::Timestamp;
use crate::store::StoreResult;

/// A collection whose documents are converted by hand.
pub(super) type Raw = Collection<RawDocumentBuf>;

/// The elements of a document, up to the first that is malformed.
pub(super) fn elements(document: &RawDocument) -> impl Iterator<Item = RawElement<'_>> {
    document.iter_elements().map_while(Result::ok)
}

/// An element's value; `None` also for strings that are not UTF-8.
pub(super) fn value<'a>(element: &RawElement<'a>) -> Option<RawBsonRef<'a>> {
    element.value().ok()
}

/// The value of a field, if it is readable.
pub(super) fn field<'a>(document: &'a RawDocument, key: &str) -> Option<RawBsonRef<'a>> {
    document.get(key).ok().flatten()
}

/// The value of a field, owned.
pub(super) fn owned_field(document: &RawDocument, key: &str) -> Option<Bson> {
    field(document, key).and_then(|value| Bson::try_from(value).ok())
}

pub(super) fn string<'a>(document: &'a RawDocument, key: &str) -> Option<&'a str> {
    field(document, key).and_then(RawBsonRef::as_str)
}

pub(super) fn integer(document: &RawDocument, key: &str) -> Option<i64> {
    field(document, key).and_then(number::whole)
}

/// The document's id, if it is an ObjectId.
pub(super) fn object_id(document: &RawDocument) -> Option<ObjectId> {
    field(document, "_id").and_then(RawBsonRef::as_object_id)
}

/// Absent, or as good as absent: mongoose writes `null` for a field that was set to undefined.
pub(super) fn is_missing(value: Option<RawBsonRef<'_>>) -> bool {
    matches!(value, None | Some(RawBsonRef::Null | RawBsonRef::Undefined))
}

/// Reads a BSON date.
pub(super) fn timestamp(value: RawBsonRef<'_>) -> Option<Timestamp> {
    let date = value.as_datetime()?;
    Some(Timestamp::from_millis(date.timestamp_millis()))
}

/// A time as it is stored.
pub(super) fn date(time: Timestamp) -> DateTime {
    DateTime::from_millis(time.millis())
}

/// When an id was made, in place of a document's missing time.
pub(super) fn id_time(id: ObjectId) -> Timestamp {
    Timestamp::from_millis(id.timestamp().timestamp_millis())
}

/// A document in the form in which collections take it.
pub(super) fn raw(document: &Document) -> StoreResult<RawDocumentBuf> {
    RawDocumentBuf::try_from(document).map_err(|error| mongodb::error::Error::from(error).into())
}

/// Matches a document only while a field has the value that was read.
pub(super) fn unchanged(value: Option<&Bson>) -> Bson {
    match value {
        Some(value) => bson!({ "$eq": value.clone() }),
        None => bson!({ "$exists": false }),
    }
}

/// Ids of the domain as ObjectIds.
pub(super) trait Oid: Sized {
    fn oid(self) -> ObjectId;
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
