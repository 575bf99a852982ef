//! Buying carts.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::carts::lines_of;
use crate::fixtures::*;
use crate::reply::Reply;

/// The body of a purchase.
pub(crate) fn ana() -> Value {
    json!({ "purchaser": "ana@example.com" })
}

impl TestApp {
    /// The path of a new cart with these quantities of products.
    pub(crate) async fn cart_of(&self, products: &[(&Value, i64)]) -> String {
        let line = |(product, quantity): &(&Value, i64)| json!({ "product": product["_id"], "quantity": quantity });
        let lines: Vec<_> = products.iter().map(line).collect();
        let made = self.post("/api/carts", &json!({ "products": lines })).await;
        format!("/api/carts/{}", id(&made.expect(201).payload()))
    }

    /// Buys a cart.
    pub(crate) async fn buy(&self, cart: &str) -> Reply {
        self.post(&format!("{cart}/purchase"), &ana()).await
    }

    /// Changes a product's stock.
    pub(crate) async fn restock(&self, product: &Value, stock: i64) {
        let change = json!({ "stock": stock });
        self.put(&path(product), &change).await.expect(202);
    }

    /// The stock of a product.
    pub(crate) async fn stock(&self, product: &Value) -> i64 {
        self.product(product).await["stock"]
            .as_i64()
            .expect("a number")
    }
}

pub(crate) async fn a_purchase_returns_the_order(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart_of(&[(&product, 3)]).await;
    let reply = app.buy(&cart).await.expect(201);
    let location = reply.header("location").to_owned();
    let mut order = reply.payload();
    assert_eq!(location, format!("/api/orders/{}", id(&order)));
    assert_eq!(app.get(&location).await.expect(200).payload(), order);

    assert_eq!(id(&order).len(), 24);
    let code = order["code"].take();
    assert_eq!(code.as_str().expect("a code").len(), 9);
    let rfc3339 = &time::format_description::well_known::Rfc3339;
    let moment = order["purchase_datetime"].take();
    let moment = moment.as_str().expect("a moment");
    time::OffsetDateTime::parse(moment, rfc3339).expect("RFC 3339");
    order["_id"].take();
    let line = json!({
        "product": product["_id"], "code": "V-1", "title": "Vase", "price": 19.99, "quantity": 3,
    });
    let expected = json!({
        "_id": null, "code": null, "purchase_datetime": null, "amount": 59.97,
        "purchaser": "ana@example.com", "cart": cart.trim_start_matches("/api/carts/"),
        "products": [line],
    });
    assert_eq!(order, expected);
    let after = app.product(&product).await;
    assert_eq!((&after["stock"], &after["version"]), (&json!(7), &json!(2)));
    assert_eq!(lines_of(&app.get(&cart).await.expect(200).payload()), []);
}

pub(crate) async fn a_form_can_buy(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart_of(&[(&product, 1)]).await;
    let fields = [("purchaser", " ana@example.com "), ("total", "19.99")];
    let reply = app.post_form(&format!("{cart}/purchase"), &fields).await;
    assert_eq!(reply.expect(201).payload()["purchaser"], "ana@example.com");
}

pub(crate) async fn an_order_is_not_changed_by_product_edits(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let cart = app.cart_of(&[(&one, 1), (&two, 1)]).await;
    let reply = app.buy(&cart).await.expect(201);
    let order = reply.payload();
    let change = json!({ "price": 1, "title": "Jug", "code": "J" });
    app.put(&path(&one), &change).await.expect(202);
    app.delete(&path(&two)).await.done();
    let read = app.get(reply.header("location")).await.expect(200);
    assert_eq!(read.header("cache-control"), "no-store");
    assert_eq!(read.payload(), order);
}

pub(crate) async fn a_cart_is_bought_once(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart_of(&[(&product, 1)]).await;
    app.buy(&cart).await.expect(201);
    app.buy(&cart).await.problem(400, "empty_cart");
    assert_eq!(app.stock(&product).await, 9);
}

pub(crate) async fn every_short_line_is_named(app: &TestApp) {
    let vases = [
        app.vase("V-1").await,
        app.vase("V-2").await,
        app.vase("V-3").await,
    ];
    let cart = app
        .cart_of(&[(&vases[0], 4), (&vases[1], 5), (&vases[2], 6)])
        .await;
    app.restock(&vases[0], 3).await;
    app.restock(&vases[2], 0).await;
    let problem = app.buy(&cart).await.problem(409, "insufficient_stock");
    let short = json!([
        { "product": vases[0]["_id"], "quantity": 4, "available": 3 },
        { "product": vases[2]["_id"], "quantity": 6, "available": 0 },
    ]);
    assert_eq!(problem["lines"], short);
    assert_eq!(app.stock(&vases[1]).await, 10);
    app.restock(&vases[2], 6).await;
    let problem = app.buy(&cart).await.problem(409, "insufficient_stock");
    assert_eq!(
        (
            &problem["available"],
            problem["lines"].as_array().map(Vec::len)
        ),
        (&json!(3), Some(1))
    );
    assert_eq!(
        app.get("/api/orders").await.expect(200).json()["totalDocs"],
        0
    );
}

