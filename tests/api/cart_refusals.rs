//! Changes that a cart refuses; the cart stays unchanged.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::carts::lines_of;
use crate::fixtures::*;

/// A vase, and a cart with three of it.
async fn cart_of_three(app: &TestApp) -> (Value, String) {
    let product = app.vase("V-1").await;
    let cart = app.cart().await;
    let line = format!("{cart}/product/{}", id(&product));
    app.post(&line, &json!({ "quantity": 3 })).await.expect(202);
    (product, cart)
}

async fn assert_unchanged(app: &TestApp, cart: &str, before: &Value) {
    assert_eq!(app.get(cart).await.expect(200).payload(), *before);
}

pub(crate) async fn exceeding_the_stock_names_the_available_units(app: &TestApp) {
    let (product, cart) = cart_of_three(app).await;
    let before = app.get(&cart).await.expect(200).payload();
    let line = format!("{cart}/products/{}", id(&product));
    let lines = json!({ "products": [{ "product": product["_id"], "quantity": 11 }] });
    for reply in [
        app.post(&line, &json!({ "quantity": 8 })).await,
        app.put(&line, &json!({ "quantity": 11 })).await,
        app.put(&line, &json!({ "quantity": 1_000_000 })).await,
        app.put(&cart, &lines).await,
        app.post("/api/carts", &lines).await,
    ] {
        let problem = reply.problem(409, "insufficient_stock");
        assert_eq!(problem["available"], 10, "{problem}");
    }
    assert_unchanged(app, &cart, &before).await;
    app.post(&line, &json!({ "quantity": 7 })).await.expect(202);
}

pub(crate) async fn a_sold_out_product_is_refused(app: &TestApp) {
    let (product, cart) = cart_of_three(app).await;
    let change = json!({ "stock": 0 });
    app.put(&path(&product), &change).await.expect(202);
    let line = format!("{cart}/products/{}", id(&product));
    let problem = app
        .post(&line, &json!({}))
        .await
        .problem(409, "insufficient_stock");
    assert_eq!(problem["available"], 0);
    let problem = app.put(&line, &json!({ "quantity": 1 })).await;
    problem.problem(409, "insufficient_stock");
    let read = app.get(&cart).await.expect(200).payload();
    assert_eq!(lines_of(&read), [("V-1", 3)]);
    app.delete(&line).await.expect(200);
}

pub(crate) async fn a_product_not_for_sale_is_refused(app: &TestApp) {
    let (product, cart) = cart_of_three(app).await;
    let change = json!({ "status": false });
    app.put(&path(&product), &change).await.expect(202);
    let before = app.get(&cart).await.expect(200).payload();
    let line = format!("{cart}/products/{}", id(&product));
    let lines = json!({ "products": [{ "product": product["_id"], "quantity": 1 }] });
    for reply in [
        app.post(&line, &json!({})).await,
        app.put(&line, &json!({ "quantity": 1 })).await,
        app.put(&cart, &lines).await,
        app.post("/api/carts", &lines).await,
    ] {
        reply.problem(409, "not_for_sale");
    }
    assert_unchanged(app, &cart, &before).await;
}

pub(crate) async fn bad_quantities_are_named(app: &TestApp) {
    let (product, cart) = cart_of_three(app).await;
    let before = app.get(&cart).await.expect(200).payload();
    let line = format!("{cart}/products/{}", id(&product));
    for bad in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!("2"),
        json!(null),
        json!([1]),
        json!({ "$gt": 0 }),
        json!(1_000_001),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e300),
        json!(true),
    ] {
        let body = json!({ "quantity": bad });
        app.post(&line, &body)
            .await
            .problem_of(400, "validation", &["quantity"]);
        app.put(&line, &body)
            .await
            .problem_of(400, "validation", &["quantity"]);
        let body = json!({ "qty": bad });
        app.post(&line, &body)
            .await
            .problem_of(400, "validation", &["qty"]);
        let body = json!({ "products": [{ "product": product["_id"], "quantity": bad }] });
        let field = "products[0].quantity";
        app.put(&cart, &body)
            .await
            .problem_of(400, "validation", &[field]);
        app.post("/api/carts", &body)
            .await
            .problem_of(400, "validation", &[field]);
    }
    app.put(&line, &json!({}))
        .await
        .problem_of(400, "validation", &["quantity"]);
    assert_unchanged(app, &cart, &before).await;
}

