//! Expiry and number of idempotency records.

use rusqlite::params;

use super::TestFile;
use crate::domain::command::Conclusion;
use crate::domain::error::ValidationError;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::timestamp::Timestamp;
use crate::store::sqlite::SqliteStore;
use crate::store::{Execute, Executed, RECORD_LIFE, StoreError, StoreResult};

fn key(name: &str) -> IdempotencyKey {
    IdempotencyKey::parse(name, "POST", "/", &[]).unwrap()
}

fn conclusion(field: &str) -> Conclusion {
    Conclusion::Invalid(ValidationError::field(field, "is required"))
}

async fn save(store: &SqliteStore, name: &str, field: &str) -> StoreResult<Executed> {
    store.save_conclusion(key(name), conclusion(field)).await
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

/// Makes a record as old as one that expired `millis` ago.
fn age(file: &TestFile, name: &str, millis: i64) {
    let then = Timestamp::now().millis() - RECORD_LIFE.as_millis() as i64 - millis;
    let sql = "UPDATE answers SET answered_at = ? WHERE key = ?";
    let changed = file
        .other_connection()
        .execute(sql, params![then, key(name).id()]);
    assert_eq!(changed.unwrap(), 1);
}

/// The number of rows, and the number in the tally.
fn record_count(file: &TestFile) -> (i64, i64) {
    let sql = "SELECT (SELECT count(*) FROM answers), answers FROM answer_tally";
    let read = file
        .other_connection()
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
    read.unwrap()
}

#[tokio::test]
async fn a_record_expires_after_a_day() {
    let file = TestFile::new();
    let store = file.open();
    assert_eq!(save(&store, "k", "one").await.unwrap(), first("one"));
    age(&file, "k", -60_000);
    assert_eq!(save(&store, "k", "two").await.unwrap(), replayed("one"));
    age(&file, "k", 1);
    assert_eq!(save(&store, "k", "two").await.unwrap(), first("two"));
    assert_eq!(save(&store, "k", "three").await.unwrap(), replayed("two"));
    assert_eq!(record_count(&file), (1, 1));
}

#[tokio::test]
async fn a_new_key_beyond_the_limit_is_refused() {
    let file = TestFile::new();
    let mut store = file.open();
    store.records.max = 3;
    for name in ["a", "b", "c"] {
        save(&store, name, name).await.unwrap();
    }
    let refused = save(&store, "d", "d").await;
    assert!(
        matches!(refused, Err(StoreError::KeysExhausted)),
        "{refused:?}"
    );
    // Known keys still work: no record was dropped for the new one.
    for name in ["a", "b", "c"] {
        assert_eq!(save(&store, name, "x").await.unwrap(), replayed(name));
    }
    age(&file, "b", 1);
    assert_eq!(save(&store, "d", "d").await.unwrap(), first("d"));
    assert_eq!(record_count(&file), (3, 3));
}

#[tokio::test]
async fn expired_records_are_deleted_in_small_batches() {
    let file = TestFile::new();
    let store = file.open();
    for n in 0..50 {
        let name = n.to_string();
        save(&store, &name, "x").await.unwrap();
        age(&file, &name, 1_000);
        assert!(record_count(&file).0 <= 2, "the one before is deleted");
    }
    for n in 50..100 {
        save(&store, &n.to_string(), "x").await.unwrap();
    }
    for n in 50..100 {
        age(&file, &n.to_string(), 1_000);
    }
    save(&store, "new", "x").await.unwrap();
    assert_eq!(record_count(&file), (31, 31));
}
