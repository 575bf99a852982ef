//! Sales reach pages, are replayed after a restart, and are consistent over nodes.

use futures_util::future::join_all;
use serde_json::json;

use crate::app::TestApp;
use crate::figure::figure;
use crate::fixtures::*;
use crate::purchases::ana;
use crate::reply::Reply;
use crate::test_store::TestStore;

/// Buys a cart under a key.
async fn buy(app: &TestApp, cart: &str) -> Reply {
    let request = app.request("POST", &format!("{cart}/purchase"));
    Reply::to(request.header("Idempotency-Key", "k").json(&ana())).await
}

fn assert_replayed(again: &Reply, first: &Reply) {
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
}

pub(crate) async fn a_sale_reaches_every_page(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let mut page = app.products_socket_after_snapshot().await;
    let product = app.vase("V-1").await;
    assert_eq!(page.expect("update_products").await["action"], "created");
    let cart = app.cart_of(&[(&product, 10)]).await;
    let order = app.buy(&cart).await.expect(201).payload();
    let update = page.expect("update_products").await;
    let now = json!(["updated", 0, 2, product["_id"]]);
    let parts = |update: &serde_json::Value| {
        json!([
            update["action"],
            update["product"]["stock"],
            update["version"],
            update["id"]
        ])
    };
    assert_eq!(parts(&update), now);
    let cancel = format!("/api/orders/{}/cancel", id(&order));
    app.post(&cancel, &json!({})).await.expect(200);
    let update = page.expect("update_products").await;
    assert_eq!(parts(&update), json!(["updated", 10, 3, product["_id"]]));
}

pub(crate) async fn a_lost_response_is_replayed_after_a_restart(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let product = app.vase("V-1").await;
    let cart = app.cart_of(&[(&product, 1)]).await;
    let first = buy(&app, &cart).await.expect(201);
    drop(app);
    let app = TestApp::start(store, &[]);
    assert_replayed(&buy(&app, &cart).await, &first);
    assert_eq!(app.stock(&product).await, 9);
    figure(
        "F9",
        "repeated after a restart: the same response, one order, stock 9 of 10",
    );
}

pub(crate) async fn a_lost_response_is_replayed_by_another_node(store: &TestStore) {
    let other_store = TestStore::sqlite();
    let uploads = other_store.uploads().display().to_string();
    let nodes = [
        TestApp::start(store, &[]),
        TestApp::start_with_uploads(store, &uploads),
    ];
    let product = nodes[0].vase("V-1").await;
    let cart = nodes[0].cart_of(&[(&product, 1)]).await;
    let first = buy(&nodes[0], &cart).await.expect(201);
    assert_replayed(&buy(&nodes[1], &cart).await, &first);
    assert_eq!(nodes[1].stock(&product).await, 9);
    figure(
        "F9",
        "repeated at another node: the same response, one order, stock 9 of 10",
    );
}

pub(crate) async fn two_nodes_sell_exactly_the_stock(store: &TestStore) {
    let other_store = TestStore::sqlite();
    let uploads = other_store.uploads().display().to_string();
    let nodes = [
        TestApp::start(store, &[]),
        TestApp::start_with_uploads(store, &uploads),
    ];
    let product = nodes[0].vase("V-1").await;
    let mut carts = Vec::new();
    for _ in 0..30 {
        carts.push(nodes[0].cart_of(&[(&product, 1)]).await);
    }
    let purchases = carts.iter().enumerate();
    let purchases = purchases.map(|(n, cart)| nodes[n % 2].buy(cart));
    let mut sold = 0;
    for reply in join_all(purchases).await {
        if reply.status == 201 {
            sold += 1;
        } else {
            let problem = reply.problem(409, "insufficient_stock");
            assert_eq!(problem["available"], 0);
        }
    }
    assert_eq!((sold, nodes[1].stock(&product).await), (10, 0));
}
