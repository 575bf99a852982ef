//! The header `Idempotency-Key`.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::carts::lines_of;
use crate::fixtures::*;
use crate::purchases::ana;
use crate::reply::Reply;

const KEY: &str = "Idempotency-Key";
const REPLAYED: &str = "idempotent-replayed";

async fn send(app: &TestApp, method: &str, path: &str, key: &str, body: &Value) -> Reply {
    Reply::to(app.request(method, path).header(KEY, key).json(body)).await
}

async fn post(app: &TestApp, path: &str, key: &str, body: &Value) -> Reply {
    send(app, "POST", path, key, body).await
}

/// Asserts that a response is the saved first one, byte for byte.
fn assert_replayed(again: &Reply, first: &Reply) {
    assert_eq!(again.header(REPLAYED), "true");
    assert_eq!(first.header(REPLAYED), "");
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    for header in ["content-type", "location", "etag", "x-content-type-options"] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
}

pub(crate) async fn every_route_replays_its_first_response(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart().await;
    let line = format!("{cart}/products/{}", id(&product));
    let lines = json!({ "products": [{ "product": product["_id"], "quantity": 2 }] });
    let message = json!({ "user": "ana@example.com", "message": "hello" });
    for (method, path, body, status) in [
        ("POST", "/api/products", vase("V-2"), 201),
        ("POST", "/api/carts", lines.clone(), 201),
        ("POST", &line, json!({ "quantity": 3 }), 202),
        ("PUT", &line, json!({ "quantity": 4 }), 200),
        ("PUT", &cart, lines, 200),
        ("POST", &format!("{cart}/purchase"), ana(), 201),
        ("POST", "/api/messages", message, 201),
    ] {
        let first = send(app, method, path, "k", &body).await.expect(status);
        for _ in 0..2 {
            assert_replayed(&send(app, method, path, "k", &body).await, &first);
        }
    }
    assert_eq!(app.all_products().await.len(), 2);
    assert_eq!(app.stock(&product).await, 8);
    let read = app.get(&cart).await.expect(200).payload();
    assert_eq!((lines_of(&read), &read["version"]), (vec![], &json!(5)));
    let history = app.get("/api/messages").await.expect(200).json();
    assert_eq!(history["payload"].as_array().map(Vec::len), Some(1));
}

pub(crate) async fn another_body_or_query_is_a_mismatch(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart_of(&[(&product, 1)]).await;
    let purchase = format!("{cart}/purchase");
    let first = post(app, &purchase, "k", &ana()).await.expect(201);
    let bo = json!({ "purchaser": "bo@example.com" });
    let reply = post(app, &purchase, "k", &bo).await;
    reply.problem(422, "idempotency_mismatch");
    let reply = post(app, &format!("{purchase}?mode=partial"), "k", &ana()).await;
    reply.problem(422, "idempotency_mismatch");
    assert_replayed(&post(app, &purchase, "k", &ana()).await, &first);
}

pub(crate) async fn a_key_is_scoped_to_its_method_and_path(app: &TestApp) {
    let product = app.vase("V-1").await;
    let line = |cart: &str| format!("{cart}/products/{}", id(&product));
    let (one, two) = (app.cart().await, app.cart().await);
    let body = json!({ "quantity": 2 });
    for cart in [&one, &two] {
        post(app, &line(cart), "k", &body).await.expect(202);
    }
    let reply = send(app, "PUT", &line(&one), "k", &body).await.expect(200);
    assert_eq!(reply.header(REPLAYED), "");
    for cart in [&one, &two] {
        let read = app.get(cart).await.expect(200).payload();
        assert_eq!(lines_of(&read), [("V-1", 2)]);
    }
    // Another spelling of the path is the same path.
    let again = post(app, &line(&one).replace("carts", "Carts"), "k", &body).await;
    assert_eq!(again.expect(202).header(REPLAYED), "true");
}

