//! Refused changes of carts, which change nothing.

use vitrina::domain::cart::{Cart, MAX_LINES, MAX_QUANTITY};
use vitrina::domain::ids::{CartId, ProductId};
use vitrina::domain::product::Product;
use vitrina::domain::refusal::{Refusal, Resource};
use vitrina::store::{SharedStore, StoreError, StoreResult};

use crate::fixtures::*;
use crate::typed_commands::TypedCommands;

/// Every way to add units of a product that the cart does not have.
async fn every_way(
    store: &SharedStore,
    cart: CartId,
    product: ProductId,
    count: i64,
) -> Vec<StoreResult<Cart>> {
    let requested = lines(&[(product, count)]);
    vec![
        store.add_to_cart(cart, product, units(count)).await,
        store.set_cart_line(cart, product, units(count)).await,
        store.replace_cart(cart, requested.clone()).await,
        store.create_cart(requested).await,
    ]
}

/// A cart with 4 units of one product, and a product that is not in it.
async fn cart_and_other(store: &SharedStore) -> (Cart, Product) {
    let held = create_vase(store, "HELD").await;
    let cart = filled_cart(store, &[(held.id, 4)]).await;
    (cart, create_vase(store, "OTHER").await)
}

async fn assert_unchanged(store: &SharedStore, cart: &Cart) {
    assert_eq!(store.cart(cart.id).await.expect("a cart"), *cart);
}

pub(crate) async fn an_unknown_product_cannot_be_added(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    delete_product(store, other.id).await;
    for product in [unknown_product(), other.id] {
        for result in every_way(store, cart.id, product, 1).await {
            assert_refused!(
                result,
                StoreError::Refused(Refusal::NotFound(Resource::Product))
            );
        }
    }
    assert_unchanged(store, &cart).await;
}

pub(crate) async fn a_product_not_for_sale_cannot_be_added(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    let off = patch(|patch| patch.status = Some(false));
    store
        .update_product(other.id, off, None)
        .await
        .expect("updated");
    // Also if the stock is too small.
    for count in [1, 11] {
        for result in every_way(store, cart.id, other.id, count).await {
            assert_refused!(
                result,
                StoreError::Refused(Refusal::NotForSale { product })
                    if product == other.id
            );
        }
    }
    assert_unchanged(store, &cart).await;
}

pub(crate) async fn more_than_the_stock_cannot_be_added(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    for count in [11, MAX_QUANTITY] {
        for result in every_way(store, cart.id, other.id, count).await {
            assert_refused!(
                result,
                StoreError::Refused(Refusal::InsufficientStock { product, available: 10 })
                    if product == other.id
            );
        }
    }
    assert_unchanged(store, &cart).await;
}

pub(crate) async fn a_sold_out_product_cannot_be_added(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    restock(store, other.id, 0).await;
    for result in every_way(store, cart.id, other.id, 1).await {
        assert_refused!(
            result,
            StoreError::Refused(Refusal::InsufficientStock { available: 0, .. })
        );
    }
    assert_unchanged(store, &cart).await;
}

pub(crate) async fn the_whole_stock_can_be_added(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    for result in every_way(store, cart.id, other.id, 10).await {
        let cart = result.expect("all of the stock");
        assert_eq!(content(&cart).last(), Some(&(other.id, 10)));
    }
}

pub(crate) async fn an_addition_includes_the_units_of_the_line(store: &SharedStore) {
    let (cart, _) = cart_and_other(store).await;
    let held = cart.lines[0].product.id;
    for count in [7, MAX_QUANTITY] {
        let result = store.add_to_cart(cart.id, held, units(count)).await;
        assert_refused!(
            result,
            StoreError::Refused(Refusal::InsufficientStock { available: 10, .. })
        );
    }
    assert_unchanged(store, &cart).await;
    let full = store
        .add_to_cart(cart.id, held, units(6))
        .await
        .expect("added");
    assert_eq!(content(&full), [(held, 10)]);
}

pub(crate) async fn one_bad_line_refuses_all_lines(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    let good = create_vase(store, "GOOD").await.id;
    let requested = lines(&[(good, 1), (other.id, 11), (cart.lines[0].product.id, 1)]);
    let replaced = store.replace_cart(cart.id, requested.clone()).await;
    assert_refused!(
        replaced,
        StoreError::Refused(Refusal::InsufficientStock { product, available: 10 })
            if product == other.id
    );
    assert_refused!(
        store.create_cart(requested).await,
        StoreError::Refused(Refusal::InsufficientStock { .. })
    );
    let requested = lines(&[(good, 1), (unknown_product(), 1)]);
    let replaced = store.replace_cart(cart.id, requested).await;
    assert_refused!(
        replaced,
        StoreError::Refused(Refusal::NotFound(Resource::Product))
    );
    assert_unchanged(store, &cart).await;
}

