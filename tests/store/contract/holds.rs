//! Holds: what is put into a cart is kept for it.

use std::time::Duration;

use vitrina::domain::cart::{Cart, WantedLines};
use vitrina::domain::change::{Change, Fact};
use vitrina::domain::hold::Hold;
use vitrina::domain::ids::{CartId, ProductId};
use vitrina::domain::timestamp::Timestamp;
use vitrina::store::{Noun, SharedStore, StoreError};

use crate::fixtures::*;
use crate::place::Place;
use crate::reader::Reader;

/// Longer than any test.
pub(crate) const LONG: Duration = Duration::from_secs(3_600);

pub(crate) async fn read(store: &SharedStore, id: CartId) -> Cart {
    store.cart(id).await.expect("a stored cart")
}

/// What is in stock of a product, and what of it is held.
pub(crate) async fn kept(store: &SharedStore, id: ProductId) -> (i64, i64) {
    let product = store.product(id).await.expect("a product");
    (product.stock, product.held)
}

pub(crate) fn hold(cart: &Cart, line: usize) -> Hold {
    cart.lines[line].hold.expect("a hold")
}

/// Ends all holds that are over at a moment, and tells how many there were.
pub(crate) async fn ended_at(store: &SharedStore, now: Timestamp) -> u32 {
    let mut ended = 0;
    loop {
        let some = store.end_holds(now, 100).await.expect("an end").ended;
        if some == 0 {
            return ended;
        }
        ended += some;
    }
}

pub(crate) fn after(moment: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(moment.millis() + millis)
}

/// What was told: products by their actions, versions and units held, and carts.
pub(crate) fn told(changes: &[Change]) -> Vec<String> {
    let words = changes.iter().map(|change| match &change.fact {
        Fact::Product(change) => {
            let held = change.product.as_ref().map(|product| product.held);
            let action = change.action.word();
            format!("{action} {} v{} {held:?}", change.title, change.version)
        }
        Fact::Cart(id) => format!("cart {id}"),
        other => format!("{other:?}"),
    });
    words.collect()
}

pub(crate) async fn nothing_is_kept_while_holds_are_off(place: &Place) {
    let store = place.open().await;
    let product = stored(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 3)]).await;
    assert_eq!(cart.lines[0].hold, None);
    assert_eq!(cart.lines[0].available(), 10);
    assert_eq!(kept(&store, product).await, (10, 0));
    store.close().await;
}

pub(crate) async fn what_is_put_into_a_cart_is_kept_for_it(place: &Place) {
    let store = place.open_holding(LONG).await;
    let product = stored(&store, "A").await;
    let before = store.now().await.expect("a moment");
    let cart = filled_cart(&store, &[(product.id, 7)]).await;
    let hold = hold(&cart, 0);
    assert_eq!(hold.units, 7);
    assert!(hold.since >= after(before, -100), "{hold:?} at {before}");
    assert_eq!(hold.until, after(hold.since, 3_600_000));
    assert_eq!(read(&store, cart.id).await, cart);

    let now = store.product(product.id).await.expect("a product");
    assert_eq!((now.stock, now.held, now.available()), (10, 7, 3));
    assert_eq!((now.version, now.updated_at), (1, product.updated_at));
    // Its own cart can have all of it, others what is left.
    assert_eq!(cart.lines[0].available(), 10);
    let other = filled_cart(&store, &[]).await.id;
    assert_refused!(
        store.add_to_cart(other, product.id, units(4)).await,
        StoreError::InsufficientStock { available: 3, .. }
    );
    assert_refused!(
        store.add_to_cart(cart.id, product.id, units(4)).await,
        StoreError::InsufficientStock { available: 10, .. }
    );
    let other = store.add_to_cart(other, product.id, units(3)).await;
    let other = other.expect("the rest");
    assert_eq!(other.lines[0].available(), 3);
    assert_eq!(read(&store, cart.id).await.lines[0].available(), 7);
    assert_eq!(kept(&store, product.id).await, (10, 10));
    store.close().await;
}

