//! Idempotency records.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use mongodb::Database;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Document, RawBsonRef, RawDocument, doc};

use super::commit::{CommitResult, Write};
use super::documents::{Raw, date, field, owned_field, raw};
use super::error::{contended, is_duplicate_key};
use super::names;
use super::retry::Retry;
use crate::domain::command::Conclusion;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::timestamp::Timestamp;
use crate::metrics::Gauge;
use crate::store::idempotency::{decode, encode};
use crate::store::{Executed, RECORD_LIFE, Saved, StoreError, StoreResult};

/// Expired records deleted at a time, if there is no room for a new one. Otherwise the server
/// deletes them.
const TRIM: i64 = 1_000;
/// How long a count of the records is used.
const COUNT_AGE: Duration = Duration::from_secs(1);

/// The records, at most `max`.
#[derive(Debug)]
pub(super) struct IdempotencyRecords {
    collection: Raw,
    max: u64,
    /// When they were last counted and were few.
    few_at: Mutex<Option<Instant>>,
    kept: Gauge,
}

impl IdempotencyRecords {
    pub(super) fn new(database: &Database, max: u64, kept: Gauge) -> Self {
        Self {
            collection: database.collection(names::IDEMPOTENCY_RECORDS),
            max,
            few_at: Mutex::default(),
            kept,
        }
    }

    /// The conclusion in the key's record; `None` if there is none and there is room for one. The
    /// record may be that of this request's earlier attempt, if its commit was in doubt.
    pub(super) async fn executed(
        &self,
        key: &IdempotencyKey,
        was_in_doubt: bool,
    ) -> StoreResult<Option<Executed>> {
        if let Some(saved) = self.find(key).await? {
            let replayed = !was_in_doubt;
            return Ok(Some(Executed { saved, replayed }));
        }
        self.require_capacity().await?;
        Ok(None)
    }

    async fn find(&self, key: &IdempotencyKey) -> StoreResult<Option<Saved>> {
        let live = doc! { "_id": binary(key.id()), "at": { "$gt": date(expired()) } };
        let Some(record) = self.collection.find_one(live).await? else {
            return Ok(None);
        };
        if bytes(&record, "fingerprint") != Some(&key.fingerprint()[..]) {
            return Err(StoreError::IdempotencyMismatch);
        }
        let saved = bytes(&record, "answer");
        let saved = saved.ok_or_else(|| StoreError::Internal("a record without bytes".into()))?;
        decode(saved.to_vec()).map(Some)
    }

    /// Saves the conclusion of a command that has no effect, unless its key has a record.
    pub(super) async fn save(
        &self,
        key: &IdempotencyKey,
        conclusion: Conclusion,
    ) -> StoreResult<Executed> {
        let mut retry = Retry::operation();
        loop {
            if let Some(executed) = self.executed(key, false).await? {
                return Ok(executed);
            }
            let replacement = raw(&record(key, &conclusion))?;
            let save = self
                .collection
                .replace_one(expired_record(key), replacement);
            match save.upsert(true).await {
                Ok(_) => return Ok(Executed::first(conclusion)),
                Err(error) if is_duplicate_key(&error) => {}
                Err(error) => return Err(error.into()),
            }
            if !retry.next_attempt().await {
                return Err(contended("the idempotency record"));
            }
        }
    }

    /// Saves a conclusion together with the effect of its command.
    pub(super) fn write(&self, key: &IdempotencyKey, conclusion: &Conclusion) -> Write {
        Write::upsert(
            &self.collection,
            expired_record(key),
            record(key, conclusion),
        )
    }

    /// The end of an attempt to commit a conclusion and its record; `None` if another attempt is
    /// worthwhile.
    pub(super) async fn conclude(
        &self,
        key: &IdempotencyKey,
        conclusion: Conclusion,
        result: CommitResult,
    ) -> StoreResult<Option<Executed>> {
        let is_retryable = result.is_retryable();
        match result {
            CommitResult::Committed => Ok(Some(Executed::first(conclusion))),
            CommitResult::Conflict => Ok(None),
            CommitResult::Failed { .. } if is_retryable => Ok(None),
            CommitResult::Failed { error, in_doubt } => {
                let saved = if in_doubt {
                    self.find(key).await?
                } else {
                    None
                };
                let saved = saved.ok_or_else(|| StoreError::from(error))?;
                let replayed = false;
                Ok(Some(Executed { saved, replayed }))
            }
        }
    }

    /// Refuses a new key if there are as many records as allowed.
    async fn require_capacity(&self) -> StoreResult<()> {
        if self.were_few() || self.has_room().await? {
            return Ok(());
        }
        self.delete_expired().await?;
        if self.has_room().await? {
            return Ok(());
        }
        Err(StoreError::KeysExhausted)
    }

    async fn has_room(&self) -> StoreResult<bool> {
        let count = self.collection.estimated_document_count().await?;
        // They are few if they cannot reach the bound before the next count.
        let are_few = count < self.max / 10 * 9;
        *self.few_at() = are_few.then(Instant::now);
        self.kept.set(i64::try_from(count).unwrap_or(i64::MAX));
        Ok(count < self.max)
    }

    fn were_few(&self) -> bool {
        self.few_at()
            .is_some_and(|counted| counted.elapsed() < COUNT_AGE)
    }

    fn few_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.few_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn delete_expired(&self) -> StoreResult<()> {
        let expired = doc! { "at": { "$lte": date(expired()) } };
        let found = self.collection.find(expired).projection(doc! { "_id": 1 });
        let documents: Vec<_> = found.limit(TRIM).await?.try_collect().await?;
        let ids = documents
            .iter()
            .filter_map(|document| owned_field(document, "_id"));
        let these = doc! { "_id": { "$in": ids.collect::<Vec<_>>() } };
        self.collection.delete_many(these).await?;
        Ok(())
    }
}

/// Records from this time and earlier have expired.
fn expired() -> Timestamp {
    Timestamp::from_millis(Timestamp::now().millis() - RECORD_LIFE.as_millis() as i64)
}

/// Matches a key's record only if it has expired. A live record is not matched, so an upsert
/// violates the uniqueness of its id.
fn expired_record(key: &IdempotencyKey) -> Document {
    doc! { "_id": binary(key.id()), "at": { "$lte": date(expired()) } }
}

fn record(key: &IdempotencyKey, conclusion: &Conclusion) -> Document {
    doc! {
        "_id": binary(key.id()),
        "fingerprint": binary(key.fingerprint()),
        "at": date(Timestamp::now()),
        "answer": binary(encode(conclusion)),
    }
}

pub(super) fn binary(bytes: impl AsRef<[u8]>) -> Binary {
    Binary {
        subtype: BinarySubtype::Generic,
        bytes: bytes.as_ref().to_vec(),
    }
}

fn bytes<'a>(document: &'a RawDocument, key: &str) -> Option<&'a [u8]> {
    match field(document, key)? {
        RawBsonRef::Binary(binary) => Some(binary.bytes),
        _ => None,
    }
}
