//! Orders: reading, listing, cancelling.

use std::collections::HashSet;

use vitrina::domain::change::ChangeKind;
use vitrina::domain::email::Email;
use vitrina::domain::money::Money;
use vitrina::domain::order::{Order, OrderFilter, OrderQuery};
use vitrina::domain::product::MAX_STOCK;
use vitrina::domain::purchase::PurchaseRequest;
use vitrina::domain::refusal::{Refusal, Resource};
use vitrina::store::{SharedStore, StoreError};

use crate::feed_reader::FeedReader;
use crate::fixtures::*;
use crate::typed_commands::TypedCommands;

async fn read(store: &SharedStore, order: &Order) -> Order {
    store.order(order.id).await.expect("a stored order")
}

async fn listed(store: &SharedStore, filters: Vec<OrderFilter>) -> Vec<Order> {
    let query = OrderQuery {
        limit: 100,
        filters,
        ..OrderQuery::default()
    };
    let page = store.orders(&query).await.expect("a page");
    assert_eq!(page.total, page.orders.len() as u64);
    page.orders
}

/// Creates orders, and returns them with the newest first.
async fn create_orders(store: &SharedStore, count: usize) -> Vec<Order> {
    let product = create_vase_with(store, "A", |vase| vase.stock = MAX_STOCK)
        .await
        .id;
    let mut orders = Vec::new();
    for _ in 0..count {
        orders.push(buy_lines(store, &[(product, 1)]).await);
    }
    orders.sort_by_key(|order| (std::cmp::Reverse(order.purchase_datetime), order.id));
    orders
}

pub(crate) async fn an_order_is_read_back_unchanged(store: &SharedStore) {
    let product = create_vase_with(store, "ñ \"1\"", |vase| vase.title = "Jarrón $x".into()).await;
    let order = buy_lines(store, &[(product.id, 2)]).await;
    assert_eq!(read(store, &order).await, order);
    assert_eq!(order.lines[0].title, "Jarrón $x");
}

pub(crate) async fn an_unknown_order_is_not_found(store: &SharedStore) {
    let order = store.order(unknown_order()).await;
    assert_refused!(
        order,
        StoreError::Refused(Refusal::NotFound(Resource::Order))
    );
}

pub(crate) async fn an_order_outlives_its_products_and_their_changes(store: &SharedStore) {
    let products = create_vases(store, 2).await;
    let [a, b] = [0, 1].map(|n| products[n].id);
    let order = buy_lines(store, &[(a, 1), (b, 2)]).await;
    let other = patch(|patch| {
        patch.price = Some(Money::from_minor(1));
        patch.title = Some("Other".into());
        patch.code = Some("O".into());
    });
    store.update_product(a, other, None).await.expect("updated");
    delete_product(store, b).await;
    assert_eq!(read(store, &order).await, order);
}

pub(crate) async fn ids_of_orders_cannot_be_guessed(store: &SharedStore) {
    let orders = create_orders(store, 20).await;
    for index in 0..12 {
        let values: HashSet<_> = orders.iter().map(|order| order.id.bytes()[index]).collect();
        assert!(values.len() > 8, "byte {index} has {} values", values.len());
    }
}

pub(crate) async fn codes_of_orders_are_unique(store: &SharedStore) {
    let orders = create_orders(store, 20).await;
    let codes: HashSet<_> = orders.iter().map(|order| &order.code).collect();
    assert_eq!(codes.len(), 20);
}

pub(crate) async fn orders_are_listed_from_the_newest(store: &SharedStore) {
    assert_eq!(listed(store, Vec::new()).await, []);
    let mut orders = create_orders(store, 5).await;
    assert_eq!(listed(store, Vec::new()).await, orders);
    let query = OrderQuery {
        oldest_first: true,
        ..OrderQuery::default()
    };
    let page = store.orders(&query).await.expect("a page");
    orders.sort_by_key(|order| (order.purchase_datetime, order.id));
    assert_eq!(page.orders, orders);
}

pub(crate) async fn pages_of_orders_show_each_once(store: &SharedStore) {
    let orders = create_orders(store, 7).await;
    let mut seen = Vec::new();
    for page in 1..=4 {
        let query = OrderQuery {
            limit: 3,
            page,
            ..OrderQuery::default()
        };
        let page = store.orders(&query).await.expect("a page");
        assert_eq!(page.total, 7);
        seen.extend(page.orders);
    }
    assert_eq!(seen, orders);
}

