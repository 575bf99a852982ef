//! Carts and their lines.

use std::collections::HashSet;

use vitrina::domain::cart::{Cart, LineRequests};
use vitrina::domain::ids::CartId;
use vitrina::domain::money::Money;
use vitrina::domain::refusal::{Refusal, Resource};
use vitrina::store::{SharedStore, StoreError};

use crate::fixtures::*;
use crate::typed_commands::TypedCommands;

async fn read(store: &SharedStore, id: CartId) -> Cart {
    store.cart(id).await.expect("a stored cart")
}

pub(crate) async fn a_new_cart_is_empty(store: &SharedStore) {
    let cart = filled_cart(store, &[]).await;
    assert_eq!(
        (cart.lines.len(), cart.dropped.len(), cart.version),
        (0, 0, 1)
    );
    assert_eq!(cart.total(), Money::default());
    assert_eq!(read(store, cart.id).await, cart);
}

pub(crate) async fn a_new_cart_keeps_the_order_of_its_lines(store: &SharedStore) {
    let products = create_vases(store, 5).await;
    let requested = [3, 0, 4, 1, 2].map(|n| (products[n].id, n as i64 + 1));
    let cart = filled_cart(store, &requested).await;
    assert_eq!(content(&cart), requested);
    assert_eq!(read(store, cart.id).await, cart);
}

pub(crate) async fn ids_of_carts_cannot_be_guessed(store: &SharedStore) {
    let carts = in_parallel(20, |_| {
        let store = store.clone();
        async move { filled_cart(&store, &[]).await.id.bytes() }
    })
    .await;
    assert_eq!(carts.iter().collect::<HashSet<_>>().len(), 20);
    // Each byte has many values, so none comes from a clock, a process or a counter.
    for index in 0..12 {
        let values: HashSet<_> = carts.iter().map(|id| id[index]).collect();
        assert!(values.len() > 8, "byte {index} has {} values", values.len());
    }
}

pub(crate) async fn an_unknown_cart_is_not_found(store: &SharedStore) {
    let id = unknown_cart();
    let product = create_vase(store, "A").await.id;
    let unknown = [
        store.cart(id).await,
        store.add_to_cart(id, product, units(1)).await,
        store.set_cart_line(id, product, units(1)).await,
        store.replace_cart(id, lines(&[(product, 1)])).await,
        store.replace_cart(id, LineRequests::default()).await,
        store.remove_cart_line(id, product).await,
        // A change must not create the cart.
        store.cart(id).await,
    ];
    for result in unknown {
        assert_refused!(
            result,
            StoreError::Refused(Refusal::NotFound(Resource::Cart))
        );
    }
}

pub(crate) async fn adding_a_product_again_sums_its_units(store: &SharedStore) {
    let products = create_vases(store, 2).await;
    let (a, b) = (products[0].id, products[1].id);
    let cart = filled_cart(store, &[]).await.id;
    for (product, count) in [(a, 2), (b, 1), (a, 3)] {
        let changed = store.add_to_cart(cart, product, units(count)).await;
        assert_eq!(read(store, cart).await, changed.expect("changed"));
    }
    let cart = read(store, cart).await;
    assert_eq!(content(&cart), [(a, 5), (b, 1)]);
    assert_eq!(cart.version, 4);
}

pub(crate) async fn parallel_additions_to_one_line_all_count(store: &SharedStore) {
    let product = create_vase_with(store, "A", |vase| vase.stock = 100)
        .await
        .id;
    let cart = filled_cart(store, &[]).await.id;
    in_parallel(20, |_| {
        let store = store.clone();
        async move {
            store
                .add_to_cart(cart, product, units(2))
                .await
                .expect("added")
        }
    })
    .await;
    let cart = read(store, cart).await;
    assert_eq!((content(&cart), cart.version), (vec![(product, 40)], 21));
}

pub(crate) async fn parallel_additions_of_different_products_all_count(store: &SharedStore) {
    let products = create_vases(store, 10).await;
    let cart = filled_cart(store, &[]).await.id;
    in_parallel(10, |n| {
        let (store, product) = (store.clone(), products[n].id);
        async move {
            store
                .add_to_cart(cart, product, units(1))
                .await
                .expect("added")
        }
    })
    .await;
    let cart = read(store, cart).await;
    let held: HashSet<_> = content(&cart).into_iter().collect();
    assert_eq!(
        held,
        products.iter().map(|product| (product.id, 1)).collect()
    );
    assert_eq!((cart.lines.len(), cart.version), (10, 11));
}

