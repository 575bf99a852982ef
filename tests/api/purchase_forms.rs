//! Buying from the cart page, as a browser without JavaScript does.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::*;
use crate::pages::page;
use crate::reply::Reply;

const BUYER: &str = "ana@example.com";

/// The id of a new cart with some vases.
async fn cart_of(app: &TestApp, product: &Value, quantity: i64) -> String {
    let lines = json!([{ "product": product["_id"], "quantity": quantity }]);
    let made = app.post("/api/carts", &json!({ "products": lines })).await;
    id(&made.expect(201).payload()).to_owned()
}

/// The value of a field in a page.
fn field(html: &str, name: &str) -> String {
    let (_, after) = html.split_once(&format!("name=\"{name}\"")).expect(name);
    let (_, value) = after.split_once("value=\"").expect("a value");
    value.split('"').next().expect("a value").to_owned()
}

/// The purchase form of a cart's page.
async fn form_of(app: &TestApp, cart: &str) -> Vec<(&'static str, String)> {
    let html = page(app.get(&format!("/carts/{cart}")).await, 200);
    let shown = ["key", "total"].map(|name| (name, field(&html, name)));
    let mut form = Vec::from(shown);
    form.push(("purchaser", BUYER.to_owned()));
    form
}

async fn buy(app: &TestApp, cart: &str, form: &[(&str, String)]) -> Reply {
    let request = app.request("POST", &format!("/carts/{cart}/purchase"));
    Reply::to(request.header("Accept", "text/html").form(form)).await
}

pub(crate) async fn a_cart_is_bought_from_its_page(app: &TestApp) {
    let vase = app.vase("V-1").await;
    let cart = cart_of(app, &vase, 2).await;
    let bought = buy(app, &cart, &form_of(app, &cart).await)
        .await
        .expect(303);
    let order = bought.header("location").to_owned();
    let shown = page(app.get(&order).await, 200);
    let stored = app.get(&format!("/api{order}")).await.expect(200).payload();
    for part in [
        stored["code"].as_str().expect("a code"),
        BUYER,
        "V-1",
        "$39.98",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert_eq!(
        app.product(&vase).await["stock"],
        json!(vase["stock"].as_i64().expect("stock") - 2)
    );
    page(
        app.get(&order.to_uppercase().replace("/ORDERS/", "/Orders/"))
            .await,
        200,
    );
}

pub(crate) async fn a_form_that_is_sent_twice_buys_once(app: &TestApp) {
    let vase = app.vase("V-1").await;
    let cart = cart_of(app, &vase, 1).await;
    let form = form_of(app, &cart).await;
    let both = futures_util::future::join(buy(app, &cart, &form), buy(app, &cart, &form)).await;
    let first = both.0.expect(303).header("location").to_owned();
    assert_eq!(both.1.expect(303).header("location"), first);
    assert_eq!(
        app.product(&vase).await["stock"],
        json!(vase["stock"].as_i64().expect("stock") - 1)
    );
    // With other values under the same key, the form is refused.
    let mut other = form.clone();
    other[2].1 = "rosa@example.com".to_owned();
    page(buy(app, &cart, &other).await, 422);
}

pub(crate) async fn a_refused_purchase_shows_the_cart_again(app: &TestApp) {
    let vase = app.vase("V-1").await;
    let cart = cart_of(app, &vase, 2).await;
    let mut form = form_of(app, &cart).await;

    form[2].1 = "not <an> address".to_owned();
    let shown = page(buy(app, &cart, &form).await, 400);
    assert!(shown.contains("not &lt;an&gt; address"), "{shown}");
    form[2].1 = BUYER.to_owned();

    app.put(&path(&vase), &json!({ "price": 30 }))
        .await
        .expect(202);
    let shown = page(buy(app, &cart, &form).await, 409);
    assert!(shown.contains("$60.00"), "{shown}");
    assert_ne!(field(&shown, "key"), form[0].1, "a new key");

    let form = form_of(app, &cart).await;
    app.put(&path(&vase), &json!({ "stock": 1 }))
        .await
        .expect(202);
    let shown = page(buy(app, &cart, &form).await, 409);
    assert!(shown.contains("You can add up to 1."), "{shown}");
    assert_eq!(app.product(&vase).await["stock"], 1);
}

pub(crate) async fn only_available_lines_are_bought(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let lines = json!([
        { "product": one["_id"], "quantity": 1 },
        { "product": two["_id"], "quantity": 2 },
    ]);
    let made = app.post("/api/carts", &json!({ "products": lines })).await;
    let cart = id(&made.expect(201).payload()).to_owned();
    app.put(&path(&two), &json!({ "stock": 0 }))
        .await
        .expect(202);
    let mut form = form_of(app, &cart).await;
    form.push(("mode", "partial".to_owned()));
    let bought = buy(app, &cart, &form).await.expect(303);
    let shown = page(app.get(bought.header("location")).await, 200);
    assert!(shown.contains("V-1") && !shown.contains("V-2"), "{shown}");
    let left = app
        .get(&format!("/api/carts/{cart}"))
        .await
        .expect(200)
        .payload();
    assert_eq!(crate::carts::lines_of(&left), [("V-2", 2)]);
}

pub(crate) async fn an_unknown_order_is_a_helpful_page(app: &TestApp) {
    for order in ["x", UNKNOWN] {
        let request = app.request("GET", &format!("/orders/{order}"));
        let shown = page(Reply::to(request.header("Accept", "text/html")).await, 404);
        assert!(shown.contains("Order not found"), "{shown}");
    }
    let unknown = buy(
        app,
        UNKNOWN,
        &[("key", "k".into()), ("purchaser", BUYER.into())],
    )
    .await;
    page(unknown, 404);
}
