//! The life of idempotency records, and their number.

use mongodb::Database;
use mongodb::bson::{DateTime, Document, doc};

use super::with_database;
use crate::domain::command::Conclusion;
use crate::domain::error::ValidationError;
use crate::domain::hold::HoldLength;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::timestamp::Timestamp;
use crate::metrics::StoreMetrics;
use crate::store::mongo::MongoStore;
use crate::store::mongo::idempotency::binary;
use crate::store::mongo::names::IDEMPOTENCY_RECORDS;
use crate::store::{Execute, Executed, RECORD_LIFE, StoreError};

fn key(name: &str) -> IdempotencyKey {
    IdempotencyKey::parse(name, "POST", "/", &[]).expect("a key")
}

fn conclusion(field: &str) -> Conclusion {
    Conclusion::Invalid(ValidationError::field(field, "is required"))
}

async fn save(store: &MongoStore, name: &str, field: &str) -> Executed {
    let saved = store.save_conclusion(key(name), conclusion(field)).await;
    saved.expect("saved")
}

fn first(field: &str) -> Executed {
    Executed::first(conclusion(field))
}

fn replayed(field: &str) -> Executed {
    Executed {
        replayed: true,
        ..first(field)
    }
}

/// Makes a record so old that it expired some milliseconds ago. The server may delete it from then
/// on.
async fn age(database: &Database, name: &str, expired_ms: i64) {
    let then = Timestamp::now().millis() - RECORD_LIFE.as_millis() as i64 - expired_ms;
    let records = database.collection::<Document>(IDEMPOTENCY_RECORDS);
    let change = doc! { "$set": { "at": DateTime::from_millis(then) } };
    let id = doc! { "_id": binary(key(name).id()) };
    records.update_one(id, change).await.expect("changed");
}

#[test]
fn a_record_lives_for_a_day() {
    with_database(async |url, database| {
        let store = super::open(&url).await;
        assert_eq!(save(&store, "k", "one").await, first("one"));
        age(&database, "k", -60_000).await;
        assert_eq!(save(&store, "k", "two").await, replayed("one"));
        age(&database, "k", 1).await;
        assert_eq!(save(&store, "k", "two").await, first("two"));
        assert_eq!(save(&store, "k", "x").await, replayed("two"));
    });
}

#[test]
fn new_keys_are_refused_at_the_bound() {
    with_database(async |url, database| {
        let metrics = StoreMetrics::default();
        let store = MongoStore::connect_with(&url, HoldLength::OFF, 3, metrics).await;
        let store = store.expect("an open store");
        for name in ["a", "b", "c"] {
            save(&store, name, name).await;
        }
        let refused = store.save_conclusion(key("d"), conclusion("d")).await;
        assert!(
            matches!(refused, Err(StoreError::KeysExhausted)),
            "{refused:?}"
        );
        // Known keys are replayed, and no record was dropped.
        for name in ["a", "b", "c"] {
            assert_eq!(save(&store, name, "x").await, replayed(name));
        }
        age(&database, "b", 1).await;
        assert_eq!(save(&store, "d", "d").await, first("d"));
    });
}
