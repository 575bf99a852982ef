//! Places that are saved, and the ways on which they are of no use.

use mongodb::Database;
use mongodb::bson::{Document, doc};
use tokio::sync::watch;

use super::checkpoint::{Checkpoint, KEPT_CHANGES};
use super::checkpoint_saver::CheckpointSaver;
use super::token::Token;
use crate::domain::change::{Change, ChangeKind};
use crate::domain::chat_message::NewChatMessage;
use crate::domain::email::Email;
use crate::store::typed_commands::TypedCommands;
use crate::store::mongo::MongoStore;
use crate::store::mongo::tests::{goods, open, with_database};
use crate::store::{ChangeFeed, ChatStore, Feed, FeedStart, ProductStore, StoreLifecycle};

const FAR: FeedStart = FeedStart::Back(1000);

async fn say(store: &MongoStore, text: &str) -> crate::domain::chat_message::ChatMessage {
    let user = Email::parse("ana@example.com").expect("an address");
    let message = NewChatMessage::new(user, text.into(), None).expect("a message");
    let appended = store.append_message(message).await;
    appended.expect("appended").message
}

async fn back(store: &MongoStore) -> Feed {
    store.open_feed(FAR).await.expect("a feed")
}

async fn next(feed: &mut Feed) -> Vec<Change> {
    feed.live.next().await.expect("a feed that goes on")
}

async fn checkpoints(database: &Database) -> Vec<Document> {
    use futures_util::TryStreamExt;
    let checkpoints = database.collection::<Document>("feed_places");
    let found = checkpoints.find(doc! {}).sort(doc! { "_id": 1 });
    found
        .await
        .expect("places")
        .try_collect()
        .await
        .expect("places")
}

/// A place with an invented token, so far from the beginning.
fn checkpoint(changes: i64) -> Checkpoint {
    let token = mongodb::bson::rawdoc! { "_data": format!("82{changes:012}") };
    Checkpoint {
        token: Token::saved(&token),
        changes,
    }
}

#[test]
fn a_place_of_another_database_is_forgotten() {
    with_database(async |url, database| {
        let strange = with_strange_places(&database).await;
        let store = open(&url).await;
        let mut feed = back(&store).await;
        assert_eq!(feed.backlog, []);
        let product = store.create_product(goods("A")).await.expect("stored");
        let told = next(&mut feed).await;
        assert!(matches!(&told[0].kind, ChangeKind::Product(change) if change.id == product.id));
        let known = checkpoints(&database).await;
        assert_eq!(known.len(), 1, "its own start");
        assert!(!strange.contains(&known[0]));
        store.close().await;
    });
}

/// Copies what feeds of another database have saved.
async fn with_strange_places(database: &Database) -> Vec<Document> {
    let name = format!("{}_other", database.name());
    let other = database.client().database(&name);
    let server = vitrina_test_support::test_mongo::server().expect("a server");
    let (host, options) = server.split_once('?').unwrap_or((&server, ""));
    let url = format!("{}/{name}?{options}", host.trim_end_matches('/'));
    let store = open(&url).await;
    for _ in 0..3 {
        store.open_feed(FeedStart::Now).await.expect("a feed");
        say(&store, "hello").await;
    }
    store.close().await;
    let strange = checkpoints(&other).await;
    assert_eq!(strange.len(), 3);
    let own = database.collection::<Document>("feed_places");
    own.insert_many(&strange).await.expect("copied");
    other.drop().await.expect("dropped");
    strange
}

#[test]
fn behind_the_end_of_a_collection_nobody_goes_back() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let feed = back(&store).await;
        store.create_product(goods("A")).await.expect("stored");
        store.close().await;
        let products = database.collection::<Document>("products");
        products.drop().await.expect("dropped");

        let store = open(&url).await;
        let after = back(&store).await;
        assert_eq!(after.backlog, []);
        assert_ne!(after.base, feed.base);
        store.create_product(goods("B")).await.expect("stored");
        store.close().await;
        // The new life can be gone back to.
        let store = open(&url).await;
        let next_attempt = back(&store).await;
        assert_eq!(
            (next_attempt.backlog.len(), next_attempt.base),
            (1, after.base)
        );
        store.close().await;
    });
}

