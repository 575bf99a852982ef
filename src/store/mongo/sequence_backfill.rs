//! Sequence numbers for messages that another program stored without one.

use std::sync::Arc;

use futures_util::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::collections::{Collections, name};
use super::document::object_id;
use super::driver::{RETRY_FOR, with_deadline};
use super::error::{is_transient, unavailable};
use super::retry::Retry;
use crate::store::{StoreError, StoreResult};

/// Messages that are numbered in one transaction.
const BATCH: i64 = 500;

/// Numbers messages whenever somebody saw one without a number.
#[derive(Debug, Default)]
pub(super) struct SequenceBackfill {
    wanted: Notify,
}

impl SequenceBackfill {
    /// Says that there are messages to number.
    pub(super) fn want(&self) {
        self.wanted.notify_one();
    }

    /// Works for as long as the store is open.
    pub(super) async fn work(self: Arc<Self>, collections: Arc<Collections>, handle: Handle) {
        loop {
            self.wanted.notified().await;
            let mut attempts = Retry::through_an_outage();
            loop {
                let collections = collections.clone();
                let step = async move { collections.number_messages().await };
                match with_deadline(&handle, RETRY_FOR * 4, step)
                    .await
                    .and_then(|done| done)
                {
                    Ok(()) => break,
                    Err(error) => log::warn!("messages wait for their number: {error}"),
                }
                attempts.next_attempt().await;
            }
        }
    }
}

impl Collections {
    /// Numbers all messages that have no number, in the order of their ids.
    pub(super) async fn number_messages(&self) -> StoreResult<()> {
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        loop {
            let ids = self.unnumbered().await?;
            if ids.is_empty() {
                return Ok(());
            }
            match self.number(&ids, &mut attempts).await {
                Ok(()) => {
                    log::info!("numbered {} messages of another program", ids.len());
                    attempts = Retry::with_deadline(RETRY_FOR);
                }
                Err(BackfillPending::Disturbed) if attempts.next_attempt().await => {}
                Err(BackfillPending::Disturbed) => {
                    return Err(unavailable("the messages could not be numbered in time"));
                }
                Err(BackfillPending::Failed(error)) => return Err(error),
            }
        }
    }

    async fn unnumbered(&self) -> StoreResult<Vec<ObjectId>> {
        let filter = doc! { "_id": { "$type": "objectId" }, "seq": null };
        let found = self
            .messages
            .find(filter)
            .sort(doc! { "_id": 1 })
            .limit(BATCH);
        let documents: Vec<_> = found
            .projection(doc! { "_id": 1 })
            .await?
            .try_collect()
            .await?;
        Ok(documents
            .iter()
            .filter_map(|document| object_id(document))
            .collect())
    }

    async fn number(&self, ids: &[ObjectId], attempts: &mut Retry) -> Result<(), BackfillPending> {
        let mut transaction = self.sessions.begin().await?;
        let session = &mut transaction.session;
        let numbered = async {
            let first = self.take_numbers(ids.len(), session).await?;
            let statements: Vec<_> = (first..).zip(ids).map(statement).collect();
            let command = doc! { "update": name::MESSAGES, "updates": statements };
            self.database.run_command(command).session(session).await
        };
        let answer = match numbered.await {
            Ok(answer) => answer,
            Err(error) => {
                transaction.abort(Some(&error)).await;
                return Err(error.into());
            }
        };
        // A message that went, or got its number from somebody else, must not take one of ours.
        if answer.get_i32("nModified").ok() != i32::try_from(ids.len()).ok() {
            transaction.abort(None).await;
            return Err(BackfillPending::Disturbed);
        }
        Ok(transaction.commit(attempts).await?)
    }
}

fn statement((seq, id): (i64, &ObjectId)) -> Document {
    doc! { "q": { "_id": id, "seq": null }, "u": { "$set": { "seq": seq } } }
}

/// Why messages are without numbers still.
enum BackfillPending {
    /// Somebody else was at it.
    Disturbed,
    Failed(StoreError),
}

impl From<mongodb::error::Error> for BackfillPending {
    fn from(error: mongodb::error::Error) -> Self {
        if is_transient(&error) {
            Self::Disturbed
        } else {
            Self::Failed(error.into())
        }
    }
}