pub(crate) async fn parallel_additions_stop_at_the_stock(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let cart = filled_cart(store, &[]).await.id;
    let results = in_parallel(20, |_| {
        let store = store.clone();
        async move { store.add_to_cart(cart, product, units(1)).await }
    })
    .await;
    for result in results.into_iter().filter(Result::is_err) {
        assert_refused!(
            result,
            StoreError::Refused(Refusal::InsufficientStock { available: 10, .. })
        );
    }
    let cart = read(store, cart).await;
    assert_eq!((content(&cart), cart.version), (vec![(product, 10)], 11));
}

pub(crate) async fn setting_a_line_keeps_its_place(store: &SharedStore) {
    let products = create_vases(store, 3).await;
    let [a, b, c] = [0, 1, 2].map(|n| products[n].id);
    let cart = filled_cart(store, &[(a, 5), (b, 5)]).await.id;
    for (product, count) in [(a, 9), (c, 1), (a, 2), (b, 5)] {
        let changed = store.set_cart_line(cart, product, units(count)).await;
        assert_eq!(read(store, cart).await, changed.expect("changed"));
    }
    let cart = read(store, cart).await;
    assert_eq!(content(&cart), [(a, 2), (b, 5), (c, 1)]);
    assert_eq!(cart.version, 5, "setting the same number counts too");
}

pub(crate) async fn replacing_keeps_the_order_of_the_new_lines(store: &SharedStore) {
    let products = create_vases(store, 4).await;
    let [a, b, c, d] = [0, 1, 2, 3].map(|n| products[n].id);
    let cart = filled_cart(store, &[(a, 1), (b, 2)]).await.id;
    let requested = [(d, 4), (b, 3), (c, 1)];
    let replaced = store
        .replace_cart(cart, lines(&requested))
        .await
        .expect("replaced");
    assert_eq!(
        (content(&replaced), replaced.version),
        (requested.to_vec(), 2)
    );
    assert_eq!(read(store, cart).await, replaced);
}

pub(crate) async fn replacing_by_no_lines_empties_the_cart(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 1)]).await.id;
    for version in [2, 3] {
        let empty = store
            .replace_cart(cart, LineRequests::default())
            .await
            .expect("emptied");
        assert_eq!((empty.lines.len(), empty.version), (0, version));
        assert_eq!(read(store, cart).await, empty);
    }
}

pub(crate) async fn a_removed_line_leaves_the_others_in_order(store: &SharedStore) {
    let products = create_vases(store, 3).await;
    let [a, b, c] = [0, 1, 2].map(|n| products[n].id);
    let cart = filled_cart(store, &[(a, 1), (b, 2), (c, 3)]).await.id;
    let left = store.remove_cart_line(cart, b).await.expect("removed");
    assert_eq!((content(&left), left.version), (vec![(a, 1), (c, 3)], 2));
    assert_eq!(read(store, cart).await, left);
}

pub(crate) async fn a_missing_line_is_not_found(store: &SharedStore) {
    let products = create_vases(store, 2).await;
    let cart = filled_cart(store, &[(products[0].id, 1)]).await;
    for product in [products[1].id, unknown_product()] {
        let result = store.remove_cart_line(cart.id, product).await;
        assert_refused!(
            result,
            StoreError::Refused(Refusal::NotFound(Resource::CartLine))
        );
    }
    assert_eq!(read(store, cart.id).await, cart);
}

pub(crate) async fn carts_are_independent(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let mine = filled_cart(store, &[(product, 10)]).await;
    let yours = filled_cart(store, &[(product, 10)]).await;
    store
        .remove_cart_line(mine.id, product)
        .await
        .expect("removed");
    assert_eq!(read(store, yours.id).await, yours);
}