pub(crate) async fn a_line_above_the_stock_stays_and_does_not_block_others(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    let held = cart.lines[0].product.id;
    restock(store, held, 1).await;
    let short = store.cart(cart.id).await.expect("a cart");
    assert_eq!(content(&short), [(held, 4)]);
    assert_eq!(short.lines[0].available(), 1);

    let result = store.add_to_cart(cart.id, held, units(1)).await;
    assert_refused!(
        result,
        StoreError::Refused(Refusal::InsufficientStock { available: 1, .. })
    );
    let added = store
        .add_to_cart(cart.id, other.id, units(1))
        .await
        .expect("added");
    assert_eq!(content(&added), [(held, 4), (other.id, 1)]);
    let fewer = store
        .set_cart_line(cart.id, held, units(1))
        .await
        .expect("set");
    assert_eq!(content(&fewer), [(held, 1), (other.id, 1)]);
}

pub(crate) async fn a_line_not_for_sale_stays_and_can_be_removed(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    let held = cart.lines[0].product.id;
    let off = patch(|patch| patch.status = Some(false));
    store
        .update_product(held, off, None)
        .await
        .expect("updated");
    assert_eq!(
        content(&store.cart(cart.id).await.expect("a cart")),
        [(held, 4)]
    );
    store
        .add_to_cart(cart.id, other.id, units(1))
        .await
        .expect("added");
    let left = store
        .remove_cart_line(cart.id, held)
        .await
        .expect("removed");
    assert_eq!(content(&left), [(other.id, 1)]);
}

async fn full_cart(store: &SharedStore) -> (Cart, Product) {
    let products = create_vases(store, MAX_LINES + 1).await;
    let requested: Vec<_> = products[1..]
        .iter()
        .map(|product| (product.id, 1))
        .collect();
    (filled_cart(store, &requested).await, products[0].clone())
}

pub(crate) async fn a_cart_has_a_hundred_lines_at_most(store: &SharedStore) {
    let (cart, more) = full_cart(store).await;
    assert_eq!(cart.lines.len(), MAX_LINES);
    let added = store.add_to_cart(cart.id, more.id, units(1)).await;
    assert_refused!(added, StoreError::Refused(Refusal::CartFull));
    let set = store.set_cart_line(cart.id, more.id, units(1)).await;
    assert_refused!(set, StoreError::Refused(Refusal::CartFull));
    assert_unchanged(store, &cart).await;

    let held = cart.lines[99].product.id;
    let added = store
        .add_to_cart(cart.id, held, units(1))
        .await
        .expect("added");
    assert_eq!(
        (added.lines.len(), added.lines[99].quantity),
        (MAX_LINES, 2)
    );
}

pub(crate) async fn a_deleted_product_makes_room_in_a_full_cart(store: &SharedStore) {
    let (cart, more) = full_cart(store).await;
    let gone = cart.lines[7].product.id;
    delete_product(store, gone).await;
    let added = store
        .add_to_cart(cart.id, more.id, units(1))
        .await
        .expect("added");
    let last = content(&added).last().copied();
    assert_eq!((added.lines.len(), added.dropped), (MAX_LINES, vec![gone]));
    assert_eq!(last, Some((more.id, 1)));
}

pub(crate) async fn parallel_new_lines_stop_at_the_limit(store: &SharedStore) {
    let products = create_vases(store, MAX_LINES + 5).await;
    let requested: Vec<_> = products[10..]
        .iter()
        .map(|product| (product.id, 1))
        .collect();
    let cart = filled_cart(store, &requested).await;
    let results = in_parallel(10, |n| {
        let (store, cart, product) = (store.clone(), cart.id, products[n].id);
        async move { store.add_to_cart(cart, product, units(1)).await }
    })
    .await;
    let refused: Vec<_> = results.into_iter().filter(Result::is_err).collect();
    assert_eq!(refused.len(), 5);
    for result in refused {
        assert_refused!(result, StoreError::Refused(Refusal::CartFull));
    }
    let cart = store.cart(cart.id).await.expect("a cart");
    assert_eq!(cart.lines.len(), MAX_LINES);
}
