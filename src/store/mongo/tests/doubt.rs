//! Commits in doubt. The server fails commands for clients of one name, and for one name at a time:
//! so all of this is one test.

use std::time::Duration;

use mongodb::Client;
use mongodb::bson::{Document, doc};

use super::nodes::{buy_once, carts, first_product, purchase_request, stock};
use super::with_database;
use crate::domain::cart::Quantity;
use crate::domain::hold::HoldLength;
use crate::domain::ids::CartId;
use crate::store::mongo::MongoStore;
use crate::store::typed_commands::TypedCommands;
use crate::store::{OrderStore, ProductStore, StoreError};

/// The clients whose commits fail.
const NAME: &str = "vitrina-doubt";

/// Makes so many commits fail in some way.
async fn fail_commits(client: &Client, mode: Document, how: Document) {
    let mut data = doc! { "failCommands": ["commitTransaction"], "appName": NAME };
    data.extend(how);
    let point = doc! { "configureFailPoint": "failCommand", "mode": mode, "data": data };
    let admin = client.database("admin");
    admin.run_command(point).await.expect("a server for tests");
}

async fn fail_all_commits(client: &Client, how: Document) {
    fail_commits(client, doc! { "times": 100_000 }, how).await;
}

async fn stop_failing(client: &Client) {
    let off = doc! { "configureFailPoint": "failCommand", "mode": "off" };
    let admin = client.database("admin");
    admin.run_command(off).await.expect("a server for tests");
}

/// The commit happens, and the reply reports that this is uncertain.
fn uncertain() -> Document {
    doc! { "writeConcernError": { "code": 64, "errmsg": "waiting took too long" } }
}

/// The commit does not happen, and the connection is closed.
fn cut() -> Document {
    doc! { "closeConnection": true }
}

/// The number of orders, and the stock.
async fn sold(store: &MongoStore) -> (u64, i64) {
    let page = store.orders(&Default::default()).await;
    (page.expect("orders").total, stock(store).await)
}

fn assert_unavailable<T: std::fmt::Debug>(result: &Result<T, StoreError>) {
    assert!(
        matches!(result, Err(StoreError::Unavailable(_))),
        "{result:?}"
    );
}

#[test]
fn a_commit_in_doubt_is_neither_lost_nor_repeated() {
    with_database(async |url, database| {
        let client = database.client().clone();
        let url = format!("{url}&appName={NAME}");
        let store = super::open(&url).await;
        let carts: Vec<CartId> = carts(&store, 5).await;
        purchases(&client, &store, &carts).await;
        let hold = HoldLength::new(Duration::from_secs(60));
        let holding = MongoStore::connect(&url, hold).await.expect("a store");
        changes_with_holds(&client, &holding, carts[0]).await;
    });
}

async fn purchases(client: &Client, store: &MongoStore, carts: &[CartId]) {
    let buy = |cart| store.purchase(cart, purchase_request());

    // The third commit is certain.
    fail_commits(client, doc! { "times": 3 }, uncertain()).await;
    buy(carts[0]).await.expect("a purchase");
    assert_eq!(sold(store).await, (1, 9));

    // No commit is certain, but the order is found.
    fail_all_commits(client, uncertain()).await;
    let purchased = buy(carts[1]).await.expect("a purchase");
    assert_eq!(sold(store).await, (2, 8));
    let order = store.order(purchased.order.id).await.expect("an order");
    assert_eq!(order, purchased.order);

    // The commit certainly did not happen: it is made again.
    let undone = doc! { "errorCode": 251, "errorLabels": ["TransientTransactionError"] };
    fail_commits(client, doc! { "times": 2 }, undone).await;
    buy(carts[2]).await.expect("a purchase");
    assert_eq!(sold(store).await, (3, 7));

    // No commit is certain, but the record of the key is found.
    fail_all_commits(client, uncertain()).await;
    let first = buy_once(store, carts[3]).await.expect("a conclusion");
    assert_eq!(sold(store).await, (4, 6));
    stop_failing(client).await;
    assert!(!first.replayed, "{first:?}");
    let again = buy_once(store, carts[3]).await.expect("a conclusion");
    assert_eq!((again.saved, again.replayed), (first.saved, true));

    // No commit happens, and there is no reply.
    fail_all_commits(client, cut()).await;
    assert_unavailable(&buy(carts[4]).await);
    store.driver.idle().await;
    stop_failing(client).await;
    assert_eq!(sold(store).await, (4, 6));
    buy(carts[4]).await.expect("a purchase");
    assert_eq!(sold(store).await, (5, 5));
}

/// With holds, a change of a cart is a transaction too.
async fn changes_with_holds(client: &Client, store: &MongoStore, cart: CartId) {
    let product = first_product(store).await.id;
    let held = async || store.product(product).await.expect("a product").held;
    let add = || store.add_to_cart(cart, product, Quantity::ONE);

    fail_all_commits(client, uncertain()).await;
    assert_eq!(add().await.expect("a cart").lines[0].quantity, 1);
    stop_failing(client).await;
    assert_eq!(held().await, 1);

    fail_all_commits(client, cut()).await;
    assert_unavailable(&add().await);
    store.driver.idle().await;
    stop_failing(client).await;
    add().await.expect("a cart");
    assert_eq!(held().await, 2);
}
