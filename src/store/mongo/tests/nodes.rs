//! Several nodes on one database.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{goods, open, with_database};
use crate::domain::cart::{Quantity, WantedLine, WantedLines};
use crate::domain::email::Email;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::CartId;
use crate::domain::purchase::{PurchaseMode, PurchaseRequest};
use crate::store::mongo::MongoStore;
use crate::store::mongo::step::write_all;
use crate::store::{
    CartStore, Effect, IdempotencyStore, KeyedRequest, Once, OrderStore, ProductStore, StoreError,
};

pub(super) fn wish() -> PurchaseRequest {
    PurchaseRequest {
        purchaser: Email::parse("ana@example.com").expect("an address"),
        total: None,
        mode: PurchaseMode::Whole,
    }
}

/// Carts that each hold a unit of the only product, of which there are ten.
pub(super) async fn carts(store: &MongoStore, count: usize) -> Vec<CartId> {
    let product = store
        .create_product(goods("A"))
        .await
        .expect("a product")
        .id;
    let line = WantedLine {
        product,
        quantity: Quantity::ONE,
    };
    let lines = WantedLines::parse(vec![line]).expect("lines");
    let made = (0..count).map(|_| store.create_cart(lines.clone()));
    let made = join_all(made).await.into_iter();
    made.map(|cart| cart.expect("a cart").id).collect()
}

/// A purchase under a key, answered by the order's id.
pub(super) fn buy_once(cart: CartId) -> Once {
    Once {
        key: IdempotencyKey::parse("k", "POST", "/", &[]).expect("a key"),
        request: KeyedRequest::Purchase(cart, wish()),
        answer: Arc::new(|outcome| match outcome {
            Ok(Effect::Purchase(purchased)) => purchased.order.id.bytes().to_vec(),
            other => panic!("{other:?}"),
        }),
    }
}

pub(super) async fn stock(store: &MongoStore) -> i64 {
    let page = store.product_chunk(None, None, 1).await.expect("a product");
    page.products[0].stock
}

#[test]
fn two_nodes_sell_exactly_the_stock() {
    with_database(async |url, _| {
        let nodes = [open(&url).await, open(&url).await];
        let carts = carts(&nodes[0], 60).await;
        let buy = |(n, cart): (usize, &CartId)| nodes[n % 2].purchase(*cart, wish());
        let results = join_all(carts.iter().enumerate().map(buy)).await;
        let sold = results.iter().filter(|result| result.is_ok()).count();
        for refused in results.into_iter().filter_map(Result::err) {
            let is_right =
                matches!(&refused, StoreError::LinesShort { lines } if lines[0].available == 0);
            assert!(is_right, "{refused}");
        }
        assert_eq!((sold, stock(&nodes[0]).await), (10, 0));
        let orders = nodes[1].orders(&Default::default()).await.expect("orders");
        assert_eq!(orders.total, 10);
    });
}

#[test]
fn two_nodes_answer_a_key_once() {
    with_database(async |url, _| {
        let nodes = [open(&url).await, open(&url).await];
        let cart = carts(&nodes[0], 1).await[0];
        let once = buy_once(cart);
        let ask = |n: usize| nodes[n % 2].answer_once(once.clone());
        let mut answers = std::collections::HashSet::new();
        for reply in join_all((0..12).map(ask)).await {
            let (crate::store::Reply::First(answer) | crate::store::Reply::Replayed(answer)) =
                reply.expect("an answer");
            answers.insert(answer);
        }
        assert_eq!((answers.len(), stock(&nodes[1]).await), (1, 9));
    });
}

#[test]
fn a_purchase_that_a_dead_node_left_half_done_hinders_nobody() {
    with_database(async |url, _| {
        let (dead, live) = (open(&url).await, open(&url).await);
        let carts = carts(&live, 2).await;
        let collections = dead.collections.clone();
        let cart = carts[0];
        let left_behind = async move {
            let id = crate::domain::ids::OrderId::generate()?;
            let (_, writes) = collections.purchase_step(id, cart, &wish()).await?;
            let mut transaction = collections.sessions.begin().await?;
            let session = &mut transaction.session;
            assert!(write_all(writes, &collections.database, session).await?);
            // Everything is written and nothing committed: its documents stay locked at the server.
            std::mem::forget(transaction.session);
            Ok(())
        };
        dead.driver.run(left_behind).await.expect("left behind");

        live.purchase(carts[1], wish()).await.expect("a purchase");
        assert_eq!(stock(&live).await, 9);
        live.purchase(carts[0], wish()).await.expect("a purchase");
        assert_eq!(stock(&live).await, 8);
    });
}
