//! Feeds that replay changes of earlier runs of the store.

use std::collections::HashSet;

use vitrina::domain::change::{Change, ChangeKind};
use vitrina::domain::position::Position;
use vitrina::store::{FeedStart, SharedStore};

use crate::feed_reader::FeedReader;
use crate::fixtures::*;
use crate::test_store::TestStore;
use crate::typed_commands::TypedCommands;

/// More changes than any of these tests makes.
const FAR: FeedStart = FeedStart::Back(1000);

/// Changes and their positions. The product itself may be newer when it is replayed.
fn brief(changes: &[Change]) -> Vec<(String, Position)> {
    let brief = |change: &Change| {
        let what = match &change.kind {
            ChangeKind::Product(product) => {
                format!("{:?} {} {}", product.action, product.id, product.version)
            }
            other => format!("{other:?}"),
        };
        (what, change.position.clone())
    };
    changes.iter().map(brief).collect()
}

/// Makes changes of most kinds, and returns them as the reader received them.
async fn change_and_read(store: &SharedStore, reader: &mut FeedReader, mark: &str) -> Vec<Change> {
    let product = create_vase(store, mark).await.id;
    let cart = filled_cart(store, &[(product, 1)]).await.id;
    send_message(store, mark).await;
    restock(store, product, 5).await;
    store
        .add_to_cart(cart, product, units(1))
        .await
        .expect("added");
    let mut received = Vec::new();
    for _ in 0..5 {
        received.push(reader.next().await);
    }
    received
}

pub(crate) async fn a_restarted_store_replays_changes_at_the_same_positions(
    test_store: &TestStore,
) {
    let store = test_store.open().await;
    let mut reader = FeedReader::open_at(&store, FAR).await;
    let mut received = change_and_read(&store, &mut reader, "A").await;
    let gone = create_vase(&store, "B").await.id;
    delete_product(&store, gone).await;
    received.extend([reader.next().await, reader.next().await]);
    let first_base = reader.base.clone();
    store.close().await;

    let store = test_store.open().await;
    let reader = FeedReader::open_at(&store, FAR).await;
    assert_eq!(brief(&reader.backlog), brief(&received));
    assert_eq!(reader.base, first_base, "the first position is known");
    store.close().await;
}

pub(crate) async fn changes_without_an_open_feed_are_replayed(test_store: &TestStore) {
    let store = test_store.open().await;
    let mut reader = FeedReader::open_at(&store, FAR).await;
    let before = change_and_read(&store, &mut reader, "A").await;
    store.close().await;

    // One run without a feed, and one with a change before its feed is open.
    let store = test_store.open().await;
    let first = send_message(&store, "first").await;
    store.close().await;
    let store = test_store.open().await;
    let second = send_message(&store, "second").await;
    let mut reader = FeedReader::open_at(&store, FAR).await;
    let (replayed, missed) = reader.backlog.split_at(before.len());
    assert_eq!(brief(replayed), brief(&before));
    let missed: Vec<_> = missed.iter().map(|change| change.kind.clone()).collect();
    let [first, second] =
        [first, second].map(|message| ChangeKind::MessageAppended(message.into()));
    assert_eq!(missed, [first, second]);

    // The feed continues live.
    let third = send_message(&store, "third").await;
    assert_eq!(
        reader.next().await.kind,
        ChangeKind::MessageAppended(third.into())
    );
    store.close().await;
}

pub(crate) async fn every_restart_replays_all_earlier_changes(test_store: &TestStore) {
    let mut received = Vec::new();
    for run in 0..4 {
        let store = test_store.open().await;
        let mut reader = FeedReader::open_at(&store, FAR).await;
        assert_eq!(brief(&reader.backlog), brief(&received), "run {run}");
        received.extend(change_and_read(&store, &mut reader, &run.to_string()).await);
        store.close().await;
    }
    let positions: HashSet<_> = received.iter().map(|change| &change.position).collect();
    assert_eq!(positions.len(), received.len());
}

pub(crate) async fn a_backlog_begins_after_the_last_omitted_change(test_store: &TestStore) {
    let store = test_store.open().await;
    let mut reader = FeedReader::open_at(&store, FAR).await;
    let received = change_and_read(&store, &mut reader, "A").await;
    store.close().await;

    for back in 0..received.len() {
        let store = test_store.open().await;
        let reader = FeedReader::open_at(&store, FeedStart::Back(back as u32)).await;
        let (omitted, kept) = received.split_at(received.len() - back);
        assert_eq!(brief(&reader.backlog), brief(kept), "{back} back");
        let last = omitted.last().expect("an omitted change");
        assert_eq!(reader.base, last.position, "{back} back");
        store.close().await;
    }
}

pub(crate) async fn changes_are_replayed_during_parallel_writes(test_store: &TestStore) {
    let store = test_store.open().await;
    let mut reader = FeedReader::open_at(&store, FAR).await;
    let mut received = change_and_read(&store, &mut reader, "A").await;
    store.close().await;

    let store = test_store.open().await;
    let writers = tokio::spawn({
        let store = store.clone();
        async move {
            by_writers(4, 200, move |n| {
                let store = store.clone();
                async move { send_message(&store, &n.to_string()).await.seq }
            })
            .await
        }
    });
    let mut readers = Vec::new();
    for _ in 0..10 {
        readers.push(FeedReader::open_at(&store, FAR).await);
    }
    writers.await.expect("the writers end");
    let mut ends = Vec::new();
    for mut reader in readers {
        let mut all = std::mem::take(&mut reader.backlog);
        all.extend(reader.all_so_far(&store).await);
        ends.push(all);
    }
    let seqs = ends[0].iter().filter_map(|change| match &change.kind {
        ChangeKind::MessageAppended(message) => Some(message.seq),
        _ => None,
    });
    assert_eq!(seqs.collect::<Vec<_>>(), (1..=201).collect::<Vec<_>>());
    received.truncate(2);
    for all in &ends {
        // The feed of each reader has the last messages of those before it; the first has the
        // fewest.
        assert_eq!(brief(&all[..2]), brief(&received));
        assert_eq!(brief(&all[..ends[0].len()]), brief(&ends[0]));
    }
    store.close().await;
}

pub(crate) async fn positions_differ_between_databases(test_store: &TestStore) {
    let other = test_store.another();
    let mut known = Vec::new();
    for test_store in [test_store, &other] {
        let store = test_store.open().await;
        let mut reader = FeedReader::open_at(&store, FAR).await;
        change_and_read(&store, &mut reader, "A").await;
        store.close().await;
        let store = test_store.open().await;
        let reader = FeedReader::open_at(&store, FAR).await;
        let mut positions = HashSet::from([reader.base.clone()]);
        positions.extend(reader.backlog.iter().map(|change| change.position.clone()));
        assert_eq!(positions.len(), 6);
        known.push(positions);
        store.close().await;
    }
    assert!(known[0].is_disjoint(&known[1]));
}
