//! What holds mean for who buys.

use vitrina::domain::purchase::LineLeft;
use vitrina::store::StoreError;

use crate::fixtures::*;
use crate::place::Place;
use crate::reader::Reader;

use super::holds::*;

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
