//! The life of kept answers, and how many there may be.

use mongodb::Database;
use mongodb::bson::{DateTime, Document, doc};

use super::with_database;
use crate::domain::hold::HoldLength;
use crate::domain::command::Conclusion;
use crate::domain::error::ValidationError;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::timestamp::Timestamp;
use crate::store::mongo::MongoStore;
use crate::store::mongo::idempotency::binary;
use crate::store::mongo::collections::name::ANSWERS;
use crate::store::{Execute, Executed, RECORD_LIFE, StoreError, StoreResult};

fn key(name: &str) -> IdempotencyKey {
    IdempotencyKey::parse(name, "POST", "/", &[]).expect("a key")
}

fn conclusion(field: &str) -> Conclusion {
    Conclusion::Invalid(ValidationError::field(field, "is required"))
}

async fn keep(store: &MongoStore, name: &str, field: &str) -> StoreResult<Executed> {
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

/// Makes an answer as old as one whose time is over since some milliseconds. It may be deleted by
/// the server at any time from then on.
async fn age(database: &Database, name: &str, over: i64) {
    let then = Timestamp::now().millis() - RECORD_LIFE.as_millis() as i64 - over;
    let answers = database.collection::<Document>(ANSWERS);
    let change = doc! { "$set": { "at": DateTime::from_millis(then) } };
    let id = doc! { "_id": binary(key(name).id()) };
    answers.update_one(id, change).await.expect("changed");
}

#[test]
fn an_answer_lives_for_a_day() {
    with_database(async |url, database| {
        let store = super::open(&url).await;
        assert_eq!(keep(&store, "k", "one").await.expect("kept"), first("one"));
        age(&database, "k", -60_000).await;
        assert_eq!(
            keep(&store, "k", "two").await.expect("kept"),
            replayed("one")
        );
        age(&database, "k", 1).await;
        assert_eq!(keep(&store, "k", "two").await.expect("kept"), first("two"));
        assert_eq!(keep(&store, "k", "x").await.expect("kept"), replayed("two"));
    });
}

#[test]
fn no_new_key_is_taken_when_as_many_are_kept_as_can_be() {
    with_database(async |url, database| {
        let store = MongoStore::connect_keeping(&url, HoldLength::OFF, 3)
            .await
            .expect("an open store");
        for name in ["a", "b", "c"] {
            keep(&store, name, name).await.expect("kept");
        }
        let refused = keep(&store, "d", "d").await;
        assert!(
            matches!(refused, Err(StoreError::KeysExhausted)),
            "{refused:?}"
        );
        // A known key is answered all the same, and none was dropped for the new one.
        for name in ["a", "b", "c"] {
            assert_eq!(keep(&store, name, "x").await.expect("kept"), replayed(name));
        }
        age(&database, "b", 1).await;
        assert_eq!(keep(&store, "d", "d").await.expect("kept"), first("d"));
    });
}
