//! What the feed must say of a deleted document, when the database's own event has only its id.
//!
//! A tombstone is written before the deletion. One whose deletion then failed does no harm: nobody
//! looks at it until the document goes, and then there is a newer one.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, RawBsonRef, RawDocument, doc};

use super::collections::{Collections, raw};
use super::document::{Oid, date, member, number, object_id};
use crate::domain::ids::ChatMessageId;
use crate::domain::product::Product;
use crate::domain::timestamp::Timestamp;
use crate::store::StoreResult;

/// What is left of a deleted document.
#[derive(Debug, Default, Clone)]
pub(super) struct Tombstone {
    /// The version of a product's deletion.
    pub(super) version: Option<i64>,
    /// A product's title.
    pub(super) title: String,
    /// A message's number.
    pub(super) seq: Option<i64>,
}

impl Collections {
    pub(super) async fn write_product_tombstone(&self, product: &Product) -> StoreResult<()> {
        let rest = doc! { "version": product.version + 1, "title": &product.title };
        self.write_tombstone(product.id.oid(), rest).await
    }

    pub(super) async fn write_message_tombstone(
        &self,
        id: ChatMessageId,
        seq: i64,
    ) -> StoreResult<()> {
        self.write_tombstone(id.oid(), doc! { "seq": seq }).await
    }

    async fn write_tombstone(&self, id: ObjectId, mut rest: Document) -> StoreResult<()> {
        rest.insert("at", date(Timestamp::now()));
        let tombstone = raw(&rest)?;
        self.tombstones
            .replace_one(doc! { "_id": id }, tombstone)
            .upsert(true)
            .await?;
        Ok(())
    }
}

/// Reads a tombstone and whose it is.
pub(super) fn read(document: &RawDocument) -> Option<(ObjectId, Tombstone)> {
    let title = member(document, "title").and_then(RawBsonRef::as_str);
    let tombstone = Tombstone {
        version: member(document, "version").and_then(number::whole),
        title: title.unwrap_or_default().to_owned(),
        seq: member(document, "seq").and_then(number::whole),
    };
    Some((object_id(document)?, tombstone))
}
