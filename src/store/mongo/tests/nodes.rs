//! Several nodes on one database.

use futures_util::future::join_all;

use super::{new_product, open, with_database};
use crate::domain::cart::{LineRequest, LineRequests, Quantity};
use crate::domain::command::Command;
use crate::domain::email::Email;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::{CartId, OrderId};
use crate::domain::product::Product;
use crate::domain::purchase::{PurchaseMode, PurchaseRequest};
use crate::domain::refusal::Refusal;
use crate::store::mongo::{MongoStore, purchase};
use crate::store::typed_commands::TypedCommands;
use crate::store::{Execute, Executed, OrderStore, ProductStore, StoreError, StoreResult};

pub(super) fn purchase_request() -> PurchaseRequest {
    PurchaseRequest {
        purchaser: Email::parse("ana@example.com").expect("an e-mail address"),
        total: None,
        mode: PurchaseMode::AllOrNothing,
    }
}

/// Carts that each have a unit of the only product, of which there are ten.
pub(super) async fn carts(store: &MongoStore, count: usize) -> Vec<CartId> {
    let product = store.create_product(new_product("A")).await;
    let line = LineRequest {
        product: product.expect("a product").id,
        quantity: Quantity::ONE,
    };
    let lines = LineRequests::parse(vec![line]).expect("lines");
    let created = (0..count).map(|_| store.create_cart(lines.clone()));
    let created = join_all(created).await.into_iter();
    created.map(|cart| cart.expect("a cart").id).collect()
}

/// Buys a cart under a key that is the same for all carts.
pub(super) async fn buy_once(store: &MongoStore, cart: CartId) -> StoreResult<Executed> {
    let key = IdempotencyKey::parse("k", "POST", "/", &[]).expect("a key");
    let purchase = Command::Purchase(cart, purchase_request());
    store.execute_once(purchase, key).await
}

pub(super) async fn first_product(store: &MongoStore) -> Product {
    let mut walk = store.walk_products().await.expect("a walk");
    walk.next().await.expect("products").remove(0)
}

pub(super) async fn stock(store: &MongoStore) -> i64 {
    first_product(store).await.stock
}

#[test]
fn two_nodes_sell_exactly_the_stock() {
    with_database(async |url, _| {
        let nodes = [open(&url).await, open(&url).await];
        let carts = carts(&nodes[0], 60).await;
        let buy = |(n, cart): (usize, &CartId)| nodes[n % 2].purchase(*cart, purchase_request());
        let results = join_all(carts.iter().enumerate().map(buy)).await;
        let sold = results.iter().filter(|result| result.is_ok()).count();
        for error in results.into_iter().filter_map(Result::err) {
            let StoreError::Refused(Refusal::LinesShort { lines }) = error else {
                panic!("{error}");
            };
            assert_eq!(lines[0].available, 0);
        }
        assert_eq!((sold, stock(&nodes[0]).await), (10, 0));
        let orders = nodes[1].orders(&Default::default()).await.expect("orders");
        assert_eq!(orders.total, 10);
    });
}

#[test]
fn two_nodes_execute_a_key_once() {
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
fn an_open_purchase_of_a_dead_node_blocks_no_other() {
    with_database(async |url, _| {
        let (dead, live) = (open(&url).await, open(&url).await);
        let carts = carts(&live, 2).await;
        let db = dead.db.clone();
        let cart = carts[0];
        let abandon = async move {
            let id = OrderId::generate()?;
            let (_, writes) = purchase::plan(&db, id, cart, &purchase_request()).await?;
            let mut transaction = db.sessions.begin().await?;
            assert!(transaction.write_all(writes).await?);
            // Everything is written and nothing committed: its documents stay locked.
            std::mem::forget(transaction.session);
            Ok(())
        };
        dead.driver.run(abandon).await.expect("an open transaction");

        for (n, cart) in [(9, carts[1]), (8, carts[0])] {
            let purchased = live.purchase(cart, purchase_request()).await;
            purchased.expect("a purchase");
            assert_eq!(stock(&live).await, n);
        }
    });
}