pub(crate) async fn a_cart_has_the_current_state_of_its_products(store: &SharedStore) {
    let product = create_vase(store, "A").await;
    let cart = filled_cart(store, &[(product.id, 3)]).await;
    assert_eq!(cart.lines[0].product, product);

    let dearer = patch(|patch| {
        patch.price = Some(Money::from_minor(2550));
        patch.stock = Some(99);
        patch.title = Some("Jug".into());
    });
    let dearer = store
        .update_product(product.id, dearer, None)
        .await
        .expect("updated");
    let now = read(store, cart.id).await;
    assert_eq!(now.lines[0].product, dearer);
    assert_eq!(now.lines[0].available(), 99);
    assert_eq!(
        (now.total(), now.version),
        (Money::from_minor(7650), cart.version)
    );
}

pub(crate) async fn a_total_sums_all_lines(store: &SharedStore) {
    let cheap = create_vase_with(store, "A", |vase| vase.price = Money::from_minor(29))
        .await
        .id;
    let dear = create_vase_with(store, "B", |vase| vase.price = Money::MAX_PRICE)
        .await
        .id;
    let cart = filled_cart(store, &[(cheap, 3), (dear, 10)]).await;
    assert_eq!(
        read(store, cart.id).await.total(),
        Money::from_minor(10_000_000_087)
    );
}

pub(crate) async fn a_deleted_product_is_reported_until_the_next_change(store: &SharedStore) {
    let products = create_vases(store, 3).await;
    let [a, b, c] = [0, 1, 2].map(|n| products[n].id);
    let cart = filled_cart(store, &[(a, 1), (b, 2)]).await;
    delete_product(store, a).await;

    for _ in 0..2 {
        let read = read(store, cart.id).await;
        assert_eq!((content(&read), read.dropped), (vec![(b, 2)], vec![a]));
        assert_eq!(read.version, cart.version, "reading changes nothing");
    }
    let refused = store.add_to_cart(cart.id, b, units(99)).await;
    assert_refused!(
        refused,
        StoreError::Refused(Refusal::InsufficientStock { available: 10, .. })
    );
    assert_eq!(
        read(store, cart.id).await.dropped,
        [a],
        "a refusal changes nothing"
    );

    let changed = store
        .add_to_cart(cart.id, c, units(1))
        .await
        .expect("added");
    assert_eq!(
        (content(&changed), &changed.dropped),
        (vec![(b, 2), (c, 1)], &vec![a]),
        "reported for the last time"
    );
    assert_eq!(changed.version, cart.version + 1);
    let read = read(store, cart.id).await;
    assert_eq!((content(&read), read.dropped), (content(&changed), vec![]));
}

pub(crate) async fn every_change_removes_deleted_products(store: &SharedStore) {
    for (n, action) in ["add", "set", "replace", "remove", "empty"]
        .into_iter()
        .enumerate()
    {
        let gone = create_vase(store, &format!("GONE-{n}")).await.id;
        let kept = create_vase(store, &format!("KEPT-{n}")).await.id;
        let cart = filled_cart(store, &[(gone, 1), (kept, 1)]).await.id;
        delete_product(store, gone).await;
        let changed = match action {
            "add" => store.add_to_cart(cart, kept, units(1)).await,
            "set" => store.set_cart_line(cart, kept, units(1)).await,
            "replace" => store.replace_cart(cart, lines(&[(kept, 1)])).await,
            "remove" => store.remove_cart_line(cart, kept).await,
            _ => store.replace_cart(cart, LineRequests::default()).await,
        };
        let changed = changed.expect(action);
        assert_eq!(changed.dropped, [gone], "{action}");
        assert_eq!(changed.version, 2, "{action}");
        let read = read(store, cart).await;
        assert_eq!(
            (read.lines, read.dropped),
            (changed.lines, vec![]),
            "{action}"
        );
    }
}

pub(crate) async fn the_line_of_a_deleted_product_can_be_removed(store: &SharedStore) {
    let products = create_vases(store, 2).await;
    let (gone, kept) = (products[0].id, products[1].id);
    let cart = filled_cart(store, &[(gone, 1), (kept, 1)]).await.id;
    delete_product(store, gone).await;
    let changed = store.remove_cart_line(cart, gone).await.expect("removed");
    assert_eq!(
        (content(&changed), changed.dropped.len()),
        (vec![(kept, 1)], 0)
    );
    assert_eq!(changed.version, 2);
    let again = store.remove_cart_line(cart, gone).await;
    assert_refused!(
        again,
        StoreError::Refused(Refusal::NotFound(Resource::CartLine))
    );
}
