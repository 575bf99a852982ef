//! Expiry of holds and carts.

use std::time::Duration;

use vitrina::domain::change::{ChangeKind, ProductAction};
use vitrina::domain::refusal::{Refusal, Resource};
use vitrina::domain::timestamp::Timestamp;
use vitrina::store::{SharedStore, StoreError};

use crate::feed_reader::FeedReader;
use crate::fixtures::*;
use crate::test_store::TestStore;
use crate::typed_commands::TypedCommands;

use super::holds::*;

/// Expires at once.
const SHORT: Duration = Duration::from_millis(1);

pub(crate) async fn a_due_hold_expires_once_and_is_in_the_feed(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let product = create_vase(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 4)]).await;
    let until = hold(&cart, 0).until;
    let mut reader = FeedReader::open(&store).await;
    let early = store.expire_holds(after(until, -1), 100).await;
    let early = early.expect("expired");
    assert_eq!((early.expired, early.next), (0, Some(until)));
    assert_eq!(expire_holds_until(&store, until).await, 1);
    assert_eq!(expire_holds_until(&store, until).await, 0);
    assert_eq!(stock_and_held(&store, product).await, (10, 0));
    let now = read(&store, cart.id).await;
    assert_eq!((now.lines[0].hold, now.version), (None, cart.version));
    assert_eq!(content(&now), [(product, 4)]);
    assert_eq!(
        describe(&reader.all_so_far(&store).await),
        [
            "updated Vase v1 Some(0)".to_owned(),
            format!("cart {}", cart.id)
        ]
    );
    // The line can still be bought.
    buy(&store, cart.id).await.expect("a purchase");
    assert_eq!(stock_and_held(&store, product).await, (6, 0));
    store.close().await;
}

pub(crate) async fn holds_of_a_product_that_expire_together_are_one_change(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let product = create_vase(&store, "A").await.id;
    let mut last = Timestamp::default();
    for _ in 0..5 {
        let cart = filled_cart(&store, &[(product, 2)]).await;
        last = last.max(hold(&cart, 0).until);
    }
    let mut reader = FeedReader::open(&store).await;
    assert_eq!(expire_holds_until(&store, last).await, 5);
    let changes = describe(&reader.all_so_far(&store).await);
    assert_eq!(changes.len(), 6, "{changes:?}");
    assert_eq!(changes[0], "updated Vase v1 Some(0)");
    store.close().await;
}

pub(crate) async fn one_of_parallel_expiries_of_a_hold_counts(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let product = create_vase(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 4)]).await;
    filled_cart(&store, &[(product, 1)]).await;
    let until = hold(&cart, 0).until;
    let ends = in_parallel(8, |_| {
        let store = store.clone();
        async move {
            store
                .expire_holds(until, 100)
                .await
                .expect("expired")
                .expired
        }
    });
    let expired: u32 = ends.await.iter().sum();
    assert!((1..=2).contains(&expired), "{expired}");
    expire_holds_until(&store, after(until, 3_600_000)).await;
    assert_eq!(stock_and_held(&store, product).await, (10, 0));
    store.close().await;
}

pub(crate) async fn setting_a_line_again_holds_it_again(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let (one, two) = (
        create_vase(&store, "A").await.id,
        create_vase(&store, "B").await.id,
    );
    let cart = filled_cart(&store, &[(one, 4)]).await;
    assert_eq!(expire_holds_until(&store, hold(&cart, 0).until).await, 1);
    // A change of another line does not revive it.
    let changed = store.set_cart_line(cart.id, two, units(1)).await;
    assert_eq!(changed.expect("a line").lines[0].hold, None);
    assert_eq!(stock_and_held(&store, one).await, (10, 0));
    let again = store.add_to_cart(cart.id, one, units(1)).await;
    assert_eq!(hold(&again.expect("more"), 0).units, 5);
    assert_eq!(stock_and_held(&store, one).await, (10, 5));
    store.close().await;
}

