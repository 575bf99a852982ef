//! What a cart does not take, and that a refusal changes nothing.

use vitrina::domain::cart::{Cart, MAX_LINES, MAX_QUANTITY};
use vitrina::domain::ids::{CartId, ProductId};
use vitrina::domain::product::Product;
use vitrina::store::{Noun, SharedStore, StoreError, StoreResult};

use crate::fixtures::*;

/// Every way of putting so many units of a product into a cart that holds none of it.
async fn every_way(
    store: &SharedStore,
    cart: CartId,
    product: ProductId,
    count: i64,
) -> Vec<StoreResult<Cart>> {
    let wanted = lines(&[(product, count)]);
    vec![
        store.add_to_cart(cart, product, units(count)).await,
        store.set_cart_line(cart, product, units(count)).await,
        store.replace_cart(cart, wanted.clone()).await,
        store.create_cart(wanted).await,
    ]
}

/// A cart with 4 of one product, and another product that is not in it.
async fn cart_and_other(store: &SharedStore) -> (Cart, Product) {
    let held = stored(store, "HELD").await;
    let cart = filled_cart(store, &[(held.id, 4)]).await;
    (cart, stored(store, "OTHER").await)
}

async fn assert_unchanged(store: &SharedStore, cart: &Cart) {
    assert_eq!(store.cart(cart.id).await.expect("a cart"), *cart);
}

pub(crate) async fn an_unknown_product_does_not_go_into_a_cart(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    deleted(store, other.id).await;
    for product in [unknown_product(), other.id] {
        for result in every_way(store, cart.id, product, 1).await {
            assert_refused!(result, StoreError::NotFound(Noun::Product));
        }
    }
    assert_unchanged(store, &cart).await;
}

pub(crate) async fn a_product_not_for_sale_does_not_go_into_a_cart(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    let off = patch(|patch| patch.status = Some(false));
    store
        .update_product(other.id, off, None)
        .await
        .expect("updated");
    // Also where there would not be enough of it anyway.
    for count in [1, 11] {
        for result in every_way(store, cart.id, other.id, count).await {
            assert_refused!(result, StoreError::NotForSale { product } if product == other.id);
        }
    }
    assert_unchanged(store, &cart).await;
}

pub(crate) async fn more_than_the_stock_does_not_go_into_a_cart(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    for count in [11, MAX_QUANTITY] {
        for result in every_way(store, cart.id, other.id, count).await {
            assert_refused!(
                result,
                StoreError::InsufficientStock { product, available: 10 } if product == other.id
            );
        }
    }
    assert_unchanged(store, &cart).await;
}

pub(crate) async fn a_sold_out_product_does_not_go_into_a_cart(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    restock(store, other.id, 0).await;
    for result in every_way(store, cart.id, other.id, 1).await {
        assert_refused!(result, StoreError::InsufficientStock { available: 0, .. });
    }
    assert_unchanged(store, &cart).await;
}

pub(crate) async fn the_whole_stock_goes_into_a_cart(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    for result in every_way(store, cart.id, other.id, 10).await {
        let cart = result.expect("all of the stock");
        assert_eq!(content(&cart).last(), Some(&(other.id, 10)));
    }
}

pub(crate) async fn an_addition_counts_what_the_line_has(store: &SharedStore) {
    let (cart, _) = cart_and_other(store).await;
    let held = cart.lines[0].product.id;
    for count in [7, MAX_QUANTITY] {
        let result = store.add_to_cart(cart.id, held, units(count)).await;
        assert_refused!(result, StoreError::InsufficientStock { available: 10, .. });
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
    let good = stored(store, "GOOD").await.id;
    let wanted = lines(&[(good, 1), (other.id, 11), (cart.lines[0].product.id, 1)]);
    let replaced = store.replace_cart(cart.id, wanted.clone()).await;
    assert_refused!(replaced, StoreError::InsufficientStock { product, available: 10 } if product == other.id);
    assert_refused!(
        store.create_cart(wanted).await,
        StoreError::InsufficientStock { .. }
    );
    let wanted = lines(&[(good, 1), (unknown_product(), 1)]);
    let replaced = store.replace_cart(cart.id, wanted).await;
    assert_refused!(replaced, StoreError::NotFound(Noun::Product));
    assert_unchanged(store, &cart).await;
}

pub(crate) async fn a_line_that_became_short_stays_and_hinders_no_other(store: &SharedStore) {
    let (cart, other) = cart_and_other(store).await;
    let held = cart.lines[0].product.id;
    restock(store, held, 1).await;
    let short = store.cart(cart.id).await.expect("a cart");
    assert_eq!(content(&short), [(held, 4)]);
    assert_eq!(short.lines[0].available(), 1);

    let result = store.add_to_cart(cart.id, held, units(1)).await;
    assert_refused!(result, StoreError::InsufficientStock { available: 1, .. });
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

pub(crate) async fn a_line_that_went_off_sale_stays_and_can_be_removed(store: &SharedStore) {
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
    let products = stored_many(store, MAX_LINES + 1).await;
    let wanted: Vec<_> = products[1..]
        .iter()
        .map(|product| (product.id, 1))
        .collect();
    (filled_cart(store, &wanted).await, products[0].clone())
}

pub(crate) async fn a_cart_has_a_hundred_lines_at_most(store: &SharedStore) {
    let (cart, more) = full_cart(store).await;
    assert_eq!(cart.lines.len(), MAX_LINES);
    let added = store.add_to_cart(cart.id, more.id, units(1)).await;
    assert_refused!(added, StoreError::CartFull);
    let set = store.set_cart_line(cart.id, more.id, units(1)).await;
    assert_refused!(set, StoreError::CartFull);
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
    deleted(store, gone).await;
    let added = store
        .add_to_cart(cart.id, more.id, units(1))
        .await
        .expect("added");
    let last = content(&added).last().copied();
    assert_eq!((added.lines.len(), added.dropped), (MAX_LINES, vec![gone]));
    assert_eq!(last, Some((more.id, 1)));
}

pub(crate) async fn parallel_new_lines_stop_at_the_bound(store: &SharedStore) {
    let products = stored_many(store, MAX_LINES + 5).await;
    let wanted: Vec<_> = products[10..]
        .iter()
        .map(|product| (product.id, 1))
        .collect();
    let cart = filled_cart(store, &wanted).await;
    let results = in_parallel(10, |n| {
        let (store, cart, product) = (store.clone(), cart.id, products[n].id);
        async move { store.add_to_cart(cart, product, units(1)).await }
    })
    .await;
    let refused: Vec<_> = results.into_iter().filter(Result::is_err).collect();
    assert_eq!(refused.len(), 5);
    for result in refused {
        assert_refused!(result, StoreError::CartFull);
    }
    let cart = store.cart(cart.id).await.expect("a cart");
    assert_eq!(cart.lines.len(), MAX_LINES);
}
