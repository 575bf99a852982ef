//! Purchases: what one of them does, and when it does nothing.

use vitrina::domain::cart::Cart;
use vitrina::domain::change::{Fact, ProductAction};
use vitrina::domain::ids::{CartId, ProductId};
use vitrina::domain::money::Money;
use vitrina::domain::purchase::{LineLeft, PurchaseMode, PurchaseRequest};
use vitrina::store::{Noun, SharedStore, StoreError};

use crate::fixtures::*;
use crate::reader::Reader;

async fn read(store: &SharedStore, id: CartId) -> Cart {
    store.cart(id).await.expect("a stored cart")
}

fn left(product: ProductId, quantity: i64, available: i64) -> LineLeft {
    LineLeft {
        product,
        quantity,
        available,
    }
}

/// A wish of somebody who saw this price.
fn at(minor: i64, mode: PurchaseMode) -> PurchaseRequest {
    PurchaseRequest {
        total: Some(Money::from_minor(minor)),
        mode,
        ..wish()
    }
}

pub(crate) async fn a_purchase_takes_stock_writes_the_order_and_empties_the_cart(
    store: &SharedStore,
) {
    let product = stored(store, "A").await;
    let cart = filled_cart(store, &[(product.id, 3)]).await;
    let purchased = buy(store, cart.id).await.expect("a purchase");
    assert_eq!(
        (&purchased.left[..], &purchased.dropped[..]),
        (&[][..], &[][..])
    );
    let order = purchased.order;
    assert_eq!(order.purchaser, "ana@example.com");
    assert_eq!((order.cart, order.cancelled), (cart.id, None));
    assert_eq!(order.amount(), Money::from_minor(3 * 1_999));
    let [line] = &order.lines[..] else {
        panic!("{order:?} has one line");
    };
    assert_eq!((line.product, line.quantity), (product.id, 3));
    assert_eq!((&line.code[..], &line.title[..]), ("A", "Vase"));
    assert_eq!(store.order(order.id).await.expect("stored"), order);

    let after = store.product(product.id).await.expect("a product");
    assert_eq!((after.stock, after.version), (7, 2));
    assert!(after.updated_at >= product.updated_at);
    let after = read(store, cart.id).await;
    assert_eq!((after.lines.len(), after.version), (0, cart.version + 1));
}

pub(crate) async fn a_purchase_is_at_the_price_of_its_moment(store: &SharedStore) {
    let product = stored(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 2)]).await.id;
    let dearer = patch(|patch| {
        patch.price = Some(Money::from_minor(2_550));
        patch.title = Some("Jug".into());
        patch.code = Some("J".into());
    });
    store
        .update_product(product, dearer, None)
        .await
        .expect("updated");
    let order = buy(store, cart).await.expect("a purchase").order;
    assert_eq!(order.amount(), Money::from_minor(5_100));
    assert_eq!(order.lines[0].price, Money::from_minor(2_550));
    let line = &order.lines[0];
    assert_eq!((&line.title[..], &line.code[..]), ("Jug", "J"));
}

pub(crate) async fn lines_keep_the_order_of_the_cart(store: &SharedStore) {
    let products = stored_many(store, 5).await;
    let wanted = [3, 0, 4, 1, 2].map(|n| (products[n].id, n as i64 + 1));
    let order = bought(store, &wanted).await;
    let lines = order.lines.iter().map(|line| (line.product, line.quantity));
    assert_eq!(lines.collect::<Vec<_>>(), wanted);
}

pub(crate) async fn an_unknown_cart_buys_nothing(store: &SharedStore) {
    let purchase = buy(store, unknown_cart()).await;
    assert_refused!(purchase, StoreError::NotFound(Noun::Cart));
}

pub(crate) async fn an_empty_cart_buys_nothing(store: &SharedStore) {
    let cart = filled_cart(store, &[]).await.id;
    for wish in [wish(), partial_wish(), at(0, PurchaseMode::Whole)] {
        let purchase = store.purchase(cart, wish).await;
        assert_refused!(purchase, StoreError::EmptyCart);
    }
    assert_eq!(read(store, cart).await.version, 1);
}