#[test]
fn a_deletion_that_cannot_be_told_begins_the_past_anew() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let message = say(&store, "one").await;
        let feed = back(&store).await;
        say(&store, "two").await;
        store.close().await;
        // Nobody saw its number, and it left no tombstone.
        let messages = database.collection::<Document>("messages");
        let filter = doc! { "seq": message.seq };
        messages.delete_one(filter).await.expect("deleted");

        let store = open(&url).await;
        let three = say(&store, "three").await;
        let mut after = back(&store).await;
        assert_ne!(after.base, feed.base);
        assert_eq!(after.backlog.len(), 1);
        assert_eq!(
            after.backlog[0].kind,
            ChangeKind::MessageAppended(three.clone().into())
        );
        // One of the past whose number is known is told.
        let filter = doc! { "seq": three.seq };
        messages.delete_one(filter).await.expect("deleted");
        let deleted = ChangeKind::MessageDeleted {
            id: three.id,
            seq: three.seq,
        };
        assert_eq!(next(&mut after).await[0].kind, deleted);
        store.close().await;
        let store = open(&url).await;
        let next_attempt = back(&store).await;
        assert_eq!(next_attempt.base, after.base);
        assert_eq!(next_attempt.backlog[1].kind, deleted);
        store.close().await;
    });
}

#[test]
fn another_node_goes_back_to_the_places_of_the_first() {
    with_database(async |url, _| {
        let (first, second) = (open(&url).await, open(&url).await);
        let mut here = back(&first).await;
        let mut told = Vec::new();
        for n in 0..5 {
            say(if n % 2 == 0 { &first } else { &second }, "hello").await;
        }
        while told.len() < 5 {
            told.extend(next(&mut here).await);
        }
        let mut there = back(&second).await;
        assert_eq!((&there.base, &there.backlog), (&here.base, &told));
        say(&first, "again").await;
        assert_eq!(next(&mut there).await, next(&mut here).await);
        first.close().await;
        second.close().await;
    });
}

#[test]
fn the_newest_place_that_is_far_enough_is_chosen() {
    with_database(async |url, _| {
        let store = open(&url).await;
        let collections = &store.collections;
        let chosen = async |back| {
            let checkpoint = collections.place_before(back).await.expect("an answer");
            checkpoint.map(|checkpoint| checkpoint.changes)
        };
        assert_eq!(chosen(10).await, None);
        for changes in [100, 200, 300, 310] {
            collections
                .save_place(&checkpoint(changes))
                .await
                .expect("kept");
        }
        for (back, expected) in [(0, 310), (5, 300), (10, 300), (11, 200), (1000, 100)] {
            assert_eq!(chosen(back).await, Some(expected), "{back} back");
        }
        store.close().await;
    });
}

/// A saver, and what moves it.
fn checkpoint_saver(
    store: &MongoStore,
    start: i64,
) -> (CheckpointSaver, watch::Sender<Checkpoint>) {
    let (passed, passing) = watch::channel(checkpoint(start));
    let handle = store.driver.handle().clone();
    (
        CheckpointSaver::new(store.collections.clone(), handle, passing),
        passed,
    )
}

#[test]
fn places_are_few_and_none_is_further_back_than_anybody_goes() {
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
fn a_place_that_cannot_be_saved_holds_nothing_up() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let never = doc! { "create": "feed_places", "validator": { "never": true } };
        // The index has made the collection.
        let made = database.collection::<Document>("feed_places");
        made.drop().await.expect("dropped");
        database.run_command(never).await.expect("made");
        let mut feed = back(&store).await;
        let (mut checkpoint_saver, passed) = checkpoint_saver(&store, 0);
        passed.send_replace(checkpoint(1));
        checkpoint_saver.save().await;
        assert_eq!(checkpoints(&database).await.len(), 0);
        let message = say(&store, "hello").await;
        let told = next(&mut feed).await;
        assert_eq!(told[0].kind, ChangeKind::MessageAppended(message.into()));

        let next_attempt = doc! { "collMod": "feed_places", "validator": {} };
        database.run_command(next_attempt).await.expect("changed");
        checkpoint_saver.save().await;
        assert_eq!(checkpoints(&database).await.len(), 1);
        store.close().await;
    });
}
