//! Tombstones: the feed's data of deleted documents, whose events have only an id.
//!
//! A tombstone is written before the deletion. If the deletion fails, it is harmless: it is read
//! only after a deletion, which has written a newer one.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, RawDocument, doc};

use super::db::Db;
use super::documents::{Oid, date, integer, object_id, raw, string};
use crate::domain::ids::ChatMessageId;
use crate::domain::product::Product;
use crate::domain::timestamp::Timestamp;
use crate::store::StoreResult;

#[derive(Debug, Default, Clone)]
pub(super) struct Tombstone {
    /// The version of a product's deletion.
    pub(super) version: Option<i64>,
    /// A product's title.
    pub(super) title: String,
    /// A message's sequence number.
    pub(super) seq: Option<i64>,
}

pub(super) async fn write_product_tombstone(db: &Db, product: &Product) -> StoreResult<()> {
    let content = doc! { "version": product.version + 1, "title": &product.title };
    write_tombstone(db, product.id.oid(), content).await
}

pub(super) async fn write_message_tombstone(
    db: &Db,
    id: ChatMessageId,
    seq: i64,
) -> StoreResult<()> {
    write_tombstone(db, id.oid(), doc! { "seq": seq }).await
}

async fn write_tombstone(db: &Db, id: ObjectId, mut content: Document) -> StoreResult<()> {
    content.insert("at", date(Timestamp::now()));
    let replace = db
        .tombstones
        .replace_one(doc! { "_id": id }, raw(&content)?);
    replace.upsert(true).await?;
    Ok(())
}

/// Reads a tombstone, and which document it is of.
pub(super) fn read(document: &RawDocument) -> Option<(ObjectId, Tombstone)> {
    let tombstone = Tombstone {
        version: integer(document, "version"),
        title: string(document, "title").unwrap_or_default().to_owned(),
        seq: integer(document, "seq"),
    };
    Some((object_id(document)?, tombstone))
}
