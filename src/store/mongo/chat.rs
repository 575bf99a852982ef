//! Chat messages: read in pages, and deleted.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use mongodb::bson::doc;

use super::MongoStore;
use super::db::Db;
use super::documents::{Oid, integer, message, owned_field, unchanged};
use super::error::contended;
use super::retry::Retry;
use super::tombstones::write_message_tombstone;
use crate::domain::chat_message::ChatHistory;
use crate::domain::ids::ChatMessageId;
use crate::domain::refusal::{Refusal, Resource};
use crate::store::{ChatStore, StoreResult};

#[async_trait]
impl ChatStore for MongoStore {
    async fn history(&self, before: Option<i64>, limit: u32) -> StoreResult<ChatHistory> {
        self.run(move |db| async move { history(&db, before, limit).await })
            .await
    }

    async fn delete_message(&self, id: ChatMessageId) -> StoreResult<()> {
        self.run(move |db| async move { delete(&db, id).await })
            .await
    }
}

async fn history(db: &Db, before: Option<i64>, limit: u32) -> StoreResult<ChatHistory> {
    let mut seq = doc! { "$type": "number" };
    if let Some(before) = before {
        seq.insert("$lt", before);
    }
    let found = db
        .messages
        .find(doc! { "_id": { "$type": "objectId" }, "seq": seq })
        .sort(doc! { "seq": -1, "_id": -1 })
        .limit(i64::from(limit) + 1)
        .batch_size(limit.saturating_add(2));
    let documents: Vec<_> = found.await?.try_collect().await?;
    let has_more = documents.len() > limit as usize;
    let newest = documents.iter().take(limit as usize);
    let mut messages: Vec<_> = newest
        .filter_map(|document| message::read(document))
        .collect();
    messages.reverse();
    Ok(ChatHistory { messages, has_more })
}

async fn delete(db: &Db, id: ChatMessageId) -> StoreResult<()> {
    let mut retry = Retry::operation();
    loop {
        let found = db.messages.find_one(doc! { "_id": id.oid() });
        let found = found.projection(doc! { "seq": 1 }).await?;
        let document = found.ok_or(Refusal::NotFound(Resource::Message))?;
        if let Some(seq) = integer(&document, "seq") {
            write_message_tombstone(db, id, seq).await?;
        }
        let seq = owned_field(&document, "seq");
        let as_read = doc! { "_id": id.oid(), "seq": unchanged(seq.as_ref()) };
        if db.messages.delete_one(as_read).await?.deleted_count == 1 {
            return Ok(());
        }
        if !retry.next_attempt().await {
            return Err(contended("the message"));
        }
    }
}
