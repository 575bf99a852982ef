//! The feed through faults.

use mongodb::bson::{Document, doc};

use super::{kill_streams, new_product, open, with_database};
use crate::domain::change::ChangeKind;
use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::store::typed_commands::TypedCommands;
use crate::store::{ChangeFeed, ChangeStream, FeedError, FeedStart, StoreLifecycle};

type LiveFeed = Box<dyn ChangeStream>;

/// The products and positions of the next changes.
async fn next(live: &mut LiveFeed, count: usize) -> Vec<(ProductId, Position)> {
    let mut received = Vec::new();
    while received.len() < count {
        for change in live.next().await.expect("a live feed").changes {
            let ChangeKind::Product(product) = change.kind else {
                panic!("expected a product, got {:?}", change.kind);
            };
            received.push((product.id, change.position));
        }
    }
    received
}

#[test]
fn a_failed_stream_resumes_without_a_gap() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let mut live = store.open_feed(FeedStart::Now).await.expect("a feed").live;
        let mut stored = Vec::new();
        let mut received = Vec::new();
        for round in 0..5 {
            while kill_streams(&database).await == 0 {}
            for n in 0..20 {
                let product = store
                    .create_product(new_product(&format!("{round}-{n}")))
                    .await;
                stored.push(product.expect("stored").id);
            }
            received.extend(next(&mut live, 20).await);
        }
        let ids: Vec<_> = received.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, stored);
        store.close().await;
    });
}

#[test]
fn a_dropped_collection_loses_the_position() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let mut live = store.open_feed(FeedStart::Now).await.expect("a feed").live;
        let product = store
            .create_product(new_product("A"))
            .await
            .expect("stored");
        database
            .collection::<Document>("products")
            .drop()
            .await
            .expect("dropped");
        assert_eq!(next(&mut live, 1).await[0].0, product.id);
        assert!(matches!(live.next().await, Err(FeedError::Lost(_))));
        store.close().await;
    });
}

#[test]
fn a_renamed_collection_loses_the_position() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let mut live = store.open_feed(FeedStart::Now).await.expect("a feed").live;
        let renamed = doc! {
            "renameCollection": format!("{}.products", database.name()),
            "to": format!("{}.renamed", database.name()),
        };
        let admin = database.client().database("admin");
        admin.run_command(renamed).await.expect("renamed");
        assert!(matches!(live.next().await, Err(FeedError::Lost(_))));
        store.close().await;
    });
}

#[test]
fn a_message_without_a_number_is_numbered_once() {
    with_database(async |url, database| {
        let first = open(&url).await;
        let second = open(&url).await;
        let mut feeds = Vec::new();
        for store in [&first, &second] {
            feeds.push(store.open_feed(FeedStart::Now).await.expect("a feed").live);
        }
        let messages = database.collection::<Document>("messages");
        for n in 0..30 {
            let message = doc! { "user": "ana@example.com", "message": n.to_string() };
            messages.insert_one(message).await.expect("inserted");
        }
        let mut received = [Vec::new(), Vec::new()];
        for (live, received) in feeds.iter_mut().zip(&mut received) {
            while received.len() < 30 {
                for change in live.next().await.expect("a live feed").changes {
                    let ChangeKind::MessageAppended(message) = change.kind else {
                        panic!("expected a message, got {:?}", change.kind);
                    };
                    received.push((message.seq, message.text.clone(), change.position));
                }
            }
        }
        assert_eq!(received[0], received[1]);
        let numbers: Vec<_> = received[0].iter().map(|(seq, ..)| *seq).collect();
        assert_eq!(numbers, (1..=30).collect::<Vec<_>>());
        first.close().await;
        second.close().await;
    });
}
