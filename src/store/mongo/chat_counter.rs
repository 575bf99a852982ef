//! The chat's counter: the last sequence number that was taken.

use mongodb::ClientSession;
use mongodb::bson::{Bson, doc};
use mongodb::error::Result;
use mongodb::options::ReturnDocument;

use super::db::Db;
use super::documents::{field, number};
use crate::store::StoreResult;

const ID: &str = "messages";

/// Takes the next `count` numbers in a transaction, and returns the first of them. Another
/// transaction that takes numbers waits for this one, so the order of numbers is the order of
/// commits.
pub(super) async fn take_numbers(
    db: &Db,
    count: usize,
    session: &mut ClientSession,
) -> Result<i64> {
    let count = count as i64;
    let counter = db
        .counters
        .find_one_and_update(doc! { "_id": ID }, doc! { "$inc": { "last": count } })
        .upsert(true)
        .return_document(ReturnDocument::After)
        .session(session)
        .await?;
    let last = counter.as_ref().and_then(|counter| counter.get("last"));
    Ok(last.and_then(integer).unwrap_or(count) - count + 1)
}

/// Creates the counter, or raises it to the numbers that are in use.
pub(super) async fn raise(db: &Db) -> StoreResult<()> {
    let numbered = doc! { "seq": { "$type": "number" } };
    let newest = db
        .messages
        .find_one(numbered)
        .sort(doc! { "seq": -1 })
        .await?;
    let seq = newest.as_ref().and_then(|message| field(message, "seq"));
    let last = seq
        .and_then(number::real)
        .map_or(0, |seq| seq.ceil() as i64);
    db.counters
        .update_one(doc! { "_id": ID }, doc! { "$max": { "last": last } })
        .upsert(true)
        .await?;
    Ok(())
}

fn integer(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        Bson::Double(number) => Some(*number as i64),
        _ => None,
    }
}