pub(crate) async fn filters_of_orders_must_all_match(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let first = buy_lines(store, &[(product, 1)]).await;
    let cart = filled_cart(store, &[(product, 1)]).await.id;
    let bob = PurchaseRequest {
        purchaser: Email::parse("bob@example.com").expect("an address"),
        ..purchase_request()
    };
    let second = store.purchase(cart, bob).await.expect("a purchase").order;
    let first = store.cancel_order(first.id).await.expect("cancelled");

    let (first, second) = ([first], [second]);
    let code = |order: &Order| OrderFilter::Code(order.code.to_string());
    let bob = || OrderFilter::Purchaser("bob@example.com".into());
    assert_eq!(listed(store, vec![code(&first[0])]).await, first);
    assert_eq!(listed(store, vec![bob()]).await, second);
    assert_eq!(listed(store, vec![OrderFilter::Cart(cart)]).await, second);
    let cancelled = OrderFilter::Cancelled;
    assert_eq!(listed(store, vec![cancelled(true)]).await, first);
    assert_eq!(listed(store, vec![cancelled(false)]).await, second);
    assert_eq!(listed(store, vec![bob(), cancelled(true)]).await, []);
    assert_eq!(listed(store, vec![bob(), code(&first[0])]).await, []);
    let nobody = OrderFilter::Purchaser("BOB@example.com".into());
    assert_eq!(listed(store, vec![nobody]).await, []);
}

pub(crate) async fn a_cancellation_returns_the_stock(store: &SharedStore) {
    let products = create_vases(store, 2).await;
    let [a, b] = [0, 1].map(|n| products[n].id);
    let order = buy_lines(store, &[(a, 1), (b, 10)]).await;
    let cancelled = store.cancel_order(order.id).await.expect("cancelled");
    assert!(cancelled.cancelled.expect("a moment") >= order.purchase_datetime);
    let as_bought = Order {
        cancelled: None,
        ..cancelled.clone()
    };
    assert_eq!(as_bought, order);
    assert_eq!(read(store, &order).await, cancelled);
    for id in [a, b] {
        let product = store.product(id).await.expect("a product");
        assert_eq!((product.stock, product.version), (10, 3));
    }
}

pub(crate) async fn a_second_cancellation_returns_nothing_more(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let order = buy_lines(store, &[(product, 4)]).await;
    let first = store.cancel_order(order.id).await.expect("cancelled");
    let second = store.cancel_order(order.id).await.expect("cancelled");
    assert_eq!(first, second);
    assert_eq!(stock(store, product).await, 10);
}

pub(crate) async fn one_of_parallel_cancellations_returns_the_stock(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let order = buy_lines(store, &[(product, 4)]).await.id;
    let results = in_parallel(10, |_| {
        let store = store.clone();
        async move { store.cancel_order(order).await.expect("cancelled") }
    })
    .await;
    assert!(results.iter().all(|result| *result == results[0]));
    assert_eq!(stock(store, product).await, 10);
}

pub(crate) async fn an_unknown_order_cannot_be_cancelled(store: &SharedStore) {
    let cancelled = store.cancel_order(unknown_order()).await;
    assert_refused!(
        cancelled,
        StoreError::Refused(Refusal::NotFound(Resource::Order))
    );
}

pub(crate) async fn a_cancellation_skips_deleted_products(store: &SharedStore) {
    let products = create_vases(store, 2).await;
    let [a, b] = [0, 1].map(|n| products[n].id);
    let order = buy_lines(store, &[(a, 1), (b, 1)]).await;
    delete_product(store, a).await;
    store.cancel_order(order.id).await.expect("cancelled");
    assert_eq!(stock(store, b).await, 10);
    assert_refused!(
        store.product(a).await,
        StoreError::Refused(Refusal::NotFound(Resource::Product))
    );
}

pub(crate) async fn a_returned_stock_stays_within_the_limit(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let order = buy_lines(store, &[(product, 4)]).await;
    restock(store, product, MAX_STOCK - 1).await;
    store.cancel_order(order.id).await.expect("cancelled");
    assert_eq!(stock(store, product).await, MAX_STOCK);
}

pub(crate) async fn a_cancellation_changes_its_products_in_the_feed(store: &SharedStore) {
    let product = create_vase(store, "A").await.id;
    let order = buy_lines(store, &[(product, 4)]).await;
    let mut reader = FeedReader::open(store).await;
    store.cancel_order(order.id).await.expect("cancelled");
    match reader.next().await.kind {
        ChangeKind::Product(change) => assert_eq!((change.id, change.version), (product, 3)),
        other => panic!("{other:?}"),
    }
}
