//! Holds: what is put into a cart is kept for it, until its time is over.

use std::time::Duration;

use vitrina::domain::cart::{Cart, WantedLines};
use vitrina::domain::change::{Change, Fact, ProductAction};
use vitrina::domain::hold::Hold;
use vitrina::domain::ids::{CartId, ProductId};
use vitrina::domain::purchase::LineLeft;
use vitrina::domain::timestamp::Timestamp;
use vitrina::store::{Noun, SharedStore, StoreError};

use crate::fixtures::*;
use crate::place::Place;
use crate::reader::Reader;

/// Longer than any test.
const LONG: Duration = Duration::from_secs(3_600);
/// Over before anything else can happen.
const SHORT: Duration = Duration::from_millis(1);

async fn read(store: &SharedStore, id: CartId) -> Cart {
    store.cart(id).await.expect("a stored cart")
}

/// What is in stock of a product, and what of it is held.
async fn kept(store: &SharedStore, id: ProductId) -> (i64, i64) {
    let product = store.product(id).await.expect("a product");
    (product.stock, product.held)
}

fn hold(cart: &Cart, line: usize) -> Hold {
    cart.lines[line].hold.expect("a hold")
}

/// Ends all holds that are over at a moment, and tells how many there were.
async fn ended_at(store: &SharedStore, now: Timestamp) -> u32 {
    let mut ended = 0;
    loop {
        let some = store.end_holds(now, 100).await.expect("an end").ended;
        if some == 0 {
            return ended;
        }
        ended += some;
    }
}

fn after(moment: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(moment.millis() + millis)
}

/// What was told: products by their actions, versions and units held, and carts.
fn told(changes: &[Change]) -> Vec<String> {
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

pub(crate) async fn a_held_cart_buys_when_all_else_is_gone(place: &Place) {
    let store = place.open_holding(LONG).await;
    let product = stored(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 4)]).await;
    bought(&store, &[(product, 6)]).await;
    assert_eq!(kept(&store, product).await, (4, 4));
    let late = filled_cart(&store, &[]).await.id;
    assert_refused!(
        store.add_to_cart(late, product, units(1)).await,
        StoreError::InsufficientStock { available: 0, .. }
    );
    let mut reader = Reader::open(&store).await;
    buy(&store, cart.id).await.expect("a purchase");
    assert_eq!(kept(&store, product).await, (0, 0));
    // One change of the product: its hold ends with its sale.
    assert_eq!(
        told(&reader.all_so_far(&store).await),
        [
            "updated Vase v3 Some(0)".to_owned(),
            format!("cart {}", cart.id)
        ]
    );
    assert_eq!(ended_at(&store, after(hold(&cart, 0).until, 1)).await, 0);
    store.close().await;
}

pub(crate) async fn nobody_buys_what_others_hold(place: &Place) {
    let store = place.open_holding(LONG).await;
    let product = stored(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 6)]).await;
    ended_at(&store, hold(&cart, 0).until).await;
    filled_cart(&store, &[(product, 5)]).await;
    let short = LineLeft {
        product,
        quantity: 6,
        available: 5,
    };
    assert_refused!(
        buy(&store, cart.id).await,
        StoreError::LinesShort { lines } if lines == [short]
    );
    assert_eq!(kept(&store, product).await, (10, 5));
    store.close().await;
}

pub(crate) async fn a_partial_purchase_keeps_the_holds_of_what_it_leaves(place: &Place) {
    let store = place.open_holding(LONG).await;
    let (one, two) = (stored(&store, "A").await.id, stored(&store, "B").await.id);
    let cart = filled_cart(&store, &[(one, 2), (two, 3)]).await;
    let off = patch(|patch| patch.status = Some(false));
    store.update_product(two, off, None).await.expect("off");
    let purchased = store.purchase(cart.id, partial_wish()).await;
    assert_eq!(purchased.expect("a part").left.len(), 1);
    assert_eq!(
        (kept(&store, one).await, kept(&store, two).await),
        ((8, 0), (10, 3))
    );
    let left = read(&store, cart.id).await;
    assert_eq!(hold(&left, 0).since, hold(&cart, 1).since);
    store.close().await;
}

