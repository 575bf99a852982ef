//! The life of kept answers, and how many there may be.

use rusqlite::params;

use super::Home;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::timestamp::Timestamp;
use crate::store::sqlite::SqliteStore;
use crate::store::{IdempotencyStore, KEPT_FOR, Reply, StoreError};

fn key(name: &str) -> IdempotencyKey {
    IdempotencyKey::parse(name, "POST", "/", &[]).unwrap()
}

async fn keep(store: &SqliteStore, name: &str, answer: &str) -> Result<Reply, StoreError> {
    store.keep_answer(key(name), answer.into()).await
}

fn first(answer: &str) -> Reply {
    Reply::First(answer.into())
}

fn replayed(answer: &str) -> Reply {
    Reply::Replayed(answer.into())
}

/// Makes an answer as old as one whose time is over since some milliseconds.
fn age(home: &Home, name: &str, over: i64) {
    let then = Timestamp::now().millis() - KEPT_FOR.as_millis() as i64 - over;
    let sql = "UPDATE answers SET answered_at = ? WHERE key = ?";
    let changed = home.stranger().execute(sql, params![then, key(name).id()]);
    assert_eq!(changed.unwrap(), 1);
}

fn kept(home: &Home) -> (i64, i64) {
    let sql = "SELECT (SELECT count(*) FROM answers), answers FROM answer_tally";
    let read = home
        .stranger()
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
    read.unwrap()
}

#[tokio::test]
async fn an_answer_lives_for_a_day() {
    let home = Home::new();
    let store = home.open();
    assert_eq!(keep(&store, "k", "one").await.unwrap(), first("one"));
    age(&home, "k", -60_000);
    assert_eq!(keep(&store, "k", "two").await.unwrap(), replayed("one"));
    age(&home, "k", 1);
    assert_eq!(keep(&store, "k", "two").await.unwrap(), first("two"));
    assert_eq!(keep(&store, "k", "three").await.unwrap(), replayed("two"));
    assert_eq!(kept(&home), (1, 1));
}

#[tokio::test]
async fn no_new_key_is_taken_when_as_many_are_kept_as_can_be() {
    let home = Home::new();
    let store = SqliteStore {
        kept_answers: 3,
        ..home.open()
    };
    for name in ["a", "b", "c"] {
        keep(&store, name, name).await.unwrap();
    }
    let refused = keep(&store, "d", "d").await;
    assert!(
        matches!(refused, Err(StoreError::KeysExhausted)),
        "{refused:?}"
    );
    // A known key is answered all the same, and none was dropped for the new one.
    for name in ["a", "b", "c"] {
        assert_eq!(keep(&store, name, "x").await.unwrap(), replayed(name));
    }
    age(&home, "b", 1);
    assert_eq!(keep(&store, "d", "d").await.unwrap(), first("d"));
    assert_eq!(kept(&home), (3, 3));
}

#[tokio::test]
async fn old_answers_go_a_few_at_a_time() {
    let home = Home::new();
    let store = home.open();
    for n in 0..50 {
        let name = n.to_string();
        keep(&store, &name, "x").await.unwrap();
        age(&home, &name, 1_000);
        assert!(kept(&home).0 <= 2, "the one before went with this one");
    }
    for n in 50..100 {
        keep(&store, &n.to_string(), "x").await.unwrap();
    }
    for n in 50..100 {
        age(&home, &n.to_string(), 1_000);
    }
    keep(&store, "new", "x").await.unwrap();
    assert_eq!(kept(&home), (31, 31));
}
