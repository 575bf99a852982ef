//! The socket of a cart page gets changes of its cart and its products, and of no other cart.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::carts::lines_of;
use crate::fixtures::*;
use crate::reply::Reply;
use crate::resume::since;
use crate::socket::Socket;

/// The path of a new cart, and its id.
async fn cart_of(app: &TestApp, lines: &[(&Value, i64)]) -> (String, String) {
    let lines = lines.iter();
    let lines: Vec<_> = lines
        .map(|(product, quantity)| json!({ "product": product["_id"], "quantity": quantity }))
        .collect();
    let made = app.post("/api/carts", &json!({ "products": lines })).await;
    let id = id(&made.expect(201).payload()).to_owned();
    (format!("/api/carts/{id}"), id)
}

/// A socket that follows a cart, after the first cart frame and the snapshot.
pub(crate) async fn page_of(app: &TestApp, id: &str) -> Socket {
    let (mut socket, _) = app.products_socket(&format!("?cart={id}")).await;
    assert_eq!(socket.expect("cart").await["reason"], "snapshot");
    socket.snapshot().await;
    socket
}

impl Socket {
    /// The next cart frame; changes of its products are skipped.
    pub(crate) async fn next_cart_update(&mut self) -> Value {
        loop {
            let frame = self.next().await;
            match frame["event"].as_str() {
                Some("cart") => return frame["data"].clone(),
                Some("update_products" | "viewers") => {}
                _ => panic!("{frame} instead of a cart frame"),
            }
        }
    }
}

async fn set_stock(app: &TestApp, product: &Value, stock: i64) {
    let change = json!({ "stock": stock });
    app.put(&path(product), &change).await.expect(202);
}

pub(crate) async fn a_cart_follower_gets_its_current_contents(app: &TestApp) {
    let (vase, _other) = (app.vase("V-1").await, app.vase("V-2").await);
    let (path_of_cart, id) = cart_of(app, &[(&vase, 2)]).await;
    let (mut socket, welcome) = app.products_socket(&format!("?cart={id}")).await;
    let update = socket.expect("cart").await;
    let cart = app.get(&path_of_cart).await.expect(200).payload();
    let expected = json!({ "cursor": welcome["cursor"], "reason": "snapshot", "cart": cart });
    assert_eq!(update, expected);
    let (products, _) = socket.snapshot().await;
    assert_eq!(products, [vase]);
}

pub(crate) async fn an_empty_cart_can_be_followed(app: &TestApp) {
    let (_, id) = cart_of(app, &[]).await;
    let (mut socket, _) = app.products_socket(&format!("?cart={id}")).await;
    let update = socket.expect("cart").await;
    assert_eq!(lines_of(&update["cart"]), []);
    assert_eq!(socket.snapshot().await, (vec![], vec![0]));
    let vase = app.vase("V-1").await;
    set_stock(app, &vase, 3).await;
    let line = json!({ "quantity": 1 });
    app.put(
        &format!("/api/carts/{id}/products/{}", crate::fixtures::id(&vase)),
        &line,
    )
    .await
    .expect(200);
    // No change of the product was sent while the cart did not contain it.
    let update = socket.expect("cart").await;
    assert_eq!(update["reason"], "changed");
    set_stock(app, &vase, 4).await;
    assert_eq!(socket.expect("update_products").await["id"], vase["_id"]);
}

pub(crate) async fn every_tab_gets_every_line_change(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let (path_of_cart, id) = cart_of(app, &[(&one, 1)]).await;
    let mut tabs = [page_of(app, &id).await, page_of(app, &id).await];
    let line = format!("{path_of_cart}/products/{}", crate::fixtures::id(&two));
    let quantity = |quantity| json!({ "quantity": quantity });
    assert_all_receive(&mut tabs, app.post(&line, &quantity(2)).await.expect(202)).await;
    assert_all_receive(&mut tabs, app.put(&line, &quantity(1)).await.expect(200)).await;
    assert_all_receive(&mut tabs, app.delete(&line).await.expect(200)).await;
    assert_all_receive(&mut tabs, app.delete(&path_of_cart).await.expect(200)).await;
}

