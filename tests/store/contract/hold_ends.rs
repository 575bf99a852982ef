//! The end of holds, and of carts, when their time is over.

use std::time::Duration;

use vitrina::domain::change::{Fact, ProductAction};
use vitrina::domain::timestamp::Timestamp;
use vitrina::store::{Noun, SharedStore, StoreError};

use crate::fixtures::*;
use crate::place::Place;
use crate::reader::Reader;

use super::holds::*;

/// Over before anything else can happen.
const SHORT: Duration = Duration::from_millis(1);

pub(crate) async fn a_hold_that_is_over_ends_once_and_is_told(place: &Place) {
    let store = place.open_holding(LONG).await;
    let product = stored(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 4)]).await;
    let until = hold(&cart, 0).until;
    let mut reader = Reader::open(&store).await;
    let early = store.end_holds(after(until, -1), 100).await;
    let early = early.expect("a look");
    assert_eq!((early.ended, early.next), (0, Some(until)));
    assert_eq!(ended_at(&store, until).await, 1);
    assert_eq!(ended_at(&store, until).await, 0);
    assert_eq!(kept(&store, product).await, (10, 0));
    let now = read(&store, cart.id).await;
    assert_eq!((now.lines[0].hold, now.version), (None, cart.version));
    assert_eq!(content(&now), [(product, 4)]);
    assert_eq!(
        told(&reader.all_so_far(&store).await),
        [
            "updated Vase v1 Some(0)".to_owned(),
            format!("cart {}", cart.id)
        ]
    );
    // It can be bought all the same.
    buy(&store, cart.id).await.expect("a purchase");
    assert_eq!(kept(&store, product).await, (6, 0));
    store.close().await;
}

pub(crate) async fn holds_of_one_product_that_end_together_are_told_as_one(place: &Place) {
    let store = place.open_holding(LONG).await;
    let product = stored(&store, "A").await.id;
    let mut last = Timestamp::default();
    for _ in 0..5 {
        let cart = filled_cart(&store, &[(product, 2)]).await;
        last = last.max(hold(&cart, 0).until);
    }
    let mut reader = Reader::open(&store).await;
    assert_eq!(ended_at(&store, last).await, 5);
    let changes = told(&reader.all_so_far(&store).await);
    assert_eq!(changes.len(), 6, "{changes:?}");
    assert_eq!(changes[0], "updated Vase v1 Some(0)");
    store.close().await;
}

pub(crate) async fn of_parallel_ends_of_one_hold_one_counts(place: &Place) {
    let store = place.open_holding(LONG).await;
    let product = stored(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 4)]).await;
    filled_cart(&store, &[(product, 1)]).await;
    let until = hold(&cart, 0).until;
    let ends = in_parallel(8, |_| {
        let store = store.clone();
        async move { store.end_holds(until, 100).await.expect("an end").ended }
    });
    let ended: u32 = ends.await.iter().sum();
    assert!((1..=2).contains(&ended), "{ended}");
    ended_at(&store, after(until, 3_600_000)).await;
    assert_eq!(kept(&store, product).await, (10, 0));
    store.close().await;
}

pub(crate) async fn a_new_set_holds_again(place: &Place) {
    let store = place.open_holding(LONG).await;
    let (one, two) = (stored(&store, "A").await.id, stored(&store, "B").await.id);
    let cart = filled_cart(&store, &[(one, 4)]).await;
    assert_eq!(ended_at(&store, hold(&cart, 0).until).await, 1);
    // Another line's change does not revive it.
    let changed = store.set_cart_line(cart.id, two, units(1)).await;
    assert_eq!(changed.expect("a line").lines[0].hold, None);
    assert_eq!(kept(&store, one).await, (10, 0));
    let again = store.add_to_cart(cart.id, one, units(1)).await;
    assert_eq!(hold(&again.expect("more"), 0).units, 5);
    assert_eq!(kept(&store, one).await, (10, 5));
    store.close().await;
}

