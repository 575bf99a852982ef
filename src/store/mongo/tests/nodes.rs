//! Several nodes on one database.

use futures_util::future::join_all;

use super::{goods, open, with_database};
use crate::domain::refusal::Refusal;
use crate::domain::cart::{LineRequest, LineRequests, Quantity};
use crate::domain::command::Command;
use crate::domain::email::Email;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::CartId;
use crate::domain::purchase::{PurchaseMode, PurchaseRequest};
use crate::store::typed_commands::TypedCommands;
use crate::store::mongo::MongoStore;
use crate::store::mongo::step::write_all;
use crate::store::{
    Execute, Executed, OrderStore, ProductStore, StoreError, StoreResult,
};

pub(super) fn wish() -> PurchaseRequest {
    PurchaseRequest {
        purchaser: Email::parse("ana@example.com").expect("an address"),
        total: None,
        mode: PurchaseMode::AllOrNothing,
    }
}

/// Carts that each hold a unit of the only product, of which there are ten.
pub(super) async fn carts(store: &MongoStore, count: usize) -> Vec<CartId> {
    let product = store
        .create_product(goods("A"))
        .await
        .expect("a product")
        .id;
    let line = LineRequest {
        product,
        quantity: Quantity::ONE,
    };
    let lines = LineRequests::parse(vec![line]).expect("lines");
    let made = (0..count).map(|_| store.create_cart(lines.clone()));
    let made = join_all(made).await.into_iter();
    made.map(|cart| cart.expect("a cart").id).collect()
}

/// Buys a cart under a key that is the same for all carts.
pub(super) async fn buy_once(store: &MongoStore, cart: CartId) -> StoreResult<Executed> {
    let key = IdempotencyKey::parse("k", "POST", "/", &[]).expect("a key");
    store.execute_once(Command::Purchase(cart, wish()), key).await
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
                matches!(&refused, StoreError::Refused(Refusal::LinesShort { lines }) if lines[0].available == 0);
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
        let buy = |n: usize| buy_once(&nodes[n % 2], cart);
        let executed = join_all((0..12).map(buy)).await.into_iter();
        let executed: Vec<_> = executed.map(|one| one.expect("a conclusion")).collect();
        let firsts = executed.iter().filter(|one| !one.replayed).count();
        let all_alike = executed.iter().all(|one| one.saved == executed[0].saved);
        assert_eq!((firsts, all_alike, stock(&nodes[1]).await), (1, true, 9));
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
            let (_, writes) = collections.plan_purchase(id, cart, &wish()).await?;
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