pub(crate) async fn the_oldest_holds_count_first_when_stock_is_set_below(place: &Place) {
    let store = place.open_holding(LONG).await;
    let product = stored(&store, "A").await.id;
    let mut carts = Vec::new();
    for n in 0..3 {
        let cart = filled_cart(&store, &[(product, 3)]).await;
        // Each began later than the one before.
        let before = carts.last().map(|cart| hold(cart, 0).since);
        assert!(
            before.is_none_or(|before| before <= hold(&cart, 0).since),
            "{n}"
        );
        carts.push(cart);
    }
    carts.sort_by_key(|cart| (hold(cart, 0).since, cart.id));
    restock(&store, product, 4).await;
    let now = store.product(product).await.expect("a product");
    assert_eq!((now.held, now.available()), (9, 0));
    for (cart, available) in carts.iter().zip([3, 1, 0]) {
        let line = &read(&store, cart.id).await.lines[0];
        assert_eq!((line.quantity, line.available()), (3, available));
    }
    for younger in &carts[1..] {
        assert_refused!(buy(&store, younger.id).await, StoreError::LinesShort { .. });
    }
    buy(&store, carts[0].id).await.expect("the oldest");
    assert_eq!(kept(&store, product).await, (1, 6));
    let second = store.set_cart_line(carts[1].id, product, units(1)).await;
    assert_eq!(hold(&second.expect("what is left"), 0).units, 1);
    buy(&store, carts[1].id).await.expect("the last unit");
    assert_eq!(kept(&store, product).await, (0, 3));
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

pub(crate) async fn parallel_carts_never_keep_more_than_there_is(place: &Place) {
    let store = place.open_holding(LONG).await;
    let product = stored(&store, "A").await.id;
    let made = in_parallel(30, |_| {
        let store = store.clone();
        async move { store.create_cart(lines(&[(product, 1)])).await }
    });
    let (mut kept_by, mut refused) = (Vec::new(), 0);
    for outcome in made.await {
        match outcome {
            Ok(cart) => kept_by.push(cart.id),
            Err(StoreError::InsufficientStock { available: 0, .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((kept_by.len(), refused), (10, 20));
    assert_eq!(kept(&store, product).await, (10, 10));
    let bought = in_parallel(kept_by.len(), |n| {
        let (store, cart) = (store.clone(), kept_by[n]);
        async move { buy(&store, cart).await.map(drop) }
    });
    for purchase in bought.await {
        purchase.expect("who keeps it can buy it");
    }
    assert_eq!(kept(&store, product).await, (0, 0));
    store.close().await;
}

pub(crate) async fn parallel_changes_and_ends_leave_no_hold_behind(place: &Place) {
    let store = place.open_holding(LONG).await;
    let product = stored_with(&store, "A", |goods| goods.stock = 1_000)
        .await
        .id;
    let far = after(store.now().await.expect("a moment"), 100_000_000);
    let done = in_parallel(12, |n| {
        let store = store.clone();
        async move {
            let cart = filled_cart(&store, &[(product, 1)]).await.id;
            for quantity in 2..6 {
                let set = store.set_cart_line(cart, product, units(quantity)).await;
                set.expect("a line");
                if n % 3 == 0 {
                    store.end_holds(far, 100).await.expect("an end");
                }
            }
            if n % 2 == 0 {
                buy(&store, cart).await.expect("a purchase");
            }
            cart
        }
    });
    let mut held = 0;
    for cart in done.await {
        let lines = read(&store, cart).await.lines;
        let holds = lines.iter().filter_map(|line| line.hold);
        held += holds.map(|hold| hold.units).sum::<i64>();
    }
    assert_eq!(kept(&store, product).await, (970, held));
    ended_at(&store, far).await;
    assert_eq!(kept(&store, product).await, (970, 0));
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
