//! Validation of product members: every bad one is named.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::*;

async fn assert_empty(app: &TestApp) {
    assert_eq!(app.all_products().await, [] as [Value; 0]);
}

pub(crate) async fn missing_members_are_named(app: &TestApp) {
    for body in [json!({}), json!({ "description": "x", "status": true })] {
        let reply = app.post("/api/products", &body).await;
        reply.problem_of(400, "validation", &["title", "code", "price", "stock"]);
    }
    for member in ["title", "code", "price", "stock"] {
        let body = vase_with("V-1", json!({ member: null }));
        let reply = app.post("/api/products", &body).await;
        reply.problem_of(400, "validation", &[member]);
    }
    assert_empty(app).await;
}

pub(crate) async fn every_bad_member_is_named_at_once(app: &TestApp) {
    let bad = json!({
        "title": "", "description": 1, "code": " ", "price": -1, "status": "yes",
        "stock": 1.5, "category": [], "thumbnails": "a.png",
    });
    let every = [
        "title",
        "description",
        "code",
        "price",
        "status",
        "stock",
        "category",
        "thumbnails",
    ];
    let reply = app.post("/api/products", &bad).await;
    reply.problem_of(400, "validation", &every);

    let product = app.vase("V-1").await;
    let reply = app.put(&path(&product), &bad).await;
    reply.problem_of(400, "validation", &every);
    assert_eq!(app.product(&product).await, product);
}

pub(crate) async fn values_out_of_bounds_are_refused(app: &TestApp) {
    let product = app.vase("V-1").await;
    for (member, bad) in [
        ("title", json!("")),
        ("title", json!(" \t ")),
        ("title", json!("ñ".repeat(201))),
        ("title", json!("two\nlines")),
        ("title", json!("nul\u{0}")),
        ("code", json!("")),
        ("code", json!("c".repeat(101))),
        ("code", json!("c\u{7f}")),
        ("category", json!("")),
        ("category", json!("c".repeat(101))),
        ("description", json!("d".repeat(10_001))),
        ("description", json!("nul\u{0}")),
        ("price", json!(-0.01)),
        ("price", json!(0.001)),
        ("price", json!(19.999)),
        ("price", json!(10_000_000.01)),
        ("price", json!(1e300)),
        ("stock", json!(-1)),
        ("stock", json!(1_000_001)),
        ("stock", json!(0.5)),
        ("stock", json!(9_223_372_036_854_775_808_u64)),
        ("stock", json!(1e300)),
        ("thumbnails", json!(vec!["a.png"; 21])),
    ] {
        let reply = app
            .post("/api/products", &vase_with("V-2", json!({ member: bad })))
            .await;
        reply.problem_of(400, "validation", &[member]);
        let reply = app.put(&path(&product), &json!({ member: bad })).await;
        reply.problem_of(400, "validation", &[member]);
    }
    assert_eq!(app.all_products().await, [product]);
}

pub(crate) async fn values_of_another_type_are_refused(app: &TestApp) {
    let product = app.vase("V-1").await;
    for (members, bad) in [
        ("title", json!(1)),
        ("title", json!(["Vase"])),
        ("code", json!({ "$gt": "" })),
        ("description", json!(false)),
        ("price", json!("19.99")),
        ("price", json!("NaN")),
        ("price", json!(true)),
        ("price", json!({ "$numberDecimal": "1" })),
        ("status", json!(1)),
        ("status", json!("true")),
        ("stock", json!("10")),
        ("stock", json!([10])),
        ("category", json!({ "$ne": null })),
        ("thumbnails", json!({})),
        ("thumbnails", json!([1])),
        ("thumbnails", json!([["a.png"]])),
    ] {
        let mut body = vase("V-2");
        body[members] = bad;
        let reply = app.post("/api/products", &body).await;
        reply.problem_of(400, "validation", &[members]);
        let reply = app
            .put(&path(&product), &json!({ members: body[members] }))
            .await;
        reply.problem_of(400, "validation", &[members]);
    }
    assert_eq!(app.all_products().await, [product]);
}

pub(crate) async fn null_is_refused(app: &TestApp) {
    let product = app.vase("V-1").await;
    for member in [
        "title",
        "description",
        "code",
        "price",
        "status",
        "stock",
        "category",
        "thumbnails",
    ] {
        let mut body = vase("V-2");
        body[member] = Value::Null;
        let reply = app.post("/api/products", &body).await;
        reply.problem_of(400, "validation", &[member]);
        let reply = app.put(&path(&product), &json!({ member: null })).await;
        reply.problem_of(400, "validation", &[member]);
    }
    assert_eq!(app.all_products().await, [product]);
}

pub(crate) async fn unknown_members_are_named(app: &TestApp) {
    let product = app.vase("V-1").await;
    for unknown in [
        "titel",
        "Title",
        "$set",
        "$where",
        "stock.$gt",
        "__proto__",
        "constructor",
        "held",
        "role",
        "",
    ] {
        let body = vase_with("V-2", json!({ unknown: 1 }));
        let reply = app.post("/api/products", &body).await;
        reply.problem_of(400, "unknown_field", &[unknown]);
        let reply = app.put(&path(&product), &json!({ unknown: 1 })).await;
        reply.problem_of(400, "unknown_field", &[unknown]);
    }
    let body = vase_with("V-2", json!({ "one": 1, "two": {}, "_id": UNKNOWN }));
    let reply = app.post("/api/products", &body).await;
    reply.problem_of(400, "unknown_field", &["one", "two"]);
    assert_eq!(app.all_products().await, [product]);
}

pub(crate) async fn a_thumbnail_must_be_an_uploaded_image(app: &TestApp) {
    let (product, name) = app.vase_with_image("V-1").await;
    for bad in [
        "missing.png",
        "../shop.db",
        "/etc/passwd",
        "https://example.com/a.png",
        ".lock",
        "",
        "a\u{0}.png",
    ] {
        let body = vase_with("V-2", json!({ "thumbnails": [name, bad] }));
        let reply = app.post("/api/products", &body).await;
        reply.problem_of(400, "validation", &["thumbnails[1]"]);
        let reply = app
            .put(&path(&product), &json!({ "thumbnails": [bad] }))
            .await;
        reply.problem_of(400, "validation", &["thumbnails[0]"]);
    }
    assert_eq!(app.product(&product).await, product);
    let shared = vase_with("V-2", json!({ "thumbnails": [name] }));
    assert_eq!(thumbnails(&app.create_product(&shared).await), [name]);
}
