//! Checkpoints, and replays from them.

use mongodb::Database;
use mongodb::bson::{Document, doc};
use tokio::sync::watch;

use super::checkpoint::{self, Checkpoint, KEPT_CHANGES};
use super::checkpoint_saver::CheckpointSaver;
use super::token::Token;
use crate::domain::change::{Change, ChangeKind};
use crate::domain::chat_message::NewChatMessage;
use crate::domain::email::Email;
use crate::store::mongo::MongoStore;
use crate::store::mongo::tests::{database_url, new_product, open, with_database};
use crate::store::typed_commands::TypedCommands;
use crate::store::{ChangeFeed, Feed, FeedStart, StoreLifecycle};

const FAR: FeedStart = FeedStart::Back(1000);

async fn append(store: &MongoStore, text: &str) -> crate::domain::chat_message::ChatMessage {
    let user = Email::parse("ana@example.com").expect("an e-mail address");
    let message = NewChatMessage::new(user, text.into(), None).expect("a message");
    let appended = store.append_message(message).await;
    appended.expect("appended").message
}

async fn back(store: &MongoStore) -> Feed {
    store.open_feed(FAR).await.expect("a feed")
}

async fn next(feed: &mut Feed) -> Vec<Change> {
    loop {
        let batch = feed.live.next().await.expect("a live feed");
        if !batch.changes.is_empty() {
            return batch.changes;
        }
    }
}

async fn checkpoints(database: &Database) -> Vec<Document> {
    use futures_util::TryStreamExt;
    let collection = database.collection::<Document>("feed_places");
    let found = collection.find(doc! {}).sort(doc! { "_id": 1 });
    found
        .await
        .expect("checkpoints")
        .try_collect()
        .await
        .expect("checkpoints")
}

/// A checkpoint with an invented token, after so many changes.
fn checkpoint(changes: i64) -> Checkpoint {
    let token = mongodb::bson::rawdoc! { "_data": format!("82{changes:012}") };
    Checkpoint {
        token: Token::saved(&token),
        changes,
    }
}

#[test]
fn checkpoints_of_another_database_are_deleted() {
    with_database(async |url, database| {
        let foreign = add_foreign_checkpoints(&database).await;
        let store = open(&url).await;
        let mut feed = back(&store).await;
        assert_eq!(feed.backlog, []);
        let product = store
            .create_product(new_product("A"))
            .await
            .expect("stored");
        let changes = next(&mut feed).await;
        assert!(matches!(&changes[0].kind, ChangeKind::Product(change) if change.id == product.id));
        let known = checkpoints(&database).await;
        assert_eq!(known.len(), 1, "its own start");
        assert!(!foreign.contains(&known[0]));
        store.close().await;
    });
}

/// Copies the checkpoints of another database.
async fn add_foreign_checkpoints(database: &Database) -> Vec<Document> {
    let name = format!("{}_other", database.name());
    let other = database.client().database(&name);
    let url = database_url(&name).expect("a server");
    let store = open(&url).await;
    for _ in 0..3 {
        store.open_feed(FeedStart::Now).await.expect("a feed");
        append(&store, "hello").await;
    }
    store.close().await;
    let foreign = checkpoints(&other).await;
    assert_eq!(foreign.len(), 3);
    let own = database.collection::<Document>("feed_places");
    own.insert_many(&foreign).await.expect("copied");
    other.drop().await.expect("dropped");
    foreign
}

#[test]
fn a_replay_does_not_cross_a_dropped_collection() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let feed = back(&store).await;
        store
            .create_product(new_product("A"))
            .await
            .expect("stored");
        store.close().await;
        let products = database.collection::<Document>("products");
        products.drop().await.expect("dropped");

        let store = open(&url).await;
        let after = back(&store).await;
        assert_eq!(after.backlog, []);
        assert_ne!(after.base, feed.base);
        store
            .create_product(new_product("B"))
            .await
            .expect("stored");
        store.close().await;
        // Changes after the drop are replayed.
        let store = open(&url).await;
        let replayed = back(&store).await;
        assert_eq!((replayed.backlog.len(), replayed.base), (1, after.base));
        store.close().await;
    });
}

