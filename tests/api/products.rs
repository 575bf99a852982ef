//! Creating, reading and deleting products.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::*;
use crate::reply::Reply;

pub(crate) async fn a_new_product_has_every_member(app: &TestApp) {
    let reply = app.post("/api/products", &vase("V-1")).await.expect(201);
    let product = reply.payload();
    assert_eq!(
        reply.header("location"),
        format!("/api/products/{}", id(&product))
    );
    assert_eq!(reply.header("etag"), "\"1\"");
    for (member, value) in [
        ("title", json!("Vase")),
        ("description", json!("")),
        ("code", json!("V-1")),
        ("price", json!(19.99)),
        ("status", json!(true)),
        ("stock", json!(10)),
        ("available", json!(10)),
        ("category", json!("general")),
        ("thumbnails", json!([])),
        ("version", json!(1)),
    ] {
        assert_eq!(product[member], value, "{member}");
    }
    assert_eq!(id(&product).len(), 24);
    assert!(
        id(&product)
            .bytes()
            .all(|b| b"0123456789abcdef".contains(&b))
    );
    assert_eq!(product["createdAt"], product["updatedAt"]);
    let created = product["createdAt"].as_str().expect("a moment");
    let rfc3339 = &time::format_description::well_known::Rfc3339;
    time::OffsetDateTime::parse(created, rfc3339).expect("RFC 3339");
    assert_eq!(product.as_object().expect("an object").len(), 13);
}

pub(crate) async fn a_product_reads_back_by_its_location(app: &TestApp) {
    let reply = app.post("/api/products", &vase("V-1")).await.expect(201);
    let read = app.get(reply.header("location")).await.expect(200);
    assert_eq!(read.payload(), reply.payload());
    assert_eq!(read.header("etag"), "\"1\"");
    assert_eq!(read.header("cache-control"), "no-store");
}

pub(crate) async fn a_conditional_read_returns_the_product(app: &TestApp) {
    let product = app.vase("V-1").await;
    let read = app.request("GET", &path(&product));
    let read = Reply::to(read.header("If-None-Match", "\"1\"")).await;
    assert_eq!(read.expect(200).payload(), product);
}

pub(crate) async fn empty_zero_and_false_values_are_kept(app: &TestApp) {
    let given =
        json!({ "price": 0, "stock": 0, "status": false, "description": "", "thumbnails": [] });
    let product = app.create_product(&vase_with("V-1", given.clone())).await;
    for (member, value) in given.as_object().expect("an object") {
        assert_eq!(product[member], *value, "{member}");
    }
}

pub(crate) async fn the_largest_values_are_accepted(app: &TestApp) {
    let largest = json!({
        "title": "ñ".repeat(200),
        "code": "ñ".repeat(100),
        "category": "ñ".repeat(100),
        "description": "ñ".repeat(10_000),
        "price": 10_000_000,
        "stock": 1_000_000,
    });
    let product = app.create_product(&largest).await;
    for (member, value) in largest.as_object().expect("an object") {
        assert_eq!(product[member], *value, "{member}");
    }
}

pub(crate) async fn prices_are_exact(app: &TestApp) {
    for (number, price) in ["0.01", "0.1", "19.99", "1234567.89", "4.35", "70"]
        .iter()
        .enumerate()
    {
        let body = format!(r#"{{"title":"Vase","code":"V-{number}","price":{price},"stock":1}}"#);
        let reply = app.post_as("application/json", "/api/products", body).await;
        let reply = reply.expect(201);
        assert!(
            reply.text().contains(&format!("\"price\":{price},")),
            "{}",
            reply.text()
        );
    }
}

pub(crate) async fn strings_of_any_kind_are_kept(app: &TestApp) {
    for (number, text) in [
        "<script>alert(1)</script>",
        "'; DROP TABLE products; --",
        "$where: function() { return true }",
        "{{title}} ${title} %s %00",
        "Ünï¢ödé 花瓶 🏺 \u{202e}",
        "a\\b/../c",
    ]
    .iter()
    .enumerate()
    {
        let code = format!("{number} {text}");
        let changes =
            json!({ "title": text, "category": text, "description": format!("{text}\n\t{text}") });
        let product = app.create_product(&vase_with(&code, changes.clone())).await;
        let product = app.product(&product).await;
        assert_eq!(product["code"], code);
        for (member, value) in changes.as_object().expect("an object") {
            assert_eq!(product[member], *value, "{member}");
        }
    }
}

pub(crate) async fn a_taken_code_is_a_conflict(app: &TestApp) {
    app.vase("V-1").await;
    let again = app.post("/api/products", &vase("V-1")).await;
    again.problem(409, "duplicate_code");
    app.vase("v-1").await;
    assert_eq!(app.all_products().await.len(), 2);
}

pub(crate) async fn an_unknown_or_malformed_id_is_not_found(app: &TestApp) {
    for id in MALFORMED.iter().chain([&UNKNOWN]) {
        let path = format!("/api/products/{id}");
        app.get(&path).await.problem(404, "not_found");
        let change = json!({ "stock": 1 });
        app.put(&path, &change).await.problem(404, "not_found");
        app.delete(&path).await.problem(404, "not_found");
        let picture = app
            .upload(id, &[("img", "a.png", &png(2, 2))])
            .await
            .expect(404);
        picture.problem(404, "not_found");
        let path = format!("{path}/thumbnails/a.png");
        app.delete(&path).await.problem(404, "not_found");
    }
}

pub(crate) async fn a_deleted_product_is_gone(app: &TestApp) {
    let product = app.vase("V-1").await;
    app.delete(&path(&product)).await.done();
    app.get(&path(&product)).await.problem(404, "not_found");
    app.delete(&path(&product)).await.problem(404, "not_found");
    // Its code is free again.
    let next = app.vase("V-1").await;
    assert_ne!(next["_id"], product["_id"]);
}

pub(crate) async fn server_owned_members_are_ignored(app: &TestApp) {
    let server_owned = json!({
        "_id": UNKNOWN, "id": UNKNOWN, "version": 7, "createdAt": "x", "updatedAt": null,
        "available": 99, "__v": 3,
    });
    let product = app
        .create_product(&vase_with("V-1", server_owned.clone()))
        .await;
    assert_ne!(product["_id"], UNKNOWN);
    assert_eq!(
        (&product["version"], &product["available"]),
        (&json!(1), &json!(10))
    );
    // A client may send back what it read.
    let mut read = app.product(&product).await;
    read["title"] = json!("Jug");
    read["__v"] = json!(0);
    let changed = app.put(&path(&product), &read).await.expect(202).payload();
    assert_eq!(changed["_id"], product["_id"]);
    assert_eq!(changed["version"], 2);
    assert_eq!(changed["title"], "Jug");
}

pub(crate) async fn parallel_posts_of_one_code_make_one_product(app: &TestApp) {
    let posts = (0..8).map(|_| app.post("/api/products", &ONE));
    let replies = futures_util::future::join_all(posts).await;
    let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(app.all_products().await.len(), 1);
}

static ONE: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| vase("V-1"));
