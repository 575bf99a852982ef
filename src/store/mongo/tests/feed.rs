//! The feed through faults.

use mongodb::bson::{Document, doc};

use super::{cut_streams, goods, open, with_database};
use crate::domain::change::ChangeKind;
use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::store::typed_commands::TypedCommands;
use crate::store::{ChangeFeed, ChangeStream, FeedError, FeedStart, ProductStore, StoreLifecycle};

type LiveFeed = Box<dyn ChangeStream>;

/// The products of the next changes, and where they stood.
async fn next(live: &mut LiveFeed, count: usize) -> Vec<(ProductId, Position)> {
    let mut told = Vec::new();
    while told.len() < count {
        for change in live.next().await.expect("a feed that goes on") {
            let ChangeKind::Product(product) = change.kind else {
                panic!("expected a product, got {:?}", change.kind);
            };
            told.push((product.id, change.position));
        }
    }
    told
}

#[test]
fn a_stream_that_broke_off_goes_on_where_it_stood() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let mut cut = store.open_feed(FeedStart::Now).await.expect("a feed").live;
        let mut stored = Vec::new();
        let mut told = Vec::new();
        for round in 0..5 {
            while cut_streams(&database).await == 0 {}
            for n in 0..20 {
                let product = store.create_product(goods(&format!("{round}-{n}"))).await;
                stored.push(product.expect("stored").id);
            }
            told.extend(next(&mut cut, 20).await);
        }
        let ids: Vec<_> = told.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, stored);
        store.close().await;
    });
}

#[test]
fn the_end_of_a_collection_loses_the_place() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let mut live = store.open_feed(FeedStart::Now).await.expect("a feed").live;
        let product = store.create_product(goods("A")).await.expect("stored");
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
fn a_renamed_collection_loses_the_place() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let mut live = store.open_feed(FeedStart::Now).await.expect("a feed").live;
        let renamed = doc! {
            "renameCollection": format!("{}.products", database.name()),
            "to": format!("{}.goods", database.name()),
        };
        let admin = database.client().database("admin");
        admin.run_command(renamed).await.expect("renamed");
        assert!(matches!(live.next().await, Err(FeedError::Lost(_))));
        store.close().await;
    });
}

#[test]
fn a_message_without_a_number_is_numbered_by_whoever_sees_it() {
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
        let mut told = [Vec::new(), Vec::new()];
        for (live, told) in feeds.iter_mut().zip(&mut told) {
            while told.len() < 30 {
                for change in live.next().await.expect("a feed that goes on") {
                    let ChangeKind::MessageAppended(message) = change.kind else {
                        panic!("expected a message, got {:?}", change.kind);
                    };
                    told.push((message.seq, message.text.clone(), change.position));
                }
            }
        }
        assert_eq!(told[0], told[1]);
        let numbers: Vec<_> = told[0].iter().map(|(seq, ..)| *seq).collect();
        assert_eq!(numbers, (1..=30).collect::<Vec<_>>());
        first.close().await;
        second.close().await;
    });
}