pub(crate) async fn a_partial_purchase_leaves_the_rest(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let cart = app.cart_of(&[(&one, 2), (&two, 5)]).await;
    app.restock(&two, 4).await;
    let partial = format!("{cart}/purchase?mode=partial");
    let payload = app.post(&partial, &ana()).await.expect(206).payload();
    assert_eq!(payload["order"]["products"][0]["code"], "V-1");
    assert_eq!(payload["order"]["amount"], 39.98);
    let left = json!([{ "product": two["_id"], "quantity": 5, "available": 4 }]);
    assert_eq!(payload["left"], left);
    let read = app.get(&cart).await.expect(200).payload();
    assert_eq!(lines_of(&read), [("V-2", 5)]);
    // First nothing of the rest is available, then all of it.
    app.post(&partial, &ana())
        .await
        .problem(409, "insufficient_stock");
    app.restock(&two, 5).await;
    let order = app.post(&partial, &ana()).await.expect(201).payload();
    assert_eq!(order["products"][0]["quantity"], 5);
}

pub(crate) async fn a_changed_total_is_refused(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart_of(&[(&product, 2)]).await;
    let purchase = format!("{cart}/purchase");
    let at = |total: f64| json!({ "purchaser": "ana@example.com", "total": total });
    app.post(&purchase, &at(39.97))
        .await
        .problem(409, "price_changed");
    app.put(&path(&product), &json!({ "price": 10 }))
        .await
        .expect(202);
    app.post(&purchase, &at(39.98))
        .await
        .problem(409, "price_changed");
    let total = &app.get(&cart).await.expect(200).payload()["total"];
    let body = json!({ "purchaser": "ana@example.com", "total": total });
    app.post(&purchase, &body).await.expect(201);
    assert_eq!(app.stock(&product).await, 8);
}

pub(crate) async fn a_product_not_for_sale_is_not_bought(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart_of(&[(&product, 2)]).await;
    app.put(&path(&product), &json!({ "status": false }))
        .await
        .expect(202);
    app.buy(&cart).await.problem(409, "not_for_sale");
    let partial = format!("{cart}/purchase?mode=partial");
    app.post(&partial, &ana())
        .await
        .problem(409, "not_for_sale");
    assert_eq!(app.stock(&product).await, 10);
}

pub(crate) async fn a_deleted_product_gives_a_warning(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let cart = app.cart_of(&[(&one, 1), (&two, 1)]).await;
    app.delete(&path(&one)).await.done();
    let answer = app.buy(&cart).await.expect(201).json();
    assert_eq!(answer["warnings"][0]["product"], one["_id"]);
    assert_eq!(
        answer["payload"]["products"].as_array().map(Vec::len),
        Some(1)
    );
    let cart = app.cart_of(&[(&two, 1)]).await;
    app.delete(&path(&two)).await.done();
    app.buy(&cart).await.problem(400, "empty_cart");
}

pub(crate) async fn bad_purchases_are_named(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart_of(&[(&product, 1)]).await;
    let purchase = format!("{cart}/purchase");
    for (body, fields) in [
        (json!({}), &["purchaser"][..]),
        (json!({ "purchaser": null }), &["purchaser"]),
        (
            json!({ "purchaser": 5, "total": "19.99" }),
            &["purchaser", "total"],
        ),
        (
            json!({ "purchaser": "ana", "total": -1 }),
            &["purchaser", "total"],
        ),
        (
            json!({ "purchaser": "ana@example.com", "total": 19.999 }),
            &["total"],
        ),
        (
            json!({ "purchaser": "ana@example.com", "total": 1e30 }),
            &["total"],
        ),
    ] {
        let reply = app.post(&purchase, &body).await;
        reply.problem_of(400, "validation", fields);
    }
    let reply = app
        .post(&purchase, &json!({ "purcharser": "ana@example.com" }))
        .await;
    reply.problem_of(400, "unknown_field", &["purcharser"]);
    let reply = app.post(&format!("{purchase}?mode=half"), &ana()).await;
    reply.problem_of(400, "invalid_query", &["mode"]);
    for cart in MALFORMED.iter().chain(&[UNKNOWN]) {
        app.buy(&format!("/api/carts/{cart}"))
            .await
            .problem(404, "not_found");
    }
    assert_eq!(app.stock(&product).await, 10);
    let read = app.get(&cart).await.expect(200).payload();
    assert_eq!(lines_of(&read), [("V-1", 1)]);
}

/// Buys a cart under a key, and retries while the store is overloaded.
async fn buy_with_retries(app: &TestApp, cart: &str) -> Reply {
    loop {
        let request = app.request("POST", &format!("{cart}/purchase"));
        let request = request.header("Idempotency-Key", "k").json(&ana());
        let reply = Reply::to(request).await;
        if reply.status != 503 {
            return reply;
        }
    }
}

pub(crate) async fn parallel_buyers_get_exactly_the_stock(app: &TestApp) {
    let vase = crate::fixtures::vase_with("V-1", json!({ "stock": 50 }));
    let product = app.create_product(&vase).await;
    let line = [(&product, 1)];
    let mut carts = Vec::new();
    for _ in 0..10 {
        let some = (0..20).map(|_| app.cart_of(&line));
        carts.extend(futures_util::future::join_all(some).await);
    }
    let purchases = carts.iter().map(|cart| buy_with_retries(app, cart));
    let mut sold = 0;
    for reply in futures_util::future::join_all(purchases).await {
        if reply.status == 201 {
            sold += 1;
        } else {
            let problem = reply.problem(409, "insufficient_stock");
            assert_eq!(problem["available"], 0);
        }
    }
    assert_eq!((sold, app.stock(&product).await), (50, 0));
    let orders = app.get("/api/orders").await.expect(200).json();
    assert_eq!(orders["totalDocs"], 50);
    crate::figure::figure(
        "L6",
        "200 buyers at once of 50: 50 orders, 150 refused, stock 0",
    );
}
