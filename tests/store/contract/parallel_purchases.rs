//! Parallel purchases.

use std::collections::HashSet;

use vitrina::domain::refusal::Refusal;
use vitrina::store::{SharedStore, StoreError};

use crate::fixtures::*;
use crate::typed_commands::TypedCommands;

pub(crate) async fn parallel_buyers_of_one_product_buy_exactly_the_stock(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let mut carts = Vec::new();
    for _ in 0..40 {
        carts.push(filled_cart(store, &[(product, 1)]).await.id);
    }
    let results = in_parallel(40, |n| {
        let (store, cart) = (store.clone(), carts[n]);
        async move { buy(&store, cart).await }
    })
    .await;
    let mut orders = HashSet::new();
    for result in results {
        match result {
            Ok(purchased) => assert!(orders.insert(purchased.order.id)),
            Err(StoreError::Refused(Refusal::LinesShort { lines })) => {
                assert_eq!((lines[0].product, lines[0].available), (product, 0));
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((orders.len(), stock(store, product).await), (10, 0));
    let listed = store.orders(&Default::default()).await.expect("orders");
    assert_eq!(listed.total, 10);
}

pub(crate) async fn parallel_buyers_of_several_units_never_oversell(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let mut carts = Vec::new();
    for n in 0..12 {
        carts.push(filled_cart(store, &[(product, n % 3 + 1)]).await.id);
    }
    let results = in_parallel(12, |n| {
        let (store, cart) = (store.clone(), carts[n]);
        async move { buy(&store, cart).await }
    })
    .await;
    let mut sold = 0;
    let mut least_refused = i64::MAX;
    for result in results {
        match result {
            Ok(purchased) => sold += purchased.order.lines[0].quantity,
            Err(StoreError::Refused(Refusal::LinesShort { lines })) => {
                let line = lines[0];
                assert!((0..line.quantity).contains(&line.available), "{line:?}");
                least_refused = least_refused.min(line.quantity);
            }
            Err(other) => panic!("{other}"),
        }
    }
    let rest = stock(store, product).await;
    assert_eq!(sold + rest, 10);
    assert!(
        rest < least_refused,
        "{rest} are left, {least_refused} were refused"
    );
}

pub(crate) async fn parallel_purchases_of_one_cart_make_one_order(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 2)]).await.id;
    let results = in_parallel(10, |_| {
        let store = store.clone();
        async move { buy(&store, cart).await }
    })
    .await;
    let bought = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!((bought, stock(store, product).await), (1, 8));
    for refused in results.into_iter().filter(Result::is_err) {
        assert_refused!(refused, StoreError::Refused(Refusal::EmptyCart));
    }
}

/// Carts with the same products in different orders must not wait for each other forever.
pub(crate) async fn parallel_carts_with_crossed_products_do_not_deadlock(store: &SharedStore) {
    let products = create_vases(store, 4).await;
    let ids: Vec<_> = products.iter().map(|product| product.id).collect();
    let mut carts = Vec::new();
    for n in 0..20 {
        let requested = [0, 1, 2, 3].map(|m| (ids[(n * 3 + m * (1 + n % 2 * 2)) % 4], 1));
        carts.push(filled_cart(store, &requested).await.id);
    }
    let results = in_parallel(20, |n| {
        let (store, cart) = (store.clone(), carts[n]);
        async move { buy(&store, cart).await }
    })
    .await;
    let bought = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(bought, 10);
    for id in ids {
        assert_eq!(stock(store, id).await, 0);
    }
}

pub(crate) async fn parallel_purchases_and_changes_lose_nothing(store: &SharedStore) {
    let product = create_vase_with(store, "A", |vase| vase.stock = 100)
        .await
        .id;
    let mut carts = Vec::new();
    for _ in 0..20 {
        carts.push(filled_cart(store, &[(product, 3)]).await.id);
    }
    in_parallel(40, |n| {
        let (store, cart) = (store.clone(), carts[n / 2]);
        async move {
            if n % 2 == 0 {
                buy(&store, cart).await.expect("a purchase");
            } else {
                let other = patch(|patch| patch.description = Some(format!("text {n}")));
                store
                    .update_product(product, other, None)
                    .await
                    .expect("updated");
            }
        }
    })
    .await;
    let after = store.product(product).await.expect("a product");
    assert_eq!((after.stock, after.version), (40, 41));
}

pub(crate) async fn a_cart_changed_during_its_purchase_loses_no_line(store: &SharedStore) {
    let products = create_vases(store, 2).await;
    let [a, b] = [0, 1].map(|n| products[n].id);
    let mut carts = Vec::new();
    for _ in 0..5 {
        carts.push(filled_cart(store, &[(a, 1)]).await.id);
    }
    let results = in_parallel(10, |n| {
        let (store, cart) = (store.clone(), carts[n / 2]);
        async move {
            if n % 2 == 0 {
                return Some(buy(&store, cart).await.expect("a purchase").order);
            }
            store.add_to_cart(cart, b, units(1)).await.expect("added");
            None
        }
    })
    .await;
    for order in results.into_iter().flatten() {
        let held = content(&store.cart(order.cart).await.expect("a cart"));
        // The other line was bought with the first, or is still in the cart.
        match order.lines.len() {
            1 => assert_eq!(held, [(b, 1)]),
            _ => assert_eq!(held, []),
        }
    }
}
