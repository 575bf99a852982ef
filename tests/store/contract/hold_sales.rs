//! Holds and purchases.

use vitrina::domain::refusal::Refusal;
use vitrina::domain::unavailable_line::UnavailableLine;
use vitrina::store::StoreError;

use crate::feed_reader::FeedReader;
use crate::fixtures::*;
use crate::test_store::TestStore;
use crate::typed_commands::TypedCommands;

use super::holds::*;

pub(crate) async fn a_cart_with_holds_can_buy_when_the_rest_is_sold(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let product = create_vase(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 4)]).await;
    buy_lines(&store, &[(product, 6)]).await;
    assert_eq!(stock_and_held(&store, product).await, (4, 4));
    let late = filled_cart(&store, &[]).await.id;
    assert_refused!(
        store.add_to_cart(late, product, units(1)).await,
        StoreError::Refused(Refusal::InsufficientStock { available: 0, .. })
    );
    let mut reader = FeedReader::open(&store).await;
    buy(&store, cart.id).await.expect("a purchase");
    assert_eq!(stock_and_held(&store, product).await, (0, 0));
    // One change of the product: its hold ends with its sale.
    assert_eq!(
        describe(&reader.all_so_far(&store).await),
        [
            "updated Vase v3 Some(0)".to_owned(),
            format!("cart {}", cart.id)
        ]
    );
    assert_eq!(
        expire_holds_until(&store, after(hold(&cart, 0).until, 1)).await,
        0
    );
    store.close().await;
}

pub(crate) async fn units_held_for_others_cannot_be_bought(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let product = create_vase(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 6)]).await;
    expire_holds_until(&store, hold(&cart, 0).until).await;
    filled_cart(&store, &[(product, 5)]).await;
    let short = UnavailableLine {
        product,
        quantity: 6,
        available: 5,
    };
    assert_refused!(
        buy(&store, cart.id).await,
        StoreError::Refused(Refusal::LinesShort { lines }) if lines == [short]
    );
    assert_eq!(stock_and_held(&store, product).await, (10, 5));
    store.close().await;
}

pub(crate) async fn a_partial_purchase_keeps_the_holds_of_other_lines(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let (one, two) = (
        create_vase(&store, "A").await.id,
        create_vase(&store, "B").await.id,
    );
    let cart = filled_cart(&store, &[(one, 2), (two, 3)]).await;
    let off = patch(|patch| patch.status = Some(false));
    store.update_product(two, off, None).await.expect("off");
    let purchased = store.purchase(cart.id, partial_request()).await;
    assert_eq!(purchased.expect("a partial purchase").left.len(), 1);
    assert_eq!(
        (
            stock_and_held(&store, one).await,
            stock_and_held(&store, two).await
        ),
        ((8, 0), (10, 3))
    );
    let left = read(&store, cart.id).await;
    assert_eq!(hold(&left, 0).since, hold(&cart, 1).since);
    store.close().await;
}

pub(crate) async fn the_oldest_holds_come_first_when_the_stock_is_lowered(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let product = create_vase(&store, "A").await.id;
    let mut carts = Vec::new();
    for n in 0..3 {
        let cart = filled_cart(&store, &[(product, 3)]).await;
        // Each begins after the one before.
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
    for later in &carts[1..] {
        assert_refused!(
            buy(&store, later.id).await,
            StoreError::Refused(Refusal::LinesShort { .. })
        );
    }
    buy(&store, carts[0].id).await.expect("the oldest");
    assert_eq!(stock_and_held(&store, product).await, (1, 6));
    let second = store.set_cart_line(carts[1].id, product, units(1)).await;
    assert_eq!(hold(&second.expect("what is left"), 0).units, 1);
    buy(&store, carts[1].id).await.expect("the last unit");
    assert_eq!(stock_and_held(&store, product).await, (0, 3));
    store.close().await;
}

pub(crate) async fn parallel_carts_never_hold_more_than_the_stock(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let product = create_vase(&store, "A").await.id;
    let made = in_parallel(30, |_| {
        let store = store.clone();
        async move { store.create_cart(lines(&[(product, 1)])).await }
    });
    let (mut holders, mut refused) = (Vec::new(), 0);
    for outcome in made.await {
        match outcome {
            Ok(cart) => holders.push(cart.id),
            Err(StoreError::Refused(Refusal::InsufficientStock { available: 0, .. })) => {
                refused += 1
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((holders.len(), refused), (10, 20));
    assert_eq!(stock_and_held(&store, product).await, (10, 10));
    let bought = in_parallel(holders.len(), |n| {
        let (store, cart) = (store.clone(), holders[n]);
        async move { buy(&store, cart).await.map(drop) }
    });
    for purchase in bought.await {
        purchase.expect("a cart with a hold can buy");
    }
    assert_eq!(stock_and_held(&store, product).await, (0, 0));
    store.close().await;
}

pub(crate) async fn parallel_changes_and_expiries_leave_no_hold(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let product = create_vase_with(&store, "A", |vase| vase.stock = 1_000)
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
                    store.expire_holds(far, 100).await.expect("expired");
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
    assert_eq!(stock_and_held(&store, product).await, (970, held));
    expire_holds_until(&store, far).await;
    assert_eq!(stock_and_held(&store, product).await, (970, 0));
    store.close().await;
}
