//! The page of a cart is told what happens to the cart, and nobody else is.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::carts::content;
use crate::goods::*;
use crate::reply::Reply;
use crate::resume::since;
use crate::socket::Socket;

/// A cart's address, and its id.
async fn cart_of(app: &TestApp, lines: &[(&Value, i64)]) -> (String, String) {
    let lines = lines.iter();
    let lines: Vec<_> = lines
        .map(|(product, quantity)| json!({ "product": product["_id"], "quantity": quantity }))
        .collect();
    let made = app.post("/api/carts", &json!({ "products": lines })).await;
    let id = id(&made.expect(201).payload()).to_owned();
    (format!("/api/carts/{id}"), id)
}

/// A page of a cart, past what it is told at first.
pub(crate) async fn page_of(app: &TestApp, id: &str) -> Socket {
    let (mut socket, _) = app.products_socket(&format!("?cart={id}")).await;
    assert_eq!(socket.expect("cart").await["reason"], "snapshot");
    socket.snapshot().await;
    socket
}

impl Socket {
    /// The next word about the cart; changes of its products are passed over.
    pub(crate) async fn cart_told(&mut self) -> Value {
        loop {
            let frame = self.next().await;
            match frame["event"].as_str() {
                Some("cart") => return frame["data"].clone(),
                Some("update_products" | "viewers") => {}
                _ => panic!("{frame} in place of a cart"),
            }
        }
    }
}

async fn set_stock(app: &TestApp, product: &Value, stock: i64) {
    let change = json!({ "stock": stock });
    app.put(&path(product), &change).await.expect(202);
}

pub(crate) async fn a_page_is_told_its_cart_and_what_it_holds(app: &TestApp) {
    let (vase, _other) = (app.vase("V-1").await, app.vase("V-2").await);
    let (address, id) = cart_of(app, &[(&vase, 2)]).await;
    let (mut socket, welcome) = app.products_socket(&format!("?cart={id}")).await;
    let told = socket.expect("cart").await;
    let cart = app.get(&address).await.expect(200).payload();
    let expected = json!({ "cursor": welcome["cursor"], "reason": "snapshot", "cart": cart });
    assert_eq!(told, expected);
    let (products, _) = socket.snapshot().await;
    assert_eq!(products, [vase]);
}

pub(crate) async fn an_empty_cart_is_followed_too(app: &TestApp) {
    let (_, id) = cart_of(app, &[]).await;
    let (mut socket, _) = app.products_socket(&format!("?cart={id}")).await;
    let told = socket.expect("cart").await;
    assert_eq!(content(&told["cart"]), []);
    assert_eq!(socket.snapshot().await, (vec![], vec![0]));
    let vase = app.vase("V-1").await;
    set_stock(app, &vase, 3).await;
    let line = json!({ "quantity": 1 });
    app.put(
        &format!("/api/carts/{id}/products/{}", crate::goods::id(&vase)),
        &line,
    )
    .await
    .expect(200);
    // Of the product nothing was told while the cart did not hold it.
    let told = socket.expect("cart").await;
    assert_eq!(told["reason"], "changed");
    set_stock(app, &vase, 4).await;
    assert_eq!(socket.expect("update_products").await["id"], vase["_id"]);
}

pub(crate) async fn every_tab_is_told_of_every_change_of_the_lines(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let (address, id) = cart_of(app, &[(&one, 1)]).await;
    let mut tabs = [page_of(app, &id).await, page_of(app, &id).await];
    let line = format!("{address}/products/{}", crate::goods::id(&two));
    let quantity = |quantity| json!({ "quantity": quantity });
    told_to_all(&mut tabs, app.post(&line, &quantity(2)).await.expect(202)).await;
    told_to_all(&mut tabs, app.put(&line, &quantity(1)).await.expect(200)).await;
    told_to_all(&mut tabs, app.delete(&line).await.expect(200)).await;
    told_to_all(&mut tabs, app.delete(&address).await.expect(200)).await;
}