pub(crate) async fn final_refusals_are_replayed(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart_of(&[(&product, 5)]).await;
    app.restock(&product, 4).await;
    let purchase = format!("{cart}/purchase");
    let unknown = format!("/api/carts/{UNKNOWN}/purchase");
    let malformed = "/api/carts/1/purchase";
    let with_image = vase_with("V-2", json!({ "thumbnails": ["no.png"] }));
    let cases = [
        (&purchase[..], ana(), 409, "insufficient_stock"),
        (
            &format!("{purchase}?mode=partial"),
            json!({}),
            400,
            "validation",
        ),
        (&unknown, ana(), 404, "not_found"),
        (malformed, ana(), 404, "not_found"),
        ("/api/products", vase("V-1"), 409, "duplicate_code"),
        (
            "/api/carts",
            json!({ "colour": "red" }),
            400,
            "unknown_field",
        ),
    ];
    let mut firsts = Vec::new();
    for (path, body, status, code) in &cases {
        let key = format!("k {code} {status}");
        let first = post(app, path, &key, body).await;
        let again = post(app, path, &key, body).await;
        assert_replayed(&again, &first);
        again.problem(*status, code);
        firsts.push((key, first));
    }
    let first = post(app, "/api/products", "picture", &with_image).await;
    assert_replayed(
        &post(app, "/api/products", "picture", &with_image).await,
        &first,
    );
    first.problem_of(400, "validation", &["thumbnails[0]"]);

    // The purchase would succeed now, but this key keeps its response; a new key buys.
    app.restock(&product, 10).await;
    let (key, first) = &firsts[0];
    assert_replayed(&post(app, &purchase, key, &ana()).await, first);
    post(app, &purchase, "another", &ana()).await.expect(201);
}

pub(crate) async fn a_refused_body_is_replayed(app: &TestApp) {
    let send = async || {
        let request = app.request("POST", "/api/products").header(KEY, "k");
        Reply::to(request.header("content-type", "application/json").body("{")).await
    };
    let first = send().await;
    assert_replayed(&send().await, &first);
    first.problem(400, "bad_json");
}

pub(crate) async fn errors_before_the_handler_are_not_saved(app: &TestApp) {
    let large = json!({ "description": "d".repeat(70_000) });
    let reply = post(app, "/api/products", "k", &large).await;
    reply.problem(413, "too_large");
    let request = app.request("POST", "/api/products").header(KEY, "k");
    let reply = Reply::to(request.header("content-type", "text/plain").body("x")).await;
    reply.problem(415, "unsupported_media_type");
    let reply = post(app, "/api/products", "k", &vase("V-1"))
        .await
        .expect(201);
    assert_eq!(reply.header(REPLAYED), "");
}

pub(crate) async fn keys_out_of_bounds_are_refused(app: &TestApp) {
    for key in ["", &"k".repeat(256), "ñ"] {
        let reply = post(app, "/api/products", key, &vase("V-1")).await;
        reply.problem(400, "invalid_idempotency_key");
    }
    let twice = app
        .request("POST", "/api/products")
        .header(KEY, "a")
        .header(KEY, "b");
    let reply = Reply::to(twice.json(&vase("V-1"))).await;
    reply.problem(400, "invalid_idempotency_key");
    assert_eq!(app.all_products().await, [] as [Value; 0]);
    let longest = "k".repeat(255);
    post(app, "/api/products", &longest, &vase("V-1"))
        .await
        .expect(201);
}

pub(crate) async fn parallel_requests_with_a_key_buy_once(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart_of(&[(&product, 2)]).await;
    let purchase = format!("{cart}/purchase");
    let body = ana();
    let sent = (0..8).map(|_| post(app, &purchase, "k", &body));
    let replies = futures_util::future::join_all(sent).await;
    let firsts = replies
        .iter()
        .filter(|reply| reply.header(REPLAYED).is_empty());
    assert_eq!(firsts.count(), 1);
    for reply in replies {
        assert_eq!(reply.status, 201, "{}", reply.text());
        assert_eq!(id(&reply.payload()).len(), 24);
    }
    assert_eq!(app.stock(&product).await, 8);
    assert_eq!(
        app.get("/api/orders").await.expect(200).json()["totalDocs"],
        1
    );
}
