//! Holds: units in a cart are reserved for it.

use std::time::Duration;

use vitrina::domain::cart::{Cart, LineRequests};
use vitrina::domain::change::{Change, ChangeKind};
use vitrina::domain::hold::Hold;
use vitrina::domain::ids::{CartId, ProductId};
use vitrina::domain::refusal::{Refusal, Resource};
use vitrina::domain::timestamp::Timestamp;
use vitrina::store::{SharedStore, StoreError};

use crate::feed_reader::FeedReader;
use crate::fixtures::*;
use crate::test_store::TestStore;
use crate::typed_commands::TypedCommands;

/// Longer than any test.
pub(crate) const LONG: Duration = Duration::from_secs(3_600);

pub(crate) async fn read(store: &SharedStore, id: CartId) -> Cart {
    store.cart(id).await.expect("a stored cart")
}

/// The stock and the held units of a product.
pub(crate) async fn stock_and_held(store: &SharedStore, id: ProductId) -> (i64, i64) {
    let product = store.product(id).await.expect("a product");
    (product.stock, product.held)
}

pub(crate) fn hold(cart: &Cart, line: usize) -> Hold {
    cart.lines[line].hold.expect("a hold")
}

/// Expires all holds that are due, and returns how many.
pub(crate) async fn expire_holds_until(store: &SharedStore, now: Timestamp) -> u32 {
    let mut expired = 0;
    loop {
        let some = store.expire_holds(now, 100).await.expect("expired").expired;
        if some == 0 {
            return expired;
        }
        expired += some;
    }
}

pub(crate) fn after(moment: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(moment.millis() + millis)
}

/// Changes as strings: of products with action, version and held units, and of carts.
pub(crate) fn describe(changes: &[Change]) -> Vec<String> {
    let descriptions = changes.iter().map(|change| match &change.kind {
        ChangeKind::Product(change) => {
            let held = change.product.as_ref().map(|product| product.held);
            let action = change.action.word();
            format!("{action} {} v{} {held:?}", change.title, change.version)
        }
        ChangeKind::Cart(id) => format!("cart {id}"),
        other => format!("{other:?}"),
    });
    descriptions.collect()
}

pub(crate) async fn nothing_is_held_while_holds_are_off(test_store: &TestStore) {
    let store = test_store.open().await;
    let product = create_vase(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 3)]).await;
    assert_eq!(cart.lines[0].hold, None);
    assert_eq!(cart.lines[0].available(), 10);
    assert_eq!(stock_and_held(&store, product).await, (10, 0));
    store.close().await;
}

pub(crate) async fn units_in_a_cart_are_held_for_it(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let product = create_vase(&store, "A").await;
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
    // Its own cart can have all units, others only the rest.
    assert_eq!(cart.lines[0].available(), 10);
    let other = filled_cart(&store, &[]).await.id;
    assert_refused!(
        store.add_to_cart(other, product.id, units(4)).await,
        StoreError::Refused(Refusal::InsufficientStock { available: 3, .. })
    );
    assert_refused!(
        store.add_to_cart(cart.id, product.id, units(4)).await,
        StoreError::Refused(Refusal::InsufficientStock { available: 10, .. })
    );
    let other = store.add_to_cart(other, product.id, units(3)).await;
    let other = other.expect("the rest");
    assert_eq!(other.lines[0].available(), 3);
    assert_eq!(read(&store, cart.id).await.lines[0].available(), 7);
    assert_eq!(stock_and_held(&store, product.id).await, (10, 10));
    store.close().await;
}

