//! The records of idempotency keys, in the collection `idempotency_answers`.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Document, RawBsonRef, RawDocument, doc};

use super::collections::{Collections, raw};
use super::document::{date, member};
use super::driver::RETRY_FOR;
use super::error::{is_duplicate_key, unavailable};
use super::retry::Retry;
use super::step::Write;
use crate::domain::command::Conclusion;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::timestamp::Timestamp;
use crate::store::idempotency::{decode, encode};
use crate::store::{Executed, RECORD_LIFE, Saved, StoreError, StoreResult};

/// Expired records that are deleted at once when there is no room for another one; otherwise the
/// server deletes them.
const STEP: i64 = 1_000;
/// How long a count of the records is trusted.
const BELIEVED: Duration = Duration::from_secs(1);

/// Bounds the number of records.
#[derive(Debug)]
pub(super) struct IdempotencyRecords {
    max: u64,
    /// When they were last counted and found to be few.
    few_at: Mutex<Option<Instant>>,
}

impl IdempotencyRecords {
    pub(super) fn new(max: u64) -> Self {
        Self {
            max,
            few_at: Mutex::default(),
        }
    }

    fn were_few(&self) -> bool {
        let few_at = self.few_at.lock().unwrap_or_else(PoisonError::into_inner);
        few_at.is_some_and(|counted| counted.elapsed() < BELIEVED)
    }

    /// Records a count. They are few while no second could bring them to the bound.
    fn note(&self, count: u64) {
        let are_few = count < self.max / 10 * 9;
        let mut few_at = self.few_at.lock().unwrap_or_else(PoisonError::into_inner);
        *few_at = are_few.then(Instant::now);
    }
}

impl Collections {
    /// The record of a key.
    pub(super) async fn saved(&self, key: &IdempotencyKey) -> StoreResult<Option<Saved>> {
        let live = doc! { "_id": binary(key.id()), "at": { "$gt": date(expired()) } };
        let Some(record) = self.answers.find_one(live).await? else {
            return Ok(None);
        };
        if bytes(&record, "fingerprint") != Some(&key.fingerprint()[..]) {
            return Err(StoreError::IdempotencyMismatch);
        }
        let saved = bytes(&record, "answer");
        let saved = saved.ok_or_else(|| StoreError::Internal("a record without bytes".into()))?;
        decode(saved.to_vec()).map(Some)
    }

    /// Saves the conclusion of a command without an effect, unless its key has a record.
    pub(super) async fn save(
        &self,
        key: &IdempotencyKey,
        conclusion: Conclusion,
    ) -> StoreResult<Executed> {
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        loop {
            if let Some(saved) = self.saved(key).await? {
                let replayed = true;
                return Ok(Executed { saved, replayed });
            }
            self.require_room().await?;
            let (filter, document) = (free(key), raw(&record(key, &conclusion))?);
            match self
                .answers
                .replace_one(filter, document)
                .upsert(true)
                .await
            {
                Ok(_) => return Ok(Executed::first(conclusion)),
                Err(error) if is_duplicate_key(&error) => {}
                Err(error) => return Err(error.into()),
            }
            if !attempts.next_attempt().await {
                return Err(unavailable("others used the key at every attempt"));
            }
        }
    }

    /// The write that saves a conclusion together with the effect of its command.
    pub(super) fn save_write(&self, key: &IdempotencyKey, conclusion: &Conclusion) -> Write {
        Write::put(&self.answers, free(key), record(key, conclusion))
    }

    /// Refuses a new key at the bound.
    pub(super) async fn require_room(&self) -> StoreResult<()> {
        if self.records.were_few() {
            return Ok(());
        }
        if self.has_room().await? {
            return Ok(());
        }
        self.delete_expired().await?;
        if self.has_room().await? {
            return Ok(());
        }
        Err(StoreError::KeysExhausted)
    }

    async fn has_room(&self) -> StoreResult<bool> {
        let count = self.answers.estimated_document_count().await?;
        self.records.note(count);
        let kept = i64::try_from(count).unwrap_or(i64::MAX);
        self.metrics.keys_kept.set(kept);
        Ok(count < self.records.max)
    }

    async fn delete_expired(&self) -> StoreResult<()> {
        let old = doc! { "at": { "$lte": date(expired()) } };
        let found = self
            .answers
            .find(old)
            .projection(doc! { "_id": 1 })
            .limit(STEP);
        let documents: Vec<_> = found.await?.try_collect().await?;
        let ids: Vec<_> = documents
            .iter()
            .filter_map(|document| Bson::try_from(member(document, "_id")?).ok())
            .collect();
        self.answers
            .delete_many(doc! { "_id": { "$in": ids } })
            .await?;
        Ok(())
    }
}

/// Records up to this moment have expired.
fn expired() -> Timestamp {
    Timestamp::from_millis(Timestamp::now().millis() - RECORD_LIFE.as_millis() as i64)
}

/// Matches a key's record when it has expired. A live one is not matched, and keeps a new one out by
/// its id.
fn free(key: &IdempotencyKey) -> Document {
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
    match member(document, key)? {
        RawBsonRef::Binary(binary) => Some(binary.bytes),
        _ => None,
    }
}