pub(crate) async fn every_change_of_a_line_changes_what_is_kept(place: &Place) {
    let store = place.open_holding(LONG).await;
    let (one, two) = (stored(&store, "A").await.id, stored(&store, "B").await.id);
    let made = filled_cart(&store, &[(one, 2)]).await;
    let (id, since) = (made.id, hold(&made, 0).since);
    let set = |quantity| store.set_cart_line(id, one, units(quantity));
    assert_eq!(hold(&set(5).await.expect("more"), 0).units, 5);
    assert_eq!(kept(&store, one).await, (10, 5));
    assert_eq!(hold(&set(1).await.expect("less"), 0).since, since);
    assert_eq!(kept(&store, one).await, (10, 1));
    store.add_to_cart(id, one, units(3)).await.expect("added");
    assert_eq!(kept(&store, one).await, (10, 4));

    let replaced = store.replace_cart(id, lines(&[(two, 6), (one, 2)])).await;
    let replaced = replaced.expect("replaced");
    assert_eq!(hold(&replaced, 1).since, since, "it goes on");
    assert_eq!(read(&store, id).await, replaced);
    assert_eq!(
        (kept(&store, one).await.1, kept(&store, two).await.1),
        (2, 6)
    );
    store
        .replace_cart(id, lines(&[(two, 1)]))
        .await
        .expect("one");
    assert_eq!(
        (kept(&store, one).await.1, kept(&store, two).await.1),
        (0, 1)
    );
    store.remove_cart_line(id, two).await.expect("removed");
    assert_eq!(kept(&store, two).await, (10, 0));
    store.add_to_cart(id, two, units(9)).await.expect("added");
    let emptied = store.replace_cart(id, WantedLines::default()).await;
    assert!(emptied.expect("emptied").lines.is_empty());
    assert_eq!(kept(&store, two).await, (10, 0));
    store.close().await;
}

pub(crate) async fn a_refused_change_keeps_nothing(place: &Place) {
    let store = place.open_holding(LONG).await;
    let (one, two) = (stored(&store, "A").await.id, stored(&store, "B").await.id);
    let cart = filled_cart(&store, &[(one, 1)]).await;
    let mut reader = Reader::open(&store).await;
    assert_refused!(
        store.create_cart(lines(&[(one, 9), (two, 11)])).await,
        StoreError::InsufficientStock { available: 10, .. }
    );
    assert_refused!(
        store
            .replace_cart(cart.id, lines(&[(two, 3), (one, 11)]))
            .await,
        StoreError::InsufficientStock { available: 10, .. }
    );
    assert_refused!(
        store.remove_cart_line(cart.id, two).await,
        StoreError::NotFound(Noun::CartLine)
    );
    assert_eq!(
        (kept(&store, one).await.1, kept(&store, two).await.1),
        (1, 0)
    );
    assert_eq!(read(&store, cart.id).await, cart);
    assert_eq!(told(&reader.all_so_far(&store).await), [""; 0]);
    store.close().await;
}

pub(crate) async fn a_change_lets_all_holds_of_its_cart_last_longer(place: &Place) {
    let store = place.open_holding(LONG).await;
    let (one, two) = (stored(&store, "A").await.id, stored(&store, "B").await.id);
    let made = filled_cart(&store, &[(one, 1)]).await;
    let first = hold(&made, 0);
    let mut reader = Reader::open(&store).await;
    // Reading is no activity.
    assert_eq!(hold(&read(&store, made.id).await, 0), first);
    let mut changed = read(&store, made.id).await;
    while hold(&changed, 0).until == first.until {
        let set = store.set_cart_line(made.id, two, units(1)).await;
        changed = set.expect("a line");
    }
    let (one_now, two_now) = (hold(&changed, 0), hold(&changed, 1));
    assert_eq!(one_now.since, first.since);
    assert_eq!(one_now.until, two_now.until);
    assert!(one_now.until > first.until);
    // Who keeps the same longer tells the cart, and no product.
    let changes = told(&reader.all_so_far(&store).await);
    let products = changes.iter().filter(|told| told.starts_with("updated"));
    assert_eq!(products.count(), 1, "{changes:?}");
    store.close().await;
}

pub(crate) async fn a_line_without_a_hold_holds_whole_or_not_at_all(place: &Place) {
    let store = place.open_holding(LONG).await;
    let product = stored(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 6)]).await;
    ended_at(&store, hold(&cart, 0).until).await;
    filled_cart(&store, &[(product, 5)]).await;
    let short = read(&store, cart.id).await;
    assert_eq!(
        (short.lines[0].quantity, short.lines[0].available()),
        (6, 5)
    );
    for quantity in [1, 6] {
        assert_refused!(
            store.add_to_cart(cart.id, product, units(quantity)).await,
            StoreError::InsufficientStock { available: 5, .. }
        );
    }
    assert_eq!(read(&store, cart.id).await, short);
    let less = store.set_cart_line(cart.id, product, units(5)).await;
    assert_eq!(hold(&less.expect("what is left"), 0).units, 5);
    assert_eq!(kept(&store, product).await, (10, 10));
    store.close().await;
}
