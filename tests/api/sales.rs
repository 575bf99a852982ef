//! What a sale is beyond one answer of one server: told to pages, known after a restart, shared by nodes.

use futures_util::future::join_all;
use serde_json::json;

use crate::app::TestApp;
use crate::figure::figure;
use crate::goods::*;
use crate::place::Place;
use crate::purchases::ana;
use crate::reply::Reply;

/// Buys a cart under a key.
async fn buy(app: &TestApp, cart: &str) -> Reply {
    let request = app.request("POST", &format!("{cart}/purchase"));
    Reply::to(request.header("Idempotency-Key", "k").json(&ana())).await
}

fn assert_replayed(again: &Reply, first: &Reply) {
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
}

pub(crate) async fn a_sale_is_told_to_every_page(place: &Place) {
    let app = TestApp::start(place, &[]);
    let mut page = app.products_socket_after_snapshot().await;
    let product = app.vase("V-1").await;
    assert_eq!(page.expect("update_products").await["action"], "created");
    let cart = app.cart_of(&[(&product, 10)]).await;
    let order = app.buy(&cart).await.expect(201).payload();
    let told = page.expect("update_products").await;
    let now = json!(["updated", 0, 2, product["_id"]]);
    let parts = |told: &serde_json::Value| {
        json!([
            told["action"],
            told["product"]["stock"],
            told["version"],
            told["id"]
        ])
    };
    assert_eq!(parts(&told), now);
    let cancel = format!("/api/orders/{}/cancel", id(&order));
    app.post(&cancel, &json!({})).await.expect(200);
    let told = page.expect("update_products").await;
    assert_eq!(parts(&told), json!(["updated", 10, 3, product["_id"]]));
}

pub(crate) async fn a_lost_answer_is_given_again_after_a_restart(place: &Place) {
    let app = TestApp::start(place, &[]);
    let product = app.vase("V-1").await;
    let cart = app.cart_of(&[(&product, 1)]).await;
    let first = buy(&app, &cart).await.expect(201);
    drop(app);
    let app = TestApp::start(place, &[]);
    assert_replayed(&buy(&app, &cart).await, &first);
    assert_eq!(app.stock(&product).await, 9);
    figure(
        "F9",
        "asked again after a restart: the same answer, one order, stock 9 of 10",
    );
}

pub(crate) async fn a_lost_answer_is_given_again_by_another_node(place: &Place) {
    let other_place = Place::sqlite();
    let uploads = other_place.uploads().display().to_string();
    let nodes = [
        TestApp::start(place, &[]),
        TestApp::start_with_uploads(place, &uploads),
    ];
    let product = nodes[0].vase("V-1").await;
    let cart = nodes[0].cart_of(&[(&product, 1)]).await;
    let first = buy(&nodes[0], &cart).await.expect(201);
    assert_replayed(&buy(&nodes[1], &cart).await, &first);
    assert_eq!(nodes[1].stock(&product).await, 9);
    figure(
        "F9",
        "asked again at another node: the same answer, one order, stock 9 of 10",
    );
}

pub(crate) async fn two_nodes_sell_exactly_what_there_is(place: &Place) {
    let other_place = Place::sqlite();
    let uploads = other_place.uploads().display().to_string();
    let nodes = [
        TestApp::start(place, &[]),
        TestApp::start_with_uploads(place, &uploads),
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