/// Every tab gets the same cart as the response to the change.
async fn assert_all_receive(tabs: &mut [Socket], answer: Reply) {
    for tab in tabs {
        let update = tab.next_cart_update().await;
        assert_eq!(update["reason"], "changed");
        assert_eq!(update["cart"], answer.payload());
    }
}

pub(crate) async fn changes_to_its_products_are_sent_once_each(app: &TestApp) {
    let vase = app.vase("V-1").await;
    let (_, id) = cart_of(app, &[(&vase, 2)]).await;
    let mut socket = page_of(app, &id).await;

    set_stock(app, &vase, 9).await;
    set_stock(app, &vase, 2).await;
    set_stock(app, &vase, 1).await;
    let update = socket.next_cart_update().await;
    assert_eq!(update["reason"], "short");
    assert_eq!(update["cart"]["products"][0]["available"], 1);
    set_stock(app, &vase, 0).await;
    set_stock(app, &vase, 2).await;
    let update = socket.next_cart_update().await;
    assert_eq!(update["reason"], "available");
    let price = json!({ "price": 12.5 });
    app.put(&path(&vase), &price).await.expect(202);
    let update = socket.next_cart_update().await;
    assert_eq!(
        (&update["reason"], &update["cart"]["total"]),
        (&json!("price"), &json!(25))
    );
    app.delete(&path(&vase)).await.done();
    let update = socket.next_cart_update().await;
    assert_eq!(update["reason"], "deleted");
    assert_eq!(lines_of(&update["cart"]), []);
    assert_eq!(update["cart"]["warnings"][0]["product"], vase["_id"]);
}

pub(crate) async fn unaffected_carts_get_nothing(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let (first, affected) = cart_of(app, &[(&one, 1)]).await;
    let (second, other) = cart_of(app, &[(&two, 1)]).await;
    let mut pages = [page_of(app, &affected).await, page_of(app, &other).await];
    let [page, unaffected] = &mut pages;
    set_stock(app, &one, 0).await;
    assert_eq!(page.next_cart_update().await["reason"], "short");
    app.delete(&first).await.expect(200);
    assert_eq!(page.next_cart_update().await["reason"], "changed");
    // The first frame of the other page is about its own cart.
    app.delete(&second).await.expect(200);
    let update = unaffected.expect("cart").await;
    assert_eq!(update["cart"]["_id"], other);
}

pub(crate) async fn a_resumed_page_gets_its_current_cart(app: &TestApp) {
    let vase = app.vase("V-1").await;
    let (_, id) = cart_of(app, &[(&vase, 2)]).await;
    let mut socket = page_of(app, &id).await;
    set_stock(app, &vase, 5).await;
    // Frames of earlier changes may still arrive.
    let is_update = |update: &Value| update["action"] == "updated";
    let seen = socket.expect_where("update_products", is_update).await;
    socket.close().await;
    app.vase("V-2").await;
    set_stock(app, &vase, 1).await;

    let again = format!("{}&cart={id}", since(&seen["cursor"]));
    let (mut socket, welcome) = app.products_socket(&again).await;
    assert_eq!(welcome["resumed"], true);
    let update = socket.expect("cart").await;
    assert_eq!(update["reason"], "snapshot");
    assert_eq!(update["cart"]["products"][0]["available"], 1);
    let missed = socket.expect("update_products").await;
    assert_eq!(
        (&missed["id"], &missed["product"]["stock"]),
        (&vase["_id"], &json!(1))
    );
}

pub(crate) async fn an_unknown_cart_fails_the_handshake(app: &TestApp) {
    for id in ["", "x", UNKNOWN, "$ne"] {
        let path = format!("/ws/products?cart={id}");
        assert_eq!(crate::upgrades::status(app, &path, &[]).await, 404, "{id}");
    }
    let (_, id) = cart_of(app, &[]).await;
    let both = format!("/ws/products?cart={id}&ids={UNKNOWN}");
    assert_eq!(crate::upgrades::status(app, &both, &[]).await, 400);
}