pub(crate) async fn a_change_first_expires_due_holds(test_store: &TestStore) {
    let store = test_store.open_with_holds(SHORT).await;
    let product = create_vase(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 10)]).await;
    // No background task expires holds here: the request of the other cart does, when it is due.
    let other = filled_cart(&store, &[]).await.id;
    let taken = loop {
        match store.add_to_cart(other, product, units(1)).await {
            Ok(taken) => break taken,
            Err(StoreError::Refused(Refusal::InsufficientStock { available: 0, .. })) => {}
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(content(&taken), [(product, 1)]);
    assert_eq!(read(&store, cart.id).await.lines[0].hold, None);
    assert_eq!(stock_and_held(&store, product).await, (10, 1));
    store.close().await;
}

pub(crate) async fn a_change_does_not_revive_a_due_hold(test_store: &TestStore) {
    let store = test_store.open_with_holds(SHORT).await;
    let (one, two) = (
        create_vase(&store, "A").await.id,
        create_vase(&store, "B").await.id,
    );
    let cart = filled_cart(&store, &[(one, 10)]).await;
    loop {
        let changed = store.set_cart_line(cart.id, two, units(1)).await;
        if changed.expect("a line").lines[0].hold.is_none() {
            break;
        }
    }
    assert_eq!(stock_and_held(&store, one).await, (10, 0));
    store.close().await;
}

pub(crate) async fn a_hold_lasts_four_lengths_at_most(test_store: &TestStore) {
    const LENGTH: i64 = 50;
    let store = test_store
        .open_with_holds(Duration::from_millis(LENGTH as u64))
        .await;
    let (one, two) = (
        create_vase(&store, "A").await.id,
        create_vase(&store, "B").await.id,
    );
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

pub(crate) async fn a_deleted_product_has_no_holds(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let (one, two) = (
        create_vase(&store, "A").await.id,
        create_vase(&store, "B").await.id,
    );
    let cart = filled_cart(&store, &[(one, 2), (two, 3)]).await;
    delete_product(&store, one).await;
    let until = after(hold(&cart, 0).until, 1);
    expire_holds_until(&store, until).await;
    let now = read(&store, cart.id).await;
    assert_eq!((content(&now), now.dropped), (vec![(two, 3)], vec![one]));
    assert_eq!(stock_and_held(&store, two).await, (10, 0));
    store.close().await;
}

pub(crate) async fn holds_survive_a_restart(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let product = create_vase(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 3)]).await;
    store.close().await;
    let store = test_store.open_with_holds(LONG).await;
    assert_eq!(read(&store, cart.id).await, cart);
    assert_eq!(stock_and_held(&store, product).await, (10, 3));
    store.close().await;
    // With holds off, all holds are due.
    let store = test_store.open().await;
    let now = store.now().await.expect("a moment");
    assert_eq!(expire_holds_until(&store, now).await, 1);
    assert_eq!(stock_and_held(&store, product).await, (10, 0));
    store.close().await;
}

/// Expires the carts that are due, and returns how many.
async fn expire_carts_at(store: &SharedStore, now: Timestamp) -> u32 {
    store.expire_carts(now, 100).await.expect("expired")
}

pub(crate) async fn carts_expire_after_their_last_change(test_store: &TestStore) {
    const HOUR: i64 = 3_600_000;
    let store = test_store.open().await;
    let product = create_vase(&store, "A").await.id;
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

    let mut reader = FeedReader::open(&store).await;
    assert_eq!(
        expire_carts_at(&store, after(before, 6 * HOUR - 1_000)).await,
        0
    );
    assert_eq!(
        expire_carts_at(&store, after(now, 6 * HOUR + 1_000)).await,
        3
    );
    for id in [empty, emptied, sold] {
        assert_refused!(
            store.cart(id).await,
            StoreError::Refused(Refusal::NotFound(Resource::Cart))
        );
    }
    let mut gone = describe(&reader.all_so_far(&store).await);
    gone.sort();
    let mut expected = [empty, emptied, sold].map(|id| format!("cart {id}"));
    expected.sort();
    assert_eq!(gone, expected);
    assert_eq!(
        expire_carts_at(&store, after(before, 720 * HOUR - 1_000)).await,
        0
    );
    assert_eq!(
        store
            .expire_carts(after(now, 720 * HOUR + 1_000), 1)
            .await
            .expect("one"),
        1
    );
    assert_eq!(
        expire_carts_at(&store, after(now, 720 * HOUR + 1_000)).await,
        1
    );
    for id in [full, filled] {
        assert_refused!(
            store.cart(id).await,
            StoreError::Refused(Refusal::NotFound(Resource::Cart))
        );
    }
    store.close().await;
}

pub(crate) async fn an_expired_cart_frees_its_held_units(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let product = create_vase(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 3)]).await.id;
    let far = after(store.now().await.expect("a moment"), 2_600_000_000);
    let mut reader = FeedReader::open(&store).await;
    assert_eq!(expire_carts_at(&store, far).await, 1);
    assert_eq!(stock_and_held(&store, product).await, (10, 0));
    let changes = reader.all_so_far(&store).await;
    assert_eq!(
        describe(&changes),
        ["updated Vase v1 Some(0)".to_owned(), format!("cart {cart}")]
    );
    assert!(matches!(
        &changes[0].kind,
        ChangeKind::Product(change) if change.action == ProductAction::Updated
    ));
    store.close().await;
}
