//! Carts are created, filled, changed and emptied.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::*;

impl TestApp {
    /// The path of a new, empty cart.
    pub(crate) async fn cart(&self) -> String {
        let made = self.post("/api/carts", &json!({})).await.expect(201);
        format!("/api/carts/{}", id(&made.payload()))
    }
}

/// The lines of a cart: codes and quantities, in order.
pub(crate) fn lines_of(cart: &Value) -> Vec<(&str, i64)> {
    let lines = cart["products"].as_array().expect("lines").iter();
    lines
        .map(|line| {
            let code = line["product"]["code"].as_str().expect("a code");
            (code, line["quantity"].as_i64().expect("a number"))
        })
        .collect()
}

pub(crate) async fn a_new_cart_is_empty(app: &TestApp) {
    let bodies = [json!({}), json!({ "products": [] })];
    for body in &bodies {
        let mut cart = app.post("/api/carts", body).await.expect(201).payload();
        let read = app.get(&format!("/api/carts/{}", id(&cart))).await;
        assert_eq!(read.expect(200).payload(), cart);
        assert_eq!(id(&cart).len(), 24);
        cart["_id"].take();
        assert!(cart["version"].take().is_i64());
        let empty =
            json!({ "_id": null, "products": [], "total": 0, "warnings": [], "version": null });
        assert_eq!(cart, empty);
    }
    crate::reply::Reply::to(app.request("POST", "/api/carts"))
        .await
        .expect(201);
}

pub(crate) async fn cart_ids_are_random(app: &TestApp) {
    let first = app.cart().await;
    let second = app.cart().await;
    // Sequential ids of the same second would share a prefix.
    assert_ne!(first[..first.len() - 16], second[..second.len() - 16]);
}

pub(crate) async fn a_cart_is_created_with_its_lines(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let body = json!({ "products": [
        { "product": two["_id"], "quantity": 2 },
        { "product": one["_id"], "quantity": 3 },
        { "product": two["_id"], "quantity": 1, "_id": UNKNOWN },
    ] });
    let cart = app.post("/api/carts", &body).await.expect(201).payload();
    assert_eq!(lines_of(&cart), [("V-2", 3), ("V-1", 3)]);
    assert_eq!(cart["total"], 119.94);
    assert_eq!(
        cart["products"][0],
        json!({
            "product": two, "quantity": 3, "available": 10, "subtotal": 59.97,
        })
    );
}

pub(crate) async fn an_add_increases_the_quantity(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let cart = app.cart().await;
    let (first, second) = (id(&one), id(&two));
    for (path, body, expected) in [
        (
            format!("{cart}/product/{first}"),
            json!({}),
            vec![("V-1", 1)],
        ),
        (
            format!("{cart}/products/{first}"),
            json!({ "quantity": 2 }),
            vec![("V-1", 3)],
        ),
        (
            format!("{cart}/product/{second}"),
            json!({ "qty": 4 }),
            vec![("V-1", 3), ("V-2", 4)],
        ),
        (
            format!("{cart}/product/{first}"),
            json!({ "quantity": 1.0 }),
            vec![("V-1", 4), ("V-2", 4)],
        ),
    ] {
        let reply = app.post(&path, &body).await.expect(202).payload();
        assert_eq!(lines_of(&reply), expected);
        assert_eq!(app.get(&cart).await.expect(200).payload(), reply);
    }
    let path = format!("{cart}/product/{first}");
    let form = app.post_form(&path, &[("quantity", "2")]).await.expect(202);
    assert_eq!(lines_of(&form.payload()), [("V-1", 6), ("V-2", 4)]);
}

pub(crate) async fn a_set_replaces_the_quantity(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart().await;
    for path in ["products", "product"] {
        for quantity in [5, 2, 10] {
            let line = format!("{cart}/{path}/{}", id(&product));
            let reply = app.put(&line, &json!({ "quantity": quantity })).await;
            let reply = reply.expect(200).payload();
            assert_eq!(lines_of(&reply), [("V-1", quantity)]);
        }
    }
}

