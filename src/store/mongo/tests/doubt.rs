//! Commits whose end is not told. The server fails commands for clients of one name; it can do so for
//! one name at a time, so all of this is one test.

use std::time::Duration;

use mongodb::Client;
use mongodb::bson::{Document, doc};

use super::nodes::{buy_once, carts, stock, wish};
use super::with_database;
use crate::domain::cart::Quantity;
use crate::domain::hold::HoldLength;
use crate::domain::ids::CartId;
use crate::store::typed_commands::TypedCommands;
use crate::store::mongo::MongoStore;
use crate::store::{OrderStore, ProductStore, StoreError};

/// The clients whose commands fail.
const NAME: &str = "vitrina-doubt";

/// Has so many commits fail in some way.
async fn commits_fail(client: &Client, mode: Document, how: Document) {
    let mut data = doc! { "failCommands": ["commitTransaction"], "appName": NAME };
    data.extend(how);
    let point = doc! { "configureFailPoint": "failCommand", "mode": mode, "data": data };
    let admin = client.database("admin");
    admin.run_command(point).await.expect("a server for tests");
}

async fn commits_succeed(client: &Client) {
    let off = doc! { "configureFailPoint": "failCommand", "mode": "off" };
    let admin = client.database("admin");
    admin.run_command(off).await.expect("a server for tests");
}

/// The commit is done, and its answer says that this is not certain.
fn untold() -> Document {
    doc! { "writeConcernError": { "code": 64, "errmsg": "waiting took too long" } }
}

/// The commit is not done, and its connection ends.
fn cut() -> Document {
    doc! { "closeConnection": true }
}

async fn orders(store: &MongoStore) -> u64 {
    let page = store.orders(&Default::default()).await;
    page.expect("orders").total
}

#[test]
fn a_commit_whose_end_is_not_told_is_neither_lost_nor_doubled() {
    with_database(async |url, database| {
        let client = database.client().clone();
        let store = super::open(&format!("{url}&appName={NAME}")).await;
        let carts: Vec<CartId> = carts(&store, 5).await;

        // Told in the end.
        commits_fail(&client, doc! { "times": 3 }, untold()).await;
        store.purchase(carts[0], wish()).await.expect("a purchase");
        assert_eq!((orders(&store).await, stock(&store).await), (1, 9));

        // Never told, but the order is found.
        commits_fail(&client, doc! { "times": 100_000 }, untold()).await;
        let purchased = store.purchase(carts[1], wish()).await.expect("a purchase");
        assert_eq!((orders(&store).await, stock(&store).await), (2, 8));
        let order = store.order(purchased.order.id).await.expect("an order");
        assert_eq!(order, purchased.order);

        // Certainly not done: it is done again.
        let undone = doc! { "errorCode": 251, "errorLabels": ["TransientTransactionError"] };
        commits_fail(&client, doc! { "times": 2 }, undone).await;
        store.purchase(carts[2], wish()).await.expect("a purchase");
        assert_eq!((orders(&store).await, stock(&store).await), (3, 7));

        // The same under a key, whose record tells.
        commits_fail(&client, doc! { "times": 100_000 }, untold()).await;
        let first = buy_once(&store, carts[3]).await.expect("a conclusion");
        assert_eq!((orders(&store).await, stock(&store).await), (4, 6));
        commits_succeed(&client).await;
        assert!(!first.replayed, "{first:?}");
        let again = buy_once(&store, carts[3]).await.expect("a conclusion");
        assert_eq!((again.saved, again.replayed), (first.saved, true));

        // Not done, and nobody says so.
        commits_fail(&client, doc! { "times": 100_000 }, cut()).await;
        let refused = store.purchase(carts[4], wish()).await;
        assert!(
            matches!(refused, Err(StoreError::Unavailable(_))),
            "{refused:?}"
        );
        store.driver.settled().await;
        commits_succeed(&client).await;
        assert_eq!((orders(&store).await, stock(&store).await), (4, 6));
        store.purchase(carts[4], wish()).await.expect("a purchase");
        assert_eq!((orders(&store).await, stock(&store).await), (5, 5));

        // A cart that keeps what is put into it is a transaction too.
        let hold = HoldLength::new(Duration::from_secs(60));
        let url = format!("{url}&appName={NAME}");
        let keeping = MongoStore::connect(&url, hold).await.expect("a store");
        let vase = keeping
            .product_chunk(None, None, 1)
            .await
            .expect("a product");
        let vase = vase.products[0].id;
        let held = async || keeping.product(vase).await.expect("a product").held;
        commits_fail(&client, doc! { "times": 100_000 }, untold()).await;
        let added = keeping.add_to_cart(carts[0], vase, Quantity::ONE).await;
        assert_eq!(added.expect("a cart").lines[0].quantity, 1);
        commits_succeed(&client).await;
        assert_eq!(held().await, 1);
        commits_fail(&client, doc! { "times": 100_000 }, cut()).await;
        let refused = keeping.add_to_cart(carts[0], vase, Quantity::ONE).await;
        assert!(
            matches!(refused, Err(StoreError::Unavailable(_))),
            "{refused:?}"
        );
        keeping.driver.settled().await;
        commits_succeed(&client).await;
        keeping
            .add_to_cart(carts[0], vase, Quantity::ONE)
            .await
            .expect("a cart");
        assert_eq!(held().await, 2);
    });
}