pub(crate) async fn bad_lines_are_named(app: &TestApp) {
    let (product, cart) = cart_of_three(app).await;
    let before = app.get(&cart).await.expect(200).payload();
    for (products, fields) in [
        (json!(null), vec!["products"]),
        (json!({}), vec!["products"]),
        (json!("x"), vec!["products"]),
        (json!([1]), vec!["products"]),
        (json!([[]]), vec!["products"]),
        (
            json!([{}]),
            vec!["products[0].product", "products[0].quantity"],
        ),
        (
            json!([{ "product": product["_id"], "quantity": 1 }, { "product": 7, "quantity": 0 }]),
            vec!["products[1].product", "products[1].quantity"],
        ),
        (
            json!([
                { "product": product["_id"], "quantity": 1_000_000 },
                { "product": product["_id"], "quantity": 1 },
            ]),
            vec!["products[1].quantity"],
        ),
    ] {
        let body = json!({ "products": products });
        app.put(&cart, &body)
            .await
            .problem_of(400, "validation", &fields);
        app.post("/api/carts", &body)
            .await
            .problem_of(400, "validation", &fields);
    }
    app.put(&cart, &json!({}))
        .await
        .problem_of(400, "validation", &["products"]);
    assert_unchanged(app, &cart, &before).await;
}

pub(crate) async fn unknown_members_are_named(app: &TestApp) {
    let (product, cart) = cart_of_three(app).await;
    let before = app.get(&cart).await.expect(200).payload();
    let line = format!("{cart}/products/{}", id(&product));
    for body in [json!({ "price": 1 }), json!({ "quantity": 1, "price": 1 })] {
        app.post(&line, &body)
            .await
            .problem_of(400, "unknown_field", &["price"]);
        app.put(&line, &body)
            .await
            .problem_of(400, "unknown_field", &["price"]);
        app.put(&cart, &body).await.problem(400, "unknown_field");
        app.post("/api/carts", &body)
            .await
            .problem(400, "unknown_field");
    }
    let lines = json!({ "products": [{ "product": product["_id"], "quantity": 1, "price": 0 }] });
    let field = "products[0].price";
    app.put(&cart, &lines)
        .await
        .problem_of(400, "unknown_field", &[field]);
    assert_unchanged(app, &cart, &before).await;
}

pub(crate) async fn unknown_carts_and_products_are_not_found(app: &TestApp) {
    let (product, cart) = cart_of_three(app).await;
    let before = app.get(&cart).await.expect(200).payload();
    let quantity = json!({ "quantity": 1 });
    for unknown in MALFORMED.iter().chain([&UNKNOWN]) {
        let line = format!("{cart}/products/{unknown}");
        app.post(&line, &quantity).await.problem(404, "not_found");
        app.put(&line, &quantity).await.problem(404, "not_found");
        app.delete(&line).await.problem(404, "not_found");

        let other = format!("/api/carts/{unknown}");
        app.get(&other).await.problem(404, "not_found");
        app.delete(&other).await.problem(404, "not_found");
        let none = json!({ "products": [] });
        app.put(&other, &none).await.problem(404, "not_found");
        let line = format!("{other}/products/{}", id(&product));
        app.post(&line, &quantity).await.problem(404, "not_found");
        app.put(&line, &quantity).await.problem(404, "not_found");
        app.delete(&line).await.problem(404, "not_found");

        let lines = json!({ "products": [
            { "product": product["_id"], "quantity": 1 },
            { "product": unknown, "quantity": 1 },
        ] });
        app.put(&cart, &lines).await.problem(404, "not_found");
        app.post("/api/carts", &lines)
            .await
            .problem(404, "not_found");
    }
    assert_unchanged(app, &cart, &before).await;
}

pub(crate) async fn a_cart_has_a_hundred_lines_at_most(app: &TestApp) {
    let ids = app.vases(101).await;
    let lines = |count: usize| {
        let lines = ids[..count].iter();
        let lines = lines.map(|id| json!({ "product": id, "quantity": 1 }));
        json!({ "products": lines.collect::<Vec<_>>() })
    };
    let reply = app.post("/api/carts", &lines(101)).await;
    reply.problem_of(400, "validation", &["products"]);
    let cart = app
        .post("/api/carts", &lines(100))
        .await
        .expect(201)
        .payload();
    let cart = format!("/api/carts/{}", id(&cart));
    let more = format!("{cart}/product/{}", ids[100]);
    app.post(&more, &json!({}))
        .await
        .problem_of(400, "validation", &["products"]);
    app.put(&more, &json!({ "quantity": 1 }))
        .await
        .problem_of(400, "validation", &["products"]);
    // Adding to an existing line makes no new line.
    let existing = format!("{cart}/product/{}", ids[0]);
    app.post(&existing, &json!({})).await.expect(202);
}