pub(crate) async fn a_replacement_replaces_all_lines(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let cart = app.cart().await;
    for lines in [
        vec![(&one, 1)],
        vec![(&two, 2), (&one, 3)],
        vec![(&two, 1)],
        vec![],
    ] {
        let products: Vec<_> = lines
            .iter()
            .map(|(product, quantity)| json!({ "product": product["_id"], "quantity": quantity }))
            .collect();
        let reply = app.put(&cart, &json!({ "products": products })).await;
        let expected: Vec<_> = lines
            .iter()
            .map(|(product, quantity)| (product["code"].as_str().expect("a code"), *quantity))
            .collect();
        assert_eq!(lines_of(&reply.expect(200).payload()), expected);
    }
}

pub(crate) async fn lines_are_removed_and_carts_emptied(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let cart = app.cart().await;
    for product in [&one, &two] {
        let line = format!("{cart}/product/{}", id(product));
        app.post(&line, &json!({})).await.expect(202);
    }
    let line = format!("{cart}/products/{}", id(&one));
    let reply = app.delete(&line).await.expect(200).payload();
    assert_eq!(lines_of(&reply), [("V-2", 1)]);
    app.delete(&line).await.problem(404, "not_found");
    let reply = app.delete(&cart).await.expect(200).payload();
    assert_eq!(lines_of(&reply), []);
    // The cart still exists and can be emptied again.
    let reply = app.delete(&cart).await.expect(200).payload();
    assert_eq!(reply["total"], 0);
    app.get(&cart).await.expect(200);
}

pub(crate) async fn a_cart_shows_current_products(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart().await;
    let line = format!("{cart}/product/{}", id(&product));
    app.post(&line, &json!({ "quantity": 3 })).await.expect(202);
    let change = json!({ "price": 0.1, "stock": 2 });
    let product = app
        .put(&path(&product), &change)
        .await
        .expect(202)
        .payload();
    let read = app.get(&cart).await.expect(200).payload();
    assert_eq!(read["products"][0]["product"], product);
    assert_eq!(read["products"][0]["available"], 2);
    assert_eq!(read["products"][0]["quantity"], 3);
    assert_eq!(read["total"], 0.3);
}

pub(crate) async fn a_deleted_product_leaves_a_warning(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let cart = app.cart().await;
    for product in [&one, &two] {
        let line = format!("{cart}/product/{}", id(product));
        app.post(&line, &json!({})).await.expect(202);
    }
    app.delete(&path(&one)).await.done();
    for _ in 0..2 {
        let read = app.get(&cart).await.expect(200).payload();
        assert_eq!(lines_of(&read), [("V-2", 1)]);
        assert_eq!(read["total"], 19.99);
        let warnings = read["warnings"].as_array().expect("warnings");
        assert_eq!(warnings.len(), 1, "{read}");
        assert!(warnings[0].to_string().contains(id(&one)), "{read}");
    }
}

pub(crate) async fn the_version_counts_changes(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart().await;
    let line = format!("{cart}/products/{}", id(&product));
    let version = async || app.get(&cart).await.expect(200).payload()["version"].as_i64();
    let first = version().await.expect("a version");
    app.post(&line, &json!({})).await.expect(202);
    app.put(&line, &json!({ "quantity": 1 })).await.expect(200);
    app.put(&line, &json!({ "quantity": 99 }))
        .await
        .problem(409, "insufficient_stock");
    app.delete(&line).await.expect(200);
    assert_eq!(version().await, Some(first + 3));
}

pub(crate) async fn parallel_adds_all_count_up_to_the_stock(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart().await;
    let line = format!("{cart}/product/{}", id(&product));
    let one = json!({});
    let adds = (0..14).map(|_| app.post(&line, &one));
    let replies = futures_util::future::join_all(adds).await;
    let accepted = replies.iter().filter(|reply| reply.status == 202).count();
    let refused = replies.iter().filter(|reply| reply.status == 409).count();
    assert_eq!((accepted, refused), (10, 4));
    let read = app.get(&cart).await.expect(200).payload();
    assert_eq!(lines_of(&read), [("V-1", 10)]);
}
