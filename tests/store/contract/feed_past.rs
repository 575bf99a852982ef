//! Feeds that go back to what a life before was told, or was no longer there to be told.

use std::collections::HashSet;

use vitrina::domain::change::{Change, Fact};
use vitrina::domain::position::Position;
use vitrina::store::{FeedStart, SharedStore};

use crate::fixtures::*;
use crate::place::Place;
use crate::reader::Reader;

/// Far enough for every test here.
const FAR: FeedStart = FeedStart::Back(1000);

/// What changed, and where. A product may be newer in a later life.
fn brief(changes: &[Change]) -> Vec<(String, Position)> {
    let brief = |change: &Change| {
        let what = match &change.fact {
            Fact::Product(product) => {
                format!("{:?} {} {}", product.action, product.id, product.version)
            }
            other => format!("{other:?}"),
        };
        (what, change.position.clone())
    };
    changes.iter().map(brief).collect()
}

/// A change of most kinds, and what a reader was told of them.
async fn change_and_read(store: &SharedStore, reader: &mut Reader, mark: &str) -> Vec<Change> {
    let product = stored(store, mark).await.id;
    let cart = filled_cart(store, &[(product, 1)]).await.id;
    said(store, mark).await;
    restock(store, product, 5).await;
    store
        .add_to_cart(cart, product, units(1))
        .await
        .expect("added");
    let mut told = Vec::new();
    for _ in 0..5 {
        told.push(reader.next().await);
    }
    told
}

pub(crate) async fn a_later_life_is_told_the_past_where_it_was_told_live(place: &Place) {
    let store = place.open().await;
    let mut reader = Reader::open_at(&store, FAR).await;
    let mut told = change_and_read(&store, &mut reader, "A").await;
    let gone = stored(&store, "B").await.id;
    deleted(&store, gone).await;
    told.extend([reader.next().await, reader.next().await]);
    let first_base = reader.base.clone();
    store.close().await;

    let store = place.open().await;
    let reader = Reader::open_at(&store, FAR).await;
    assert_eq!(brief(&reader.backlog), brief(&told));
    assert_eq!(reader.base, first_base, "the first place of all is known");
    store.close().await;
}

pub(crate) async fn what_no_feed_was_open_for_is_told_later(place: &Place) {
    let store = place.open().await;
    let mut reader = Reader::open_at(&store, FAR).await;
    let before = change_and_read(&store, &mut reader, "A").await;
    store.close().await;

    // A life without a feed, and the start of one before its feed is open.
    let store = place.open().await;
    let first = said(&store, "first").await;
    store.close().await;
    let store = place.open().await;
    let second = said(&store, "second").await;
    let mut reader = Reader::open_at(&store, FAR).await;
    let (past, missed) = reader.backlog.split_at(before.len());
    assert_eq!(brief(past), brief(&before));
    let missed: Vec<_> = missed.iter().map(|change| change.fact.clone()).collect();
    let [first, second] = [first, second].map(|message| Fact::MessageAppended(message.into()));
    assert_eq!(missed, [first, second]);

    // Then it goes on.
    let third = said(&store, "third").await;
    assert_eq!(
        reader.next().await.fact,
        Fact::MessageAppended(third.into())
    );
    store.close().await;
}

pub(crate) async fn every_life_knows_all_lives_before(place: &Place) {
    let mut told = Vec::new();
    for life in 0..4 {
        let store = place.open().await;
        let mut reader = Reader::open_at(&store, FAR).await;
        assert_eq!(brief(&reader.backlog), brief(&told), "life {life}");
        told.extend(change_and_read(&store, &mut reader, &life.to_string()).await);
        store.close().await;
    }
    let positions: HashSet<_> = told.iter().map(|change| &change.position).collect();
    assert_eq!(positions.len(), told.len());
}

pub(crate) async fn the_past_begins_behind_the_last_change_that_is_left_out(place: &Place) {
    let store = place.open().await;
    let mut reader = Reader::open_at(&store, FAR).await;
    let told = change_and_read(&store, &mut reader, "A").await;
    store.close().await;

    for back in 0..told.len() {
        let store = place.open().await;
        let reader = Reader::open_at(&store, FeedStart::Back(back as u32)).await;
        let (left_out, kept) = told.split_at(told.len() - back);
        assert_eq!(brief(&reader.backlog), brief(kept), "{back} back");
        let last = left_out.last().expect("one is left out");
        assert_eq!(reader.base, last.position, "{back} back");
        store.close().await;
    }
}

pub(crate) async fn the_past_is_told_while_others_write(place: &Place) {
    let store = place.open().await;
    let mut reader = Reader::open_at(&store, FAR).await;
    let mut told = change_and_read(&store, &mut reader, "A").await;
    store.close().await;

    let store = place.open().await;
    let writers = tokio::spawn({
        let store = store.clone();
        async move {
            by_writers(4, 200, move |n| {
                let store = store.clone();
                async move { said(&store, &n.to_string()).await.seq }
            })
            .await
        }
    });
    let mut readers = Vec::new();
    for _ in 0..10 {
        readers.push(Reader::open_at(&store, FAR).await);
    }
    writers.await.expect("the writers end");
    let mut ends = Vec::new();
    for mut reader in readers {
        let mut all = std::mem::take(&mut reader.backlog);
        all.extend(reader.all_so_far(&store).await);
        ends.push(all);
    }
    let seqs = ends[0].iter().filter_map(|change| match &change.fact {
        Fact::MessageAppended(message) => Some(message.seq),
        _ => None,
    });
    assert_eq!(seqs.collect::<Vec<_>>(), (1..=201).collect::<Vec<_>>());
    told.truncate(2);
    for all in &ends {
        // Each reader was told its predecessors' last words too; the first saw fewest.
        assert_eq!(brief(&all[..2]), brief(&told));
        assert_eq!(brief(&all[..ends[0].len()]), brief(&ends[0]));
    }
    store.close().await;
}

pub(crate) async fn places_of_another_database_are_not_known(place: &Place) {
    let other = place.another();
    let mut known = Vec::new();
    for place in [place, &other] {
        let store = place.open().await;
        let mut reader = Reader::open_at(&store, FAR).await;
        change_and_read(&store, &mut reader, "A").await;
        store.close().await;
        let store = place.open().await;
        let reader = Reader::open_at(&store, FAR).await;
        let mut places = HashSet::from([reader.base.clone()]);
        places.extend(reader.backlog.iter().map(|change| change.position.clone()));
        assert_eq!(places.len(), 6);
        known.push(places);
        store.close().await;
    }
    assert!(known[0].is_disjoint(&known[1]));
}
