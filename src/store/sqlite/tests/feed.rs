//! The log of changes and its feed.

use super::{TestFile, message, new_product, set_stock};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::hold::HoldLength;
use crate::domain::position::Position;
use crate::domain::refusal::Refusal;
use crate::store::sqlite::SqliteStore;
use crate::store::typed_commands::TypedCommands;
use crate::store::{ChangeFeed, ChatStore, FeedError, FeedStart, StoreError, StoreLifecycle};

async fn all_positions(store: &SqliteStore) -> Vec<Position> {
    let feed = store.open_feed(FeedStart::Back(u32::MAX)).await.unwrap();
    let backlog = feed.backlog.into_iter().map(|change| change.position);
    [feed.base].into_iter().chain(backlog).collect()
}

#[tokio::test]
async fn a_new_file_has_a_position() {
    let file = TestFile::new();
    let store = file.open();
    let now = store.open_feed(FeedStart::Now).await.unwrap();
    let back = store.open_feed(FeedStart::Back(10)).await.unwrap();
    assert_eq!(now.base, back.base);
    assert!(now.backlog.is_empty() && back.backlog.is_empty());
}

#[tokio::test]
async fn positions_survive_a_restart() {
    let file = TestFile::new();
    let store = file.open();
    let product = store.create_product(new_product("A")).await.unwrap();
    set_stock(&store, &product, 1).await;
    let before = all_positions(&store).await;
    store.close().await;

    let store = file.open();
    assert_eq!(all_positions(&store).await, before);
}

#[tokio::test]
async fn positions_after_a_restore_differ_from_lost_ones() {
    let file = TestFile::new();
    let store = file.open();
    let product = store.create_product(new_product("A")).await.unwrap();
    store.close().await;
    let backup = std::fs::read(file.path()).unwrap();

    let store = file.open();
    set_stock(&store, &product, 1).await;
    let first = all_positions(&store).await;
    store.close().await;
    std::fs::write(file.path(), backup).unwrap();

    let store = file.open();
    set_stock(&store, &product, 1).await;
    let second = all_positions(&store).await;
    assert_eq!((first.len(), second.len()), (3, 3));
    assert_eq!(first[..2], second[..2]);
    assert_ne!(first[2], second[2]);
}

#[tokio::test]
async fn old_changes_are_trimmed_without_gaps() {
    let file = TestFile::new();
    let store = SqliteStore::open_keeping(&file.path(), HoldLength::OFF, 20).unwrap();
    let product = store.create_product(new_product("A")).await.unwrap();
    for stock in 0..100 {
        set_stock(&store, &product, stock).await;
    }
    let kept = all_positions(&store).await;
    assert!((20..=24).contains(&kept.len()), "{}", kept.len());
}

#[tokio::test]
async fn a_feed_whose_next_change_was_trimmed_is_lost() {
    let file = TestFile::new();
    let store = SqliteStore::open_keeping(&file.path(), HoldLength::OFF, 5).unwrap();
    let product = store.create_product(new_product("A")).await.unwrap();
    let mut feed = store.open_feed(FeedStart::Now).await.unwrap();
    for stock in 0..100 {
        set_stock(&store, &product, stock).await;
    }
    let outcome = feed.live.next().await;
    assert!(matches!(outcome, Err(FeedError::Lost(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_burst_comes_in_bounded_batches() {
    let file = TestFile::new();
    let store = file.open();
    let mut feed = store.open_feed(FeedStart::Now).await.unwrap();
    store
        .writer
        .write(|conn| {
            for id in 0..1_200u64 {
                let bytes = [id.to_be_bytes().as_slice(), &[0; 4]].concat();
                conn.prepare_cached("INSERT INTO changes (kind, entity) VALUES (6, ?)")?
                    .execute([bytes])?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let mut batches = Vec::new();
    for _ in 0..3 {
        batches.push(feed.live.next().await.unwrap().changes.len());
    }
    assert_eq!(batches, [500, 500, 200]);
}

#[tokio::test]
async fn a_product_in_the_feed_is_never_older_than_its_change() {
    let file = TestFile::new();
    let store = file.open();
    let product = store.create_product(new_product("A")).await.unwrap();
    set_stock(&store, &product, 1).await;
    let newest = set_stock(&store, &product, 2).await;
    let feed = store.open_feed(FeedStart::Back(3)).await.unwrap();
    let seen: Vec<_> = feed
        .backlog
        .iter()
        .map(|change| match &change.kind {
            ChangeKind::Product(product) => (product.version, product.product.as_deref()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        seen,
        [(1, Some(&newest)), (2, Some(&newest)), (3, Some(&newest))]
    );
}

#[tokio::test]
async fn both_changes_of_a_deleted_message_are_deletions() {
    let file = TestFile::new();
    let store = file.open();
    let message = store.append_message(message("oh")).await.unwrap().message;
    store.delete_message(message.id).await.unwrap();
    let feed = store.open_feed(FeedStart::Back(2)).await.unwrap();
    let gone = ChangeKind::MessageDeleted {
        id: message.id,
        seq: message.seq,
    };
    let kinds: Vec<_> = feed
        .backlog
        .into_iter()
        .map(|Change { kind, .. }| kind)
        .collect();
    assert_eq!(kinds, [gone.clone(), gone]);
}

#[tokio::test]
async fn a_refused_operation_leaves_no_change_and_no_gap() {
    let file = TestFile::new();
    let store = file.open();
    store.create_product(new_product("A")).await.unwrap();
    let refusal = store
        .writer
        .write(|conn| {
            conn.execute("INSERT INTO changes (kind) VALUES (0)", [])?;
            Err::<(), _>(StoreError::Refused(Refusal::DuplicateCode))
        })
        .await;
    assert!(refusal.is_err());
    store.create_product(new_product("B")).await.unwrap();
    assert_eq!(all_positions(&store).await.len(), 3);
}

#[tokio::test]
async fn a_feed_ends_with_its_store() {
    let file = TestFile::new();
    let store = file.open();
    let mut feed = store.open_feed(FeedStart::Now).await.unwrap();
    let (end, ()) = tokio::join!(feed.live.next(), store.close());
    assert!(matches!(end, Err(FeedError::Closed)), "{end:?}");
}
