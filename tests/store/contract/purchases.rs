//! Purchases and their refusals.

use vitrina::domain::cart::Cart;
use vitrina::domain::change::{ChangeKind, ProductAction};
use vitrina::domain::ids::{CartId, ProductId};
use vitrina::domain::money::Money;
use vitrina::domain::purchase::{PurchaseMode, PurchaseRequest};
use vitrina::domain::refusal::{Refusal, Resource};
use vitrina::domain::unavailable_line::UnavailableLine;
use vitrina::store::{SharedStore, StoreError};

use crate::feed_reader::FeedReader;
use crate::fixtures::*;
use crate::typed_commands::TypedCommands;

async fn read(store: &SharedStore, id: CartId) -> Cart {
    store.cart(id).await.expect("a stored cart")
}

fn left(product: ProductId, quantity: i64, available: i64) -> UnavailableLine {
    UnavailableLine {
        product,
        quantity,
        available,
    }
}

/// A purchase at the total price that the buyer saw.
fn request_at(minor: i64, mode: PurchaseMode) -> PurchaseRequest {
    PurchaseRequest {
        total: Some(Money::from_minor(minor)),
        mode,
        ..purchase_request()
    }
}

pub(crate) async fn a_purchase_reduces_stock_writes_the_order_and_empties_the_cart(
    store: &SharedStore,
) {
    let product = create_vase(store, "A").await;
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

pub(crate) async fn a_purchase_uses_the_current_prices(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
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
    let products = create_vases(store, 5).await;
    let requested = [3, 0, 4, 1, 2].map(|n| (products[n].id, n as i64 + 1));
    let order = buy_lines(store, &requested).await;
    let lines = order.lines.iter().map(|line| (line.product, line.quantity));
    assert_eq!(lines.collect::<Vec<_>>(), requested);
}

pub(crate) async fn an_unknown_cart_cannot_be_bought(store: &SharedStore) {
    let purchase = buy(store, unknown_cart()).await;
    assert_refused!(
        purchase,
        StoreError::Refused(Refusal::NotFound(Resource::Cart))
    );
}

pub(crate) async fn an_empty_cart_cannot_be_bought(store: &SharedStore) {
    let cart = filled_cart(store, &[]).await.id;
    for request in [
        purchase_request(),
        partial_request(),
        request_at(0, PurchaseMode::AllOrNothing),
    ] {
        let purchase = store.purchase(cart, request).await;
        assert_refused!(purchase, StoreError::Refused(Refusal::EmptyCart));
    }
    assert_eq!(read(store, cart).await.version, 1);
}

pub(crate) async fn a_cart_is_bought_once(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 1)]).await.id;
    buy(store, cart).await.expect("a purchase");
    assert_refused!(
        buy(store, cart).await,
        StoreError::Refused(Refusal::EmptyCart)
    );
    assert_eq!(stock(store, product).await, 9);
    // The cart can be filled and bought again.
    store
        .add_to_cart(cart, product, units(2))
        .await
        .expect("added");
    buy(store, cart).await.expect("another purchase");
    assert_eq!(stock(store, product).await, 7);
}

pub(crate) async fn an_unavailable_line_refuses_the_purchase_and_all_are_reported(
    store: &SharedStore,
) {
    let products = create_vases(store, 3).await;
    let [a, b, c] = [0, 1, 2].map(|n| products[n].id);
    let cart = filled_cart(store, &[(a, 4), (b, 5), (c, 6)]).await;
    restock(store, a, 3).await;
    restock(store, c, 0).await;
    let short = [left(a, 4, 3), left(c, 6, 0)];
    let purchase = buy(store, cart.id).await;
    assert_refused!(purchase, StoreError::Refused(Refusal::LinesShort { lines }) if lines == short);
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

pub(crate) async fn a_product_not_for_sale_is_not_sold(store: &SharedStore) {
    let products = create_vases(store, 2).await;
    let [a, b] = [0, 1].map(|n| products[n].id);
    let cart = filled_cart(store, &[(a, 1), (b, 1)]).await.id;
    let off = patch(|patch| patch.status = Some(false));
    store.update_product(b, off, None).await.expect("updated");
    let purchase = buy(store, cart).await;
    assert_refused!(purchase, StoreError::Refused(Refusal::NotForSale { product }) if product == b);
    assert_eq!(stock(store, a).await, 10);

    let purchased = store
        .purchase(cart, partial_request())
        .await
        .expect("a partial purchase");
    assert_eq!(purchased.left, [left(b, 1, 0)]);
    let purchase = store.purchase(cart, partial_request()).await;
    assert_refused!(purchase, StoreError::Refused(Refusal::NotForSale { product }) if product == b);
    assert_eq!(stock(store, b).await, 10);
}

pub(crate) async fn the_last_unit_can_be_bought(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    buy_lines(store, &[(product, 10)]).await;
    assert_eq!(stock(store, product).await, 0);
}

pub(crate) async fn a_changed_price_is_refused(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 2)]).await.id;
    for minor in [3_997, 3_999, 0] {
        let purchase = store
            .purchase(cart, request_at(minor, PurchaseMode::AllOrNothing))
            .await;
        assert_refused!(
            purchase,
            StoreError::Refused(Refusal::PriceChanged { total })
                if total.minor() == 3_998
        );
    }
    assert_eq!(stock(store, product).await, 10);
    let purchase = store
        .purchase(cart, request_at(3_998, PurchaseMode::AllOrNothing))
        .await;
    assert_eq!(purchase.expect("a purchase").order.amount().minor(), 3_998);
}

