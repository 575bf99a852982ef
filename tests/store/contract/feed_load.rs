//! The change feed under parallel writes, and its backlog.

use std::collections::{BTreeSet, HashSet};

use vitrina::domain::change::{Change, ChangeKind, ProductAction};
use vitrina::domain::position::Position;
use vitrina::store::{FeedStart, SharedStore};

use crate::feed_reader::FeedReader;
use crate::fixtures::*;
use crate::typed_commands::TypedCommands;

fn positions(changes: &[Change]) -> Vec<Position> {
    changes
        .iter()
        .map(|change| change.position.clone())
        .collect()
}

pub(crate) async fn every_parallel_write_is_in_the_feed_once(store: &SharedStore) {
    let id = create_vase_with(store, "A", |vase| vase.stock = 1000)
        .await
        .id;
    let cart = filled_cart(store, &[]).await.id;
    let mut reader = FeedReader::open(store).await;
    let writer = store.clone();
    by_writers(39, 200, move |n| {
        let store = writer.clone();
        async move {
            match n % 4 {
                0 => drop(create_vase(&store, &format!("NEW-{n}")).await),
                1 => drop(restock(&store, id, 1000).await),
                2 => drop(send_message(&store, &n.to_string()).await),
                _ => drop(store.add_to_cart(cart, id, units(1)).await.expect("added")),
            }
        }
    })
    .await;

    let (mut created, mut versions, mut seqs, mut carts) = (HashSet::new(), vec![], vec![], 0);
    let changes = reader.all_so_far(store).await;
    for change in &changes {
        match &change.kind {
            ChangeKind::Product(change) if change.action == ProductAction::Created => {
                assert_eq!(change.version, 1);
                created.insert(change.id);
            }
            ChangeKind::Product(change) => versions.push(change.version),
            ChangeKind::MessageAppended(message) => seqs.push(message.seq),
            ChangeKind::Cart(id) if *id == cart => carts += 1,
            other => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!(changes.len(), 200);
    assert_eq!((created.len(), carts), (50, 50));
    assert_eq!(
        versions,
        (2..=51).collect::<Vec<_>>(),
        "in the order of commits"
    );
    assert!(
        seqs.len() == 50 && seqs.is_sorted_by(|a, b| a < b),
        "{seqs:?}"
    );
    assert_eq!(
        positions(&changes).iter().collect::<HashSet<_>>().len(),
        200
    );
}

pub(crate) async fn feeds_of_parallel_writes_agree(store: &SharedStore) {
    let id = create_vase(store, "A").await.id;
    let mut first = FeedReader::open(store).await;
    let mut second = FeedReader::open(store).await;
    in_parallel(60, |n| {
        let store = store.clone();
        async move {
            match n % 3 {
                0 => drop(create_vase(&store, &n.to_string()).await),
                1 => drop(restock(&store, id, 5).await),
                _ => drop(send_message(&store, &n.to_string()).await),
            }
        }
    })
    .await;
    let first = positions(&first.all_so_far(store).await);
    let second = positions(&second.all_so_far(store).await);
    assert_eq!(first.len(), 60);
    assert_eq!(first, second[..60]);
}

pub(crate) async fn a_snapshot_and_a_feed_opened_before_it_miss_nothing(store: &SharedStore) {
    let writers = tokio::spawn({
        let store = store.clone();
        async move { create_vases(&store, 120).await }
    });
    // Some products are stored, others are being written.
    while all_products(store).await.is_empty() {}
    let mut reader = FeedReader::open(store).await;
    let snapshot = all_products(store).await;
    let written = writers.await.expect("the writers end");

    let mut known: BTreeSet<_> = snapshot.iter().map(|product| product.id).collect();
    let backlog = std::mem::take(&mut reader.backlog);
    let live = reader.all_so_far(store).await;
    let mut received = HashSet::new();
    for change in backlog.into_iter().chain(live) {
        if let ChangeKind::Product(change) = change.kind {
            assert!(
                received.insert(change.id),
                "{} is received twice",
                change.id
            );
            known.insert(change.id);
        }
    }
    assert_eq!(known, written.iter().map(|product| product.id).collect());
}

pub(crate) async fn a_feed_read_late_misses_nothing(store: &SharedStore) {
    let mut reader = FeedReader::open(store).await;
    let sent = in_parallel(600, |n| {
        let store = store.clone();
        async move { send_message(&store, &n.to_string()).await.seq }
    })
    .await;
    let received: Vec<_> = reader
        .all_so_far(store)
        .await
        .into_iter()
        .map(|change| match change.kind {
            ChangeKind::MessageAppended(message) => message.seq,
            other => panic!("unexpected {other:?}"),
        })
        .collect();
    assert!(
        received.is_sorted_by(|a, b| a < b),
        "in the order of their numbers"
    );
    assert_eq!(
        received.into_iter().collect::<HashSet<_>>(),
        sent.into_iter().collect()
    );
}

pub(crate) async fn an_unread_feed_blocks_nothing(store: &SharedStore) {
    let _unread = FeedReader::open(store).await;
    for _ in 0..20 {
        drop(FeedReader::open(store).await);
    }
    let mut reader = FeedReader::open(store).await;
    in_parallel(300, |n| {
        let store = store.clone();
        async move { send_message(&store, &n.to_string()).await }
    })
    .await;
    assert_eq!(reader.all_so_far(store).await.len(), 300);
}

pub(crate) async fn a_backlog_is_at_most_as_long_as_requested(store: &SharedStore) {
    let mut first = FeedReader::open(store).await;
    let mut past = Vec::new();
    for n in 0..6 {
        send_message(store, &n.to_string()).await;
        past.push(first.next().await);
    }

    for back in [0, 1, 3, 6, 1000] {
        let reader = FeedReader::open_at(store, FeedStart::Back(back)).await;
        let length = reader.backlog.len();
        assert!(length <= back as usize, "{length} for {back}");
        let known = &past[past.len() - length.min(past.len())..];
        let tail = &reader.backlog[length.saturating_sub(past.len())..];
        assert_eq!(tail, known, "the newest, without a hole, for {back}");
        assert!(!positions(&reader.backlog).contains(&reader.base));
    }
}

pub(crate) async fn a_feed_continues_its_backlog_without_a_gap(store: &SharedStore) {
    let mut first = FeedReader::open(store).await;
    let mut opened = Vec::new();
    for n in 0..8 {
        create_vase(store, &n.to_string()).await;
        opened.push(FeedReader::open_at(store, FeedStart::Back(3)).await);
    }
    let all = positions(&first.all_so_far(store).await);
    for mut reader in opened {
        let backlog = positions(&reader.backlog);
        let live = positions(&reader.all_so_far(store).await);
        let received: Vec<_> = backlog.into_iter().chain(live).collect();
        // Messages of later readers follow; the products must be a run of the first reader's.
        let start = all
            .iter()
            .position(|position| Some(position) == received.first());
        let run = &all[start.unwrap_or(all.len())..];
        assert_eq!(received[..run.len()], *run);
    }
}
