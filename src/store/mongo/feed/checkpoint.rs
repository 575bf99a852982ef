//! Checkpoints: positions that feeds save as they pass them, so that a later start can go back.
//!
//! Every node saves its own. All count the same events, so the checkpoints of all nodes are
//! comparable. Their collection is not part of the change stream. A checkpoint does not record what
//! pages have received: it is a token of a real event, and the number of changes up to it.

use mongodb::bson::{Document, RawBsonRef, RawDocument, doc};

use super::token::Token;
use crate::domain::timestamp::Timestamp;
use crate::store::mongo::db::Db;
use crate::store::mongo::documents::{date, field, integer, raw};
use crate::store::{StoreError, StoreResult};

/// How many changes back checkpoints are kept: twice the length of a frame log.
pub(super) const KEPT_CHANGES: i64 = 20_000;

#[derive(Debug, Clone)]
pub(super) struct Checkpoint {
    /// The last event before it.
    pub(super) token: Token,
    /// Changes up to it. Only differences have a meaning.
    pub(super) changes: i64,
}

impl Checkpoint {
    fn read(document: &RawDocument) -> Option<Self> {
        let token = field(document, "token").and_then(RawBsonRef::as_document)?;
        Some(Self {
            token: Token::saved(token),
            changes: integer(document, "changes")?,
        })
    }

    /// Its id in the collection. The order of ids is that of events.
    fn id(&self) -> StoreResult<&str> {
        id_of(&self.token)
    }
}

fn id_of(token: &Token) -> StoreResult<&str> {
    let data = token.data();
    data.ok_or_else(|| StoreError::Internal("a token without data".into()))
}

/// The start of a feed that goes so many changes back: the newest checkpoint that is far enough, or
/// the oldest.
pub(super) async fn before(db: &Db, changes: u32) -> StoreResult<Option<Checkpoint>> {
    let Some(newest) = newest(db).await? else {
        return Ok(None);
    };
    let far_enough = doc! { "changes": { "$lte": newest.changes - i64::from(changes) } };
    match find(db, far_enough, -1).await? {
        Some(checkpoint) => Ok(Some(checkpoint)),
        None => find(db, doc! {}, 1).await,
    }
}

/// The newest checkpoint of all nodes.
pub(super) async fn newest(db: &Db) -> StoreResult<Option<Checkpoint>> {
    find(db, doc! {}, -1).await
}

async fn find(db: &Db, filter: Document, order: i32) -> StoreResult<Option<Checkpoint>> {
    let found = db.checkpoints.find_one(filter).sort(doc! { "_id": order });
    Ok(found.await?.as_deref().and_then(Checkpoint::read))
}

pub(super) async fn save(db: &Db, checkpoint: &Checkpoint) -> StoreResult<()> {
    let id = doc! { "_id": checkpoint.id()? };
    let saved = raw(&doc! {
        "token": checkpoint.token.document(),
        "changes": checkpoint.changes,
        "at": date(Timestamp::now()),
    })?;
    db.checkpoints.replace_one(id, saved).upsert(true).await?;
    Ok(())
}

pub(super) async fn delete(db: &Db, checkpoint: &Checkpoint) -> StoreResult<()> {
    let id = doc! { "_id": checkpoint.id()? };
    db.checkpoints.delete_one(id).await?;
    Ok(())
}

/// Deletes the checkpoints up to an event: no feed can go back there.
pub(super) async fn delete_through(db: &Db, token: &Token) -> StoreResult<()> {
    let passed = doc! { "_id": { "$lte": id_of(token)? } };
    db.checkpoints.delete_many(passed).await?;
    Ok(())
}

/// Deletes checkpoints after an event of now: they belong to another life of the database.
pub(super) async fn delete_after(db: &Db, token: &Token) -> StoreResult<()> {
    let future = doc! { "_id": { "$gt": id_of(token)? } };
    db.checkpoints.delete_many(future).await?;
    Ok(())
}

/// Deletes checkpoints that are further back than [`KEPT_CHANGES`].
pub(super) async fn trim(db: &Db, newest: &Checkpoint) -> StoreResult<()> {
    let far = doc! { "changes": { "$lte": newest.changes - KEPT_CHANGES } };
    if let Some(oldest) = find(db, far, -1).await? {
        let further = doc! { "_id": { "$lt": oldest.id()? } };
        db.checkpoints.delete_many(further).await?;
    }
    Ok(())
}