pub(crate) async fn a_partial_purchase_sells_available_lines_and_leaves_the_others(
    store: &SharedStore,
) {
    let products = create_vases(store, 3).await;
    let [a, b, c] = [0, 1, 2].map(|n| products[n].id);
    let cart = filled_cart(store, &[(a, 4), (b, 5), (c, 6)]).await;
    restock(store, b, 4).await;
    let purchased = store
        .purchase(cart.id, partial_request())
        .await
        .expect("a partial purchase");
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

pub(crate) async fn a_partial_purchase_of_available_lines_leaves_nothing(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 1)]).await.id;
    let purchased = store
        .purchase(cart, partial_request())
        .await
        .expect("a purchase");
    assert_eq!(purchased.left, []);
    assert_eq!(content(&read(store, cart).await), []);
}

pub(crate) async fn a_partial_purchase_without_available_lines_is_refused(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 5)]).await.id;
    restock(store, product, 4).await;
    let purchase = store.purchase(cart, partial_request()).await;
    let short = [left(product, 5, 4)];
    assert_refused!(purchase, StoreError::Refused(Refusal::LinesShort { lines }) if lines == short);
    assert_eq!(content(&read(store, cart).await), [(product, 5)]);
}

pub(crate) async fn a_deleted_product_is_reported_as_dropped(store: &SharedStore) {
    let products = create_vases(store, 2).await;
    let [a, b] = [0, 1].map(|n| products[n].id);
    let cart = filled_cart(store, &[(a, 1), (b, 1)]).await.id;
    delete_product(store, a).await;
    // The total that the buyer saw included the product.
    let purchase = store
        .purchase(cart, request_at(3_998, PurchaseMode::AllOrNothing))
        .await;
    assert_refused!(purchase, StoreError::Refused(Refusal::PriceChanged { .. }));
    let purchased = buy(store, cart).await.expect("a purchase");
    assert_eq!(purchased.dropped, [a]);
    assert_eq!(purchased.order.lines.len(), 1);
    let after = read(store, cart).await;
    assert_eq!((after.lines.len(), after.dropped.len()), (0, 0));
}

pub(crate) async fn a_cart_of_deleted_products_is_empty(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 1)]).await.id;
    delete_product(store, product).await;
    assert_refused!(
        buy(store, cart).await,
        StoreError::Refused(Refusal::EmptyCart)
    );
    assert_eq!(read(store, cart).await.dropped, [product]);
}

pub(crate) async fn a_hundred_lines_are_bought_at_once(store: &SharedStore) {
    let products = create_vases(store, 100).await;
    let requested: Vec<_> = products.iter().map(|product| (product.id, 2)).collect();
    let order = buy_lines(store, &requested).await;
    assert_eq!(
        (order.lines.len(), order.amount().minor()),
        (100, 200 * 1_999)
    );
    let products = all_products(store).await;
    assert!(products.iter().all(|product| product.stock == 8));
}

pub(crate) async fn a_purchase_changes_its_products_and_its_cart_in_the_feed(store: &SharedStore) {
    let products = create_vases(store, 2).await;
    let requested = [(products[0].id, 1), (products[1].id, 2)];
    let cart = filled_cart(store, &requested).await.id;
    let mut reader = FeedReader::open(store).await;
    buy(store, cart).await.expect("a purchase");
    let mut changed = Vec::new();
    let mut carts = 0;
    let mut positions = std::collections::HashSet::new();
    for _ in 0..3 {
        let change = reader.next().await;
        assert!(positions.insert(change.position));
        match change.kind {
            ChangeKind::Product(product) => {
                assert_eq!(
                    (product.action, product.version),
                    (ProductAction::Updated, 2)
                );
                let now = product.product.expect("a product");
                changed.push((now.id, 10 - now.stock));
            }
            ChangeKind::Cart(id) => {
                assert_eq!(id, cart);
                carts += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    changed.sort_unstable();
    assert_eq!((&changed[..], carts), (&requested[..], 1));
}

pub(crate) async fn a_refused_purchase_has_no_change_in_the_feed(store: &SharedStore) {
    let products = create_vases(store, 2).await;
    let requested = [(products[0].id, 1), (products[1].id, 2)];
    let cart = filled_cart(store, &requested).await.id;
    restock(store, products[1].id, 1).await;
    let mut reader = FeedReader::open(store).await;
    assert_refused!(
        buy(store, cart).await,
        StoreError::Refused(Refusal::LinesShort { .. })
    );
    let message = send_message(store, "next").await;
    match reader.next().await.kind {
        ChangeKind::MessageAppended(received) => assert_eq!(received.id, message.id),
        other => panic!("{other:?}"),
    }
}
