//! Sequence numbers for chat messages that another program stored without one.

use std::sync::Arc;

use futures_util::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::chat_counter::take_numbers;
use super::db::Db;
use super::documents::object_id;
use super::driver::{RETRY_FOR, with_deadline};
use super::error::{contended, is_transient};
use super::names;
use super::retry::Retry;
use crate::store::{StoreError, StoreResult};

/// Messages of one transaction.
const BATCH: i64 = 500;

/// The background task that numbers messages when it is asked to.
#[derive(Debug, Default)]
pub(super) struct SequenceBackfill {
    requested: Notify,
}

impl SequenceBackfill {
    /// There may be messages without a number.
    pub(super) fn request(&self) {
        self.requested.notify_one();
    }

    /// Runs while the store is open.
    pub(super) async fn run(self: Arc<Self>, db: Arc<Db>, handle: Handle) {
        loop {
            self.requested.notified().await;
            let mut retry = Retry::through_outage();
            loop {
                let db = db.clone();
                let work = async move { number_all(&db).await };
                match with_deadline(&handle, RETRY_FOR * 4, work).await.flatten() {
                    Ok(()) => break,
                    Err(error) => {
                        log::warn!("message sequence backfill failed, retrying: {error}");
                    }
                }
                retry.next_attempt().await;
            }
        }
    }
}

/// Numbers all messages without a number, in the order of their ids.
pub(super) async fn number_all(db: &Db) -> StoreResult<()> {
    let mut retry = Retry::operation();
    loop {
        let ids = unnumbered(db).await?;
        if ids.is_empty() {
            return Ok(());
        }
        match number(db, &ids, &mut retry).await {
            Ok(()) => {
                let count = ids.len();
                log::info!("assigned sequence numbers to {count} foreign messages");
                retry = Retry::operation();
            }
            Err(BackfillPending::Conflict) if retry.next_attempt().await => {}
            Err(BackfillPending::Conflict) => return Err(contended("the messages")),
            Err(BackfillPending::Failed(error)) => return Err(error),
        }
    }
}

async fn unnumbered(db: &Db) -> StoreResult<Vec<ObjectId>> {
    let found = db
        .messages
        .find(doc! { "_id": { "$type": "objectId" }, "seq": null })
        .sort(doc! { "_id": 1 })
        .projection(doc! { "_id": 1 })
        .limit(BATCH);
    let documents: Vec<_> = found.await?.try_collect().await?;
    let ids = documents.iter().filter_map(|document| object_id(document));
    Ok(ids.collect())
}

async fn number(db: &Db, ids: &[ObjectId], retry: &mut Retry) -> Result<(), BackfillPending> {
    let mut transaction = db.sessions.begin().await?;
    let session = &mut transaction.session;
    let numbered = async {
        let first = take_numbers(db, ids.len(), session).await?;
        let statements: Vec<_> = (first..).zip(ids).map(statement).collect();
        let command = doc! { "update": names::MESSAGES, "updates": statements };
        db.database.run_command(command).session(session).await
    };
    let reply = match numbered.await {
        Ok(reply) => reply,
        Err(error) => {
            transaction.abort(Some(&error)).await;
            return Err(error.into());
        }
    };
    // If a message was deleted, or numbered by another node, a number of ours would stay unused.
    if reply.get_i32("nModified").ok() != i32::try_from(ids.len()).ok() {
        transaction.abort(None).await;
        return Err(BackfillPending::Conflict);
    }
    Ok(transaction.commit(retry).await?)
}

fn statement((seq, id): (i64, &ObjectId)) -> Document {
    doc! { "q": { "_id": id, "seq": null }, "u": { "$set": { "seq": seq } } }
}

/// Why messages still have no numbers.
enum BackfillPending {
    Conflict,
    Failed(StoreError),
}

impl From<mongodb::error::Error> for BackfillPending {
    fn from(error: mongodb::error::Error) -> Self {
        if is_transient(&error) {
            Self::Conflict
        } else {
            Self::Failed(error.into())
        }
    }
}