pub(crate) async fn a_cart_is_bought_once(store: &SharedStore) {
    let product = stored(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 1)]).await.id;
    buy(store, cart).await.expect("a purchase");
    assert_refused!(buy(store, cart).await, StoreError::EmptyCart);
    assert_eq!(stock(store, product).await, 9);
    // The cart can be filled and bought again.
    store
        .add_to_cart(cart, product, units(2))
        .await
        .expect("added");
    buy(store, cart).await.expect("another purchase");
    assert_eq!(stock(store, product).await, 7);
}

pub(crate) async fn a_short_cart_takes_nothing_and_names_every_short_line(store: &SharedStore) {
    let products = stored_many(store, 3).await;
    let [a, b, c] = [0, 1, 2].map(|n| products[n].id);
    let cart = filled_cart(store, &[(a, 4), (b, 5), (c, 6)]).await;
    restock(store, a, 3).await;
    restock(store, c, 0).await;
    let short = [left(a, 4, 3), left(c, 6, 0)];
    let purchase = buy(store, cart.id).await;
    assert_refused!(purchase, StoreError::LinesShort { lines } if lines == short);
    let stocks = [
        stock(store, a).await,
        stock(store, b).await,
        stock(store, c).await,
    ];
    assert_eq!(stocks, [3, 10, 0]);
    assert_eq!(content(&read(store, cart.id).await), content(&cart));
    assert_eq!(
        store
            .orders(&Default::default())
            .await
            .expect("orders")
            .total,
        0
    );
}

pub(crate) async fn what_is_not_for_sale_is_not_sold(store: &SharedStore) {
    let products = stored_many(store, 2).await;
    let [a, b] = [0, 1].map(|n| products[n].id);
    let cart = filled_cart(store, &[(a, 1), (b, 1)]).await.id;
    let off = patch(|patch| patch.status = Some(false));
    store.update_product(b, off, None).await.expect("updated");
    let purchase = buy(store, cart).await;
    assert_refused!(purchase, StoreError::NotForSale { product } if product == b);
    assert_eq!(stock(store, a).await, 10);

    let purchased = store.purchase(cart, partial_wish()).await.expect("a part");
    assert_eq!(purchased.left, [left(b, 1, 0)]);
    let purchase = store.purchase(cart, partial_wish()).await;
    assert_refused!(purchase, StoreError::NotForSale { product } if product == b);
    assert_eq!(stock(store, b).await, 10);
}

pub(crate) async fn the_last_unit_can_be_bought(store: &SharedStore) {
    let product = stored(store, "A").await.id;
    bought(store, &[(product, 10)]).await;
    assert_eq!(stock(store, product).await, 0);
}

pub(crate) async fn another_price_than_the_buyer_saw_is_refused(store: &SharedStore) {
    let product = stored(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 2)]).await.id;
    for minor in [3_997, 3_999, 0] {
        let purchase = store.purchase(cart, at(minor, PurchaseMode::Whole)).await;
        assert_refused!(purchase, StoreError::PriceChanged { total } if total.minor() == 3_998);
    }
    assert_eq!(stock(store, product).await, 10);
    let purchase = store.purchase(cart, at(3_998, PurchaseMode::Whole)).await;
    assert_eq!(purchase.expect("a purchase").order.amount().minor(), 3_998);
}

pub(crate) async fn a_part_sells_whole_lines_and_leaves_the_others(store: &SharedStore) {
    let products = stored_many(store, 3).await;
    let [a, b, c] = [0, 1, 2].map(|n| products[n].id);
    let cart = filled_cart(store, &[(a, 4), (b, 5), (c, 6)]).await;
    restock(store, b, 4).await;
    let purchased = store
        .purchase(cart.id, partial_wish())
        .await
        .expect("a part");
    assert_eq!(purchased.left, [left(b, 5, 4)]);
    let sold = purchased
        .order
        .lines
        .iter()
        .map(|line| (line.product, line.quantity));
    assert_eq!(sold.collect::<Vec<_>>(), [(a, 4), (c, 6)]);
    let stocks = [
        stock(store, a).await,
        stock(store, b).await,
        stock(store, c).await,
    ];
    assert_eq!(stocks, [6, 4, 4]);
    let after = read(store, cart.id).await;
    assert_eq!(
        (content(&after), after.version),
        (vec![(b, 5)], cart.version + 1)
    );
}