pub(crate) async fn every_change_of_a_line_changes_the_held_units(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let (one, two) = (
        create_vase(&store, "A").await.id,
        create_vase(&store, "B").await.id,
    );
    let made = filled_cart(&store, &[(one, 2)]).await;
    let (id, since) = (made.id, hold(&made, 0).since);
    let set = |quantity| store.set_cart_line(id, one, units(quantity));
    assert_eq!(hold(&set(5).await.expect("more"), 0).units, 5);
    assert_eq!(stock_and_held(&store, one).await, (10, 5));
    assert_eq!(hold(&set(1).await.expect("less"), 0).since, since);
    assert_eq!(stock_and_held(&store, one).await, (10, 1));
    store.add_to_cart(id, one, units(3)).await.expect("added");
    assert_eq!(stock_and_held(&store, one).await, (10, 4));

    let replaced = store.replace_cart(id, lines(&[(two, 6), (one, 2)])).await;
    let replaced = replaced.expect("replaced");
    assert_eq!(hold(&replaced, 1).since, since, "the hold continues");
    assert_eq!(read(&store, id).await, replaced);
    assert_eq!(
        (
            stock_and_held(&store, one).await.1,
            stock_and_held(&store, two).await.1
        ),
        (2, 6)
    );
    store
        .replace_cart(id, lines(&[(two, 1)]))
        .await
        .expect("one");
    assert_eq!(
        (
            stock_and_held(&store, one).await.1,
            stock_and_held(&store, two).await.1
        ),
        (0, 1)
    );
    store.remove_cart_line(id, two).await.expect("removed");
    assert_eq!(stock_and_held(&store, two).await, (10, 0));
    store.add_to_cart(id, two, units(9)).await.expect("added");
    let emptied = store.replace_cart(id, LineRequests::default()).await;
    assert!(emptied.expect("emptied").lines.is_empty());
    assert_eq!(stock_and_held(&store, two).await, (10, 0));
    store.close().await;
}

pub(crate) async fn a_refused_change_holds_nothing(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let (one, two) = (
        create_vase(&store, "A").await.id,
        create_vase(&store, "B").await.id,
    );
    let cart = filled_cart(&store, &[(one, 1)]).await;
    let mut reader = FeedReader::open(&store).await;
    assert_refused!(
        store.create_cart(lines(&[(one, 9), (two, 11)])).await,
        StoreError::Refused(Refusal::InsufficientStock { available: 10, .. })
    );
    assert_refused!(
        store
            .replace_cart(cart.id, lines(&[(two, 3), (one, 11)]))
            .await,
        StoreError::Refused(Refusal::InsufficientStock { available: 10, .. })
    );
    assert_refused!(
        store.remove_cart_line(cart.id, two).await,
        StoreError::Refused(Refusal::NotFound(Resource::CartLine))
    );
    assert_eq!(
        (
            stock_and_held(&store, one).await.1,
            stock_and_held(&store, two).await.1
        ),
        (1, 0)
    );
    assert_eq!(read(&store, cart.id).await, cart);
    assert_eq!(describe(&reader.all_so_far(&store).await), [""; 0]);
    store.close().await;
}

pub(crate) async fn a_change_extends_all_holds_of_its_cart(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let (one, two) = (
        create_vase(&store, "A").await.id,
        create_vase(&store, "B").await.id,
    );
    let made = filled_cart(&store, &[(one, 1)]).await;
    let first = hold(&made, 0);
    let mut reader = FeedReader::open(&store).await;
    // Reading does not extend a hold.
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
    // An extended hold is a change of the cart, not of the product.
    let changes = describe(&reader.all_so_far(&store).await);
    let products = changes
        .iter()
        .filter(|change| change.starts_with("updated"));
    assert_eq!(products.count(), 1, "{changes:?}");
    store.close().await;
}

pub(crate) async fn a_line_holds_all_its_units_or_none(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let product = create_vase(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 6)]).await;
    expire_holds_until(&store, hold(&cart, 0).until).await;
    filled_cart(&store, &[(product, 5)]).await;
    let short = read(&store, cart.id).await;
    assert_eq!(
        (short.lines[0].quantity, short.lines[0].available()),
        (6, 5)
    );
    for quantity in [1, 6] {
        assert_refused!(
            store.add_to_cart(cart.id, product, units(quantity)).await,
            StoreError::Refused(Refusal::InsufficientStock { available: 5, .. })
        );
    }
    assert_eq!(read(&store, cart.id).await, short);
    let less = store.set_cart_line(cart.id, product, units(5)).await;
    assert_eq!(hold(&less.expect("what is left"), 0).units, 5);
    assert_eq!(stock_and_held(&store, product).await, (10, 10));
    store.close().await;
}
