//! The chat's counter: the last sequence number that was given.

use mongodb::ClientSession;
use mongodb::bson::{Bson, doc};
use mongodb::options::ReturnDocument;

use super::collections::Collections;
use super::document::{member, number};
use crate::store::StoreResult;

const ID: &str = "messages";

impl Collections {
    /// Takes the next `count` numbers in a transaction and returns the first of them. Whoever takes
    /// numbers waits for those who took some before, so the order of numbers is that of commits.
    pub(super) async fn take_numbers(
        &self,
        count: usize,
        session: &mut ClientSession,
    ) -> mongodb::error::Result<i64> {
        let count = count as i64;
        let counter = self
            .counters
            .find_one_and_update(doc! { "_id": ID }, doc! { "$inc": { "last": count } })
            .upsert(true)
            .return_document(ReturnDocument::After)
            .session(session)
            .await?;
        let last = counter
            .as_ref()
            .and_then(|counter| counter.get("last"))
            .and_then(integer);
        Ok(last.unwrap_or(count) - count + 1)
    }

    /// Makes the counter, or lifts it over the numbers that are in use.
    pub(super) async fn lift_counter(&self) -> StoreResult<()> {
        let numbered = doc! { "seq": { "$type": "number" } };
        let newest = self
            .messages
            .find_one(numbered)
            .sort(doc! { "seq": -1 })
            .await?;
        let last = newest
            .as_ref()
            .and_then(|message| member(message, "seq"))
            .and_then(number::real)
            .map_or(0, |seq| seq.ceil() as i64);
        self.counters
            .update_one(doc! { "_id": ID }, doc! { "$max": { "last": last } })
            .upsert(true)
            .await?;
        Ok(())
    }
}

fn integer(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        Bson::Double(number) => Some(*number as i64),
        _ => None,
    }
}