pub(crate) async fn a_part_of_which_all_can_be_had_leaves_nothing(store: &SharedStore) {
    let product = stored(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 1)]).await.id;
    let purchased = store
        .purchase(cart, partial_wish())
        .await
        .expect("a purchase");
    assert_eq!(purchased.left, []);
    assert_eq!(content(&read(store, cart).await), []);
}

pub(crate) async fn a_part_of_which_nothing_can_be_had_is_refused(store: &SharedStore) {
    let product = stored(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 5)]).await.id;
    restock(store, product, 4).await;
    let purchase = store.purchase(cart, partial_wish()).await;
    let short = [left(product, 5, 4)];
    assert_refused!(purchase, StoreError::LinesShort { lines } if lines == short);
    assert_eq!(content(&read(store, cart).await), [(product, 5)]);
}

pub(crate) async fn a_deleted_product_is_dropped_and_told(store: &SharedStore) {
    let products = stored_many(store, 2).await;
    let [a, b] = [0, 1].map(|n| products[n].id);
    let cart = filled_cart(store, &[(a, 1), (b, 1)]).await.id;
    deleted(store, a).await;
    // Who saw the cart with the product, saw another price.
    let purchase = store.purchase(cart, at(3_998, PurchaseMode::Whole)).await;
    assert_refused!(purchase, StoreError::PriceChanged { .. });
    let purchased = buy(store, cart).await.expect("a purchase");
    assert_eq!(purchased.dropped, [a]);
    assert_eq!(purchased.order.lines.len(), 1);
    let after = read(store, cart).await;
    assert_eq!((after.lines.len(), after.dropped.len()), (0, 0));
}

pub(crate) async fn a_cart_of_deleted_products_is_empty(store: &SharedStore) {
    let product = stored(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 1)]).await.id;
    deleted(store, product).await;
    assert_refused!(buy(store, cart).await, StoreError::EmptyCart);
    assert_eq!(read(store, cart).await.dropped, [product]);
}

pub(crate) async fn a_hundred_lines_are_bought_at_once(store: &SharedStore) {
    let products = stored_many(store, 100).await;
    let wanted: Vec<_> = products.iter().map(|product| (product.id, 2)).collect();
    let order = bought(store, &wanted).await;
    assert_eq!(
        (order.lines.len(), order.amount().minor()),
        (100, 200 * 1_999)
    );
    let page = store
        .product_chunk(None, None, 100)
        .await
        .expect("products");
    assert!(page.products.iter().all(|product| product.stock == 8));
}

pub(crate) async fn a_purchase_is_told_as_changes_of_its_products_and_its_cart(
    store: &SharedStore,
) {
    let products = stored_many(store, 2).await;
    let wanted = [(products[0].id, 1), (products[1].id, 2)];
    let cart = filled_cart(store, &wanted).await.id;
    let mut reader = Reader::open(store).await;
    buy(store, cart).await.expect("a purchase");
    let mut changed = Vec::new();
    let mut carts = 0;
    let mut positions = std::collections::HashSet::new();
    for _ in 0..3 {
        let change = reader.next().await;
        assert!(positions.insert(change.position));
        match change.fact {
            Fact::Product(product) => {
                assert_eq!(
                    (product.action, product.version),
                    (ProductAction::Updated, 2)
                );
                let now = product.product.expect("a product");
                changed.push((now.id, 10 - now.stock));
            }
            Fact::Cart(id) => {
                assert_eq!(id, cart);
                carts += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    changed.sort_unstable();
    assert_eq!((&changed[..], carts), (&wanted[..], 1));
}

pub(crate) async fn a_refused_purchase_tells_nothing(store: &SharedStore) {
    let products = stored_many(store, 2).await;
    let wanted = [(products[0].id, 1), (products[1].id, 2)];
    let cart = filled_cart(store, &wanted).await.id;
    restock(store, products[1].id, 1).await;
    let mut reader = Reader::open(store).await;
    assert_refused!(buy(store, cart).await, StoreError::LinesShort { .. });
    let message = said(store, "next").await;
    match reader.next().await.fact {
        Fact::MessageAppended(told) => assert_eq!(told.id, message.id),
        other => panic!("{other:?}"),
    }
}