#[test]
fn a_replay_begins_after_an_unclear_deletion() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let message = append(&store, "one").await;
        let feed = back(&store).await;
        append(&store, "two").await;
        store.close().await;
        // No event has its number, and there is no tombstone.
        let messages = database.collection::<Document>("messages");
        let filter = doc! { "seq": message.seq };
        messages.delete_one(filter).await.expect("deleted");

        let store = open(&url).await;
        let three = append(&store, "three").await;
        let mut after = back(&store).await;
        assert_ne!(after.base, feed.base);
        assert_eq!(after.backlog.len(), 1);
        assert_eq!(
            after.backlog[0].kind,
            ChangeKind::MessageAppended(three.clone().into())
        );
        // The deletion of a message with a known number is reported.
        let filter = doc! { "seq": three.seq };
        messages.delete_one(filter).await.expect("deleted");
        let deleted = ChangeKind::MessageDeleted {
            id: three.id,
            seq: three.seq,
        };
        assert_eq!(next(&mut after).await[0].kind, deleted);
        store.close().await;
        let store = open(&url).await;
        let replayed = back(&store).await;
        assert_eq!(replayed.base, after.base);
        assert_eq!(replayed.backlog[1].kind, deleted);
        store.close().await;
    });
}

#[test]
fn a_node_replays_from_another_nodes_checkpoints() {
    with_database(async |url, _| {
        let (first, second) = (open(&url).await, open(&url).await);
        let mut here = back(&first).await;
        let mut received = Vec::new();
        for n in 0..5 {
            append(if n % 2 == 0 { &first } else { &second }, "hello").await;
        }
        while received.len() < 5 {
            received.extend(next(&mut here).await);
        }
        let mut there = back(&second).await;
        assert_eq!((&there.base, &there.backlog), (&here.base, &received));
        append(&first, "again").await;
        assert_eq!(next(&mut there).await, next(&mut here).await);
        first.close().await;
        second.close().await;
    });
}

#[test]
fn the_newest_checkpoint_far_enough_back_is_chosen() {
    with_database(async |url, _| {
        let store = open(&url).await;
        let db = &store.db;
        let chosen = async |back| {
            let found = checkpoint::before(db, back).await.expect("a server");
            found.map(|checkpoint| checkpoint.changes)
        };
        assert_eq!(chosen(10).await, None);
        for changes in [100, 200, 300, 310] {
            let saved = checkpoint::save(db, &checkpoint(changes)).await;
            saved.expect("saved");
        }
        for (back, expected) in [(0, 310), (5, 300), (10, 300), (11, 200), (1000, 100)] {
            assert_eq!(chosen(back).await, Some(expected), "{back} back");
        }
        store.close().await;
    });
}

/// A saver, and the sender that moves it.
fn checkpoint_saver(
    store: &MongoStore,
    start: i64,
) -> (CheckpointSaver, watch::Sender<Checkpoint>) {
    let (passed, passing) = watch::channel(checkpoint(start));
    let handle = store.driver.handle().clone();
    (
        CheckpointSaver::new(store.db.clone(), handle, passing),
        passed,
    )
}

#[test]
fn checkpoints_are_few_and_old_ones_are_deleted() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let (mut checkpoint_saver, passed) = checkpoint_saver(&store, 0);
        let step = 30;
        for n in 1..=120 {
            passed.send_replace(checkpoint(n * step));
            checkpoint_saver.save().await;
        }
        let kept: Vec<_> = checkpoints(&database)
            .await
            .iter()
            .map(|checkpoint| checkpoint.get_i64("changes").expect("a count"))
            .collect();
        assert_eq!(kept.last(), Some(&(120 * step)));
        assert!((30..=37).contains(&kept.len()), "{kept:?}");
        assert!(kept.windows(2).all(|pair| pair[1] - pair[0] <= 100 + step));

        passed.send_replace(checkpoint(KEPT_CHANGES + 1000));
        checkpoint_saver.save().await;
        let kept = checkpoints(&database).await;
        let oldest = kept[0].get_i64("changes").expect("a count");
        assert!((900..=1000).contains(&oldest), "{oldest}");
        store.close().await;
    });
}

#[test]
fn a_checkpoint_that_cannot_be_saved_delays_nothing() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let refuse = doc! { "create": "feed_places", "validator": { "never": true } };
        // The collection exists because of its index.
        let made = database.collection::<Document>("feed_places");
        made.drop().await.expect("dropped");
        database.run_command(refuse).await.expect("made");
        let mut feed = back(&store).await;
        let (mut checkpoint_saver, passed) = checkpoint_saver(&store, 0);
        passed.send_replace(checkpoint(1));
        checkpoint_saver.save().await;
        assert_eq!(checkpoints(&database).await.len(), 0);
        let message = append(&store, "hello").await;
        let changes = next(&mut feed).await;
        assert_eq!(changes[0].kind, ChangeKind::MessageAppended(message.into()));

        let accept = doc! { "collMod": "feed_places", "validator": {} };
        database.run_command(accept).await.expect("changed");
        checkpoint_saver.save().await;
        assert_eq!(checkpoints(&database).await.len(), 1);
        store.close().await;
    });
}