pub(crate) async fn a_change_first_ends_what_is_over(place: &Place) {
    let store = place.open_holding(SHORT).await;
    let product = stored(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 10)]).await;
    // Nobody looks after holds here: the other cart's wish does it, once the millisecond is over.
    let other = filled_cart(&store, &[]).await.id;
    let taken = loop {
        match store.add_to_cart(other, product, units(1)).await {
            Ok(taken) => break taken,
            Err(StoreError::InsufficientStock { available: 0, .. }) => {}
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(content(&taken), [(product, 1)]);
    assert_eq!(read(&store, cart.id).await.lines[0].hold, None);
    assert_eq!(kept(&store, product).await, (10, 1));
    store.close().await;
}

pub(crate) async fn a_change_does_not_revive_what_is_over(place: &Place) {
    let store = place.open_holding(SHORT).await;
    let (one, two) = (stored(&store, "A").await.id, stored(&store, "B").await.id);
    let cart = filled_cart(&store, &[(one, 10)]).await;
    loop {
        let changed = store.set_cart_line(cart.id, two, units(1)).await;
        if changed.expect("a line").lines[0].hold.is_none() {
            break;
        }
    }
    assert_eq!(kept(&store, one).await, (10, 0));
    store.close().await;
}

pub(crate) async fn a_hold_lasts_four_lengths_at_most(place: &Place) {
    const LENGTH: i64 = 50;
    let store = place
        .open_holding(Duration::from_millis(LENGTH as u64))
        .await;
    let (one, two) = (stored(&store, "A").await.id, stored(&store, "B").await.id);
    let mut cart = filled_cart(&store, &[(one, 1)]).await;
    let since = hold(&cart, 0).since;
    while let Some(hold) = cart.lines[0].hold {
        assert_eq!(hold.since, since);
        assert!(hold.until <= after(since, 4 * LENGTH), "{hold:?}");
        let set = store.set_cart_line(cart.id, two, units(1)).await;
        cart = set.expect("a line");
    }
    store.close().await;
}

pub(crate) async fn a_deleted_product_takes_its_holds_along(place: &Place) {
    let store = place.open_holding(LONG).await;
    let (one, two) = (stored(&store, "A").await.id, stored(&store, "B").await.id);
    let cart = filled_cart(&store, &[(one, 2), (two, 3)]).await;
    deleted(&store, one).await;
    let until = after(hold(&cart, 0).until, 1);
    ended_at(&store, until).await;
    let now = read(&store, cart.id).await;
    assert_eq!((content(&now), now.dropped), (vec![(two, 3)], vec![one]));
    assert_eq!(kept(&store, two).await, (10, 0));
    store.close().await;
}

pub(crate) async fn holds_are_there_after_opening_again(place: &Place) {
    let store = place.open_holding(LONG).await;
    let product = stored(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 3)]).await;
    store.close().await;
    let store = place.open_holding(LONG).await;
    assert_eq!(read(&store, cart.id).await, cart);
    assert_eq!(kept(&store, product).await, (10, 3));
    store.close().await;
    // With holds off, none is left.
    let store = place.open().await;
    let now = store.now().await.expect("a moment");
    assert_eq!(ended_at(&store, now).await, 1);
    assert_eq!(kept(&store, product).await, (10, 0));
    store.close().await;
}

/// Ends all carts whose time is over at a moment, and tells how many there were.
async fn carts_ended_at(store: &SharedStore, now: Timestamp) -> u32 {
    store.end_carts(now, 100).await.expect("an end")
}

pub(crate) async fn carts_end_some_time_after_their_last_change(place: &Place) {
    const HOUR: i64 = 3_600_000;
    let store = place.open().await;
    let product = stored(&store, "A").await.id;
    let before = store.now().await.expect("a moment");
    let empty = filled_cart(&store, &[]).await.id;
    let full = filled_cart(&store, &[(product, 1)]).await.id;
    let emptied = filled_cart(&store, &[(product, 1)]).await.id;
    store
        .remove_cart_line(emptied, product)
        .await
        .expect("empty");
    let sold = filled_cart(&store, &[(product, 1)]).await.id;
    buy(&store, sold).await.expect("a purchase");
    let filled = filled_cart(&store, &[]).await.id;
    store
        .add_to_cart(filled, product, units(1))
        .await
        .expect("full");
    let now = store.now().await.expect("a moment");

    let mut reader = Reader::open(&store).await;
    assert_eq!(
        carts_ended_at(&store, after(before, 6 * HOUR - 1_000)).await,
        0
    );
    assert_eq!(
        carts_ended_at(&store, after(now, 6 * HOUR + 1_000)).await,
        3
    );
    for id in [empty, emptied, sold] {
        assert_refused!(store.cart(id).await, StoreError::NotFound(Noun::Cart));
    }
    let mut gone = told(&reader.all_so_far(&store).await);
    gone.sort();
    let mut expected = [empty, emptied, sold].map(|id| format!("cart {id}"));
    expected.sort();
    assert_eq!(gone, expected);
    assert_eq!(
        carts_ended_at(&store, after(before, 720 * HOUR - 1_000)).await,
        0
    );
    assert_eq!(
        store
            .end_carts(after(now, 720 * HOUR + 1_000), 1)
            .await
            .expect("one"),
        1
    );
    assert_eq!(
        carts_ended_at(&store, after(now, 720 * HOUR + 1_000)).await,
        1
    );
    for id in [full, filled] {
        assert_refused!(store.cart(id).await, StoreError::NotFound(Noun::Cart));
    }
    store.close().await;
}

pub(crate) async fn a_cart_that_ends_frees_what_it_kept(place: &Place) {
    let store = place.open_holding(LONG).await;
    let product = stored(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 3)]).await.id;
    let far = after(store.now().await.expect("a moment"), 2_600_000_000);
    let mut reader = Reader::open(&store).await;
    assert_eq!(carts_ended_at(&store, far).await, 1);
    assert_eq!(kept(&store, product).await, (10, 0));
    let changes = reader.all_so_far(&store).await;
    assert_eq!(
        told(&changes),
        ["updated Vase v1 Some(0)".to_owned(), format!("cart {cart}")]
    );
    assert!(matches!(
        &changes[0].fact,
        Fact::Product(change) if change.action == ProductAction::Updated
    ));
    store.close().await;
}
