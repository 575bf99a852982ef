//! Places that feeds save as they pass them, so that a later life can go back.
//!
//! Every node saves its own; all count the same events, so that their places fit together. They lie
//! in a collection that the stream does not watch. A place says nothing of what pages were told: it
//! is a token of a real event and how many changes there were up to it.

use mongodb::bson::{Document, RawBsonRef, RawDocument, doc};
use mongodb::options::ReplaceOptions;

use super::token::Token;
use crate::domain::timestamp::Timestamp;
use crate::store::mongo::collections::{Collections, raw};
use crate::store::mongo::document::{date, member, number};
use crate::store::{StoreError, StoreResult};

/// Changes behind which places are kept: the length of a frame log, twice.
pub(super) const KEPT_CHANGES: i64 = 20_000;

/// A place that a feed has passed.
#[derive(Debug, Clone)]
pub(super) struct Checkpoint {
    /// The last event before it.
    pub(super) token: Token,
    /// Events of the shop's documents up to it. Only differences mean something.
    pub(super) changes: i64,
}

impl Checkpoint {
    fn read(document: &RawDocument) -> Option<Self> {
        let token = member(document, "token").and_then(RawBsonRef::as_document)?;
        Some(Self {
            token: Token::saved(token),
            changes: member(document, "changes").and_then(number::whole)?,
        })
    }

    /// Its id in the collection, and so its rank.
    fn id(&self) -> StoreResult<&str> {
        rank(&self.token)
    }
}

fn rank(token: &Token) -> StoreResult<&str> {
    let data = token.data();
    data.ok_or_else(|| StoreError::Internal("a token without data".into()))
}

impl Collections {
    /// The place to start from for a feed that goes so many changes back: the newest that is far
    /// enough, else the oldest.
    pub(super) async fn place_before(&self, changes: u32) -> StoreResult<Option<Checkpoint>> {
        let Some(newest) = self.newest_place().await? else {
            return Ok(None);
        };
        let far = newest.changes - i64::from(changes);
        let far = doc! { "changes": { "$lte": far } };
        match self.checkpoint(far, -1).await? {
            Some(checkpoint) => Ok(Some(checkpoint)),
            None => self.checkpoint(doc! {}, 1).await,
        }
    }

    /// The newest place that anybody has saved.
    pub(super) async fn newest_place(&self) -> StoreResult<Option<Checkpoint>> {
        self.checkpoint(doc! {}, -1).await
    }

    async fn checkpoint(&self, filter: Document, order: i32) -> StoreResult<Option<Checkpoint>> {
        let found = self.places.find_one(filter).sort(doc! { "_id": order });
        Ok(found.await?.as_deref().and_then(Checkpoint::read))
    }

    /// Saves a place.
    pub(super) async fn save_place(&self, checkpoint: &Checkpoint) -> StoreResult<()> {
        let id = checkpoint.id()?;
        let saved = raw(&doc! {
            "token": checkpoint.token.document(),
            "changes": checkpoint.changes,
            "at": date(Timestamp::now()),
        })?;
        let upsert = ReplaceOptions::builder().upsert(true).build();
        self.places
            .replace_one(doc! { "_id": id }, saved)
            .with_options(upsert)
            .await?;
        Ok(())
    }

    /// Forgets one place.
    pub(super) async fn forget_place(&self, checkpoint: &Checkpoint) -> StoreResult<()> {
        self.places
            .delete_one(doc! { "_id": checkpoint.id()? })
            .await?;
        Ok(())
    }

    /// Forgets the places up to an event: nobody can or may go back there.
    pub(super) async fn forget_places_through(&self, token: &Token) -> StoreResult<()> {
        let passed = doc! { "_id": { "$lte": rank(token)? } };
        self.places.delete_many(passed).await?;
        Ok(())
    }

    /// Forgets places that lie behind an event of now: they are of another life of the database.
    pub(super) async fn forget_places_behind(&self, token: &Token) -> StoreResult<()> {
        let future = doc! { "_id": { "$gt": rank(token)? } };
        self.places.delete_many(future).await?;
        Ok(())
    }

    /// Forgets places that are further back than anybody goes.
    pub(super) async fn trim_places(&self, newest: &Checkpoint) -> StoreResult<()> {
        let far = doc! { "changes": { "$lte": newest.changes - KEPT_CHANGES } };
        if let Some(oldest) = self.checkpoint(far, -1).await? {
            let further = doc! { "_id": { "$lt": oldest.id()? } };
            self.places.delete_many(further).await?;
        }
        Ok(())
    }
}