/// Every tab is told the cart as it was answered to who changed it.
async fn told_to_all(tabs: &mut [Socket], answer: Reply) {
    for tab in tabs {
        let told = tab.cart_told().await;
        assert_eq!(told["reason"], "changed");
        assert_eq!(told["cart"], answer.payload());
    }
}

pub(crate) async fn what_others_do_to_its_goods_is_told_once_each(app: &TestApp) {
    let vase = app.vase("V-1").await;
    let (_, id) = cart_of(app, &[(&vase, 2)]).await;
    let mut socket = page_of(app, &id).await;

    set_stock(app, &vase, 9).await;
    set_stock(app, &vase, 2).await;
    set_stock(app, &vase, 1).await;
    let told = socket.cart_told().await;
    assert_eq!(told["reason"], "short");
    assert_eq!(told["cart"]["products"][0]["available"], 1);
    set_stock(app, &vase, 0).await;
    set_stock(app, &vase, 2).await;
    let told = socket.cart_told().await;
    assert_eq!(told["reason"], "available");
    let price = json!({ "price": 12.5 });
    app.put(&path(&vase), &price).await.expect(202);
    let told = socket.cart_told().await;
    assert_eq!(
        (&told["reason"], &told["cart"]["total"]),
        (&json!("price"), &json!(25))
    );
    app.delete(&path(&vase)).await.done();
    let told = socket.cart_told().await;
    assert_eq!(told["reason"], "deleted");
    assert_eq!(content(&told["cart"]), []);
    assert_eq!(told["cart"]["warnings"][0]["product"], vase["_id"]);
}

pub(crate) async fn carts_that_are_not_concerned_hear_nothing(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let (first, concerned) = cart_of(app, &[(&one, 1)]).await;
    let (second, other) = cart_of(app, &[(&two, 1)]).await;
    let mut pages = [page_of(app, &concerned).await, page_of(app, &other).await];
    let [page, bystander] = &mut pages;
    set_stock(app, &one, 0).await;
    assert_eq!(page.cart_told().await["reason"], "short");
    app.delete(&first).await.expect(200);
    assert_eq!(page.cart_told().await["reason"], "changed");
    // The first frame that the other hears is about itself.
    app.delete(&second).await.expect(200);
    let told = bystander.expect("cart").await;
    assert_eq!(told["cart"]["_id"], other);
}

pub(crate) async fn a_resumed_page_is_told_its_cart_as_it_is(app: &TestApp) {
    let vase = app.vase("V-1").await;
    let (_, id) = cart_of(app, &[(&vase, 2)]).await;
    let mut socket = page_of(app, &id).await;
    set_stock(app, &vase, 5).await;
    // What was stored before may still be told.
    let is_update = |update: &Value| update["action"] == "updated";
    let seen = socket.expect_where("update_products", is_update).await;
    socket.close().await;
    app.vase("V-2").await;
    set_stock(app, &vase, 1).await;

    let again = format!("{}&cart={id}", since(&seen["cursor"]));
    let (mut socket, welcome) = app.products_socket(&again).await;
    assert_eq!(welcome["resumed"], true);
    let told = socket.expect("cart").await;
    assert_eq!(told["reason"], "snapshot");
    assert_eq!(told["cart"]["products"][0]["available"], 1);
    let missed = socket.expect("update_products").await;
    assert_eq!(
        (&missed["id"], &missed["product"]["stock"]),
        (&vase["_id"], &json!(1))
    );
}

pub(crate) async fn an_unknown_cart_is_told_at_the_handshake(app: &TestApp) {
    for id in ["", "x", UNKNOWN, "$ne"] {
        let path = format!("/ws/products?cart={id}");
        assert_eq!(crate::upgrades::status(app, &path, &[]).await, 404, "{id}");
    }
    let (_, id) = cart_of(app, &[]).await;
    let both = format!("/ws/products?cart={id}&ids={UNKNOWN}");
    assert_eq!(crate::upgrades::status(app, &both, &[]).await, 400);
}
