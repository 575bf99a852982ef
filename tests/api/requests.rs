//! Forms of requests: bodies, content types, paths and methods.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::*;
use crate::reply::Reply;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) async fn a_body_that_is_not_a_json_object_is_refused(app: &TestApp) {
    for body in [
        "{",
        "{]",
        "nul",
        "[]",
        "[{}]",
        "1",
        "\"text\"",
        "null",
        "{'a':1}",
        "{\"a\":1}x",
        "\u{feff}{}",
        "{\"price\":NaN}",
        "{\"price\":1e400}",
        "{\"price\":01}",
        "{\"title\":\"\\ud800\"}",
    ] {
        let reply = app.post_as(JSON, "/api/products", body).await;
        reply.problem(400, "bad_json");
    }
    let deep = "[".repeat(20_000);
    let reply = app.post_as(JSON, "/api/products", deep).await;
    reply.problem(400, "bad_json");
    let reply = app
        .post_as(JSON, "/api/products", vec![b'"', 0xff, b'"'])
        .await;
    reply.problem(400, "bad_json");
    assert_eq!(app.all_products().await, [] as [Value; 0]);
}

pub(crate) async fn an_empty_body_has_no_members(app: &TestApp) {
    for kind in [JSON, FORM] {
        let reply = app.post_as(kind, "/api/products", "").await;
        reply.problem_of(400, "validation", &["title", "code", "price", "stock"]);
    }
    let reply = Reply::to(app.request("POST", "/api/products")).await;
    reply.problem_of(400, "validation", &["title", "code", "price", "stock"]);
}

pub(crate) async fn another_content_type_is_refused(app: &TestApp) {
    let body = vase("V-1").to_string();
    for kind in [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "text/json",
    ] {
        let reply = app.post_as(kind, "/api/products", body.clone()).await;
        reply.problem(415, "unsupported_media_type");
    }
    let without_type = app.request("POST", "/api/products").body(body.clone());
    Reply::to(without_type)
        .await
        .problem(415, "unsupported_media_type");
    let compressed = app
        .request("POST", "/api/products")
        .header("Content-Encoding", "gzip");
    let compressed = compressed.header("Content-Type", JSON).body(body);
    Reply::to(compressed)
        .await
        .problem(415, "unsupported_media_type");
    assert_eq!(app.all_products().await, [] as [Value; 0]);
}

pub(crate) async fn json_may_be_declared_in_several_ways(app: &TestApp) {
    for (number, kind) in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/merge-patch+json",
    ]
    .iter()
    .enumerate()
    {
        let body = vase(&format!("V-{number}")).to_string();
        app.post_as(kind, "/api/products", body).await.expect(201);
    }
}

pub(crate) async fn form_fields_are_parsed(app: &TestApp) {
    let fields = [
        ("title", "Jug & más"),
        ("code", "J-1"),
        ("price", " 19.90 "),
        ("stock", "7"),
        ("status", "off"),
        ("description", "a\nb"),
    ];
    let product = app
        .post_form("/api/products", &fields)
        .await
        .expect(201)
        .payload();
    assert_eq!(product["title"], "Jug & más");
    assert_eq!(product["price"], 19.9);
    assert_eq!(product["stock"], 7);
    assert_eq!(product["status"], false);
    assert_eq!(product["description"], "a\nb");
}

pub(crate) async fn a_bad_form_names_its_fields(app: &TestApp) {
    let fields = [
        ("title", ""),
        ("code", "J-1"),
        ("price", "NaN"),
        ("stock", "a dozen"),
        ("status", "maybe"),
    ];
    let reply = app.post_form("/api/products", &fields).await;
    reply.problem_of(400, "validation", &["title", "price", "stock", "status"]);
    let fields = [
        ("title", "a"),
        ("title", "b"),
        ("code", "J-1"),
        ("price", "inf"),
        ("stock", "1e3"),
    ];
    let reply = app.post_form("/api/products", &fields).await;
    reply.problem_of(400, "validation", &["title", "price", "stock"]);
    let reply = app
        .post_form("/api/products", &[("colour[$ne]", "red")])
        .await;
    reply.problem_of(400, "unknown_field", &["colour[$ne]"]);
}

pub(crate) async fn a_large_body_is_refused(app: &TestApp) {
    let body = |length: usize| {
        let frame = vase_with("V-1", json!({ "description": "" }))
            .to_string()
            .len();
        vase_with("V-1", json!({ "description": "d".repeat(length - frame) })).to_string()
    };
    let reply = app
        .post_as(JSON, "/api/products", body((64 << 10) + 1))
        .await;
    reply.problem(413, "too_large");
    // One byte less is accepted; then the description is too long.
    let reply = app.post_as(JSON, "/api/products", body(64 << 10)).await;
    reply.problem_of(400, "validation", &["description"]);
    let reply = app
        .post_as(FORM, "/api/products", "a".repeat(1 << 20))
        .await;
    reply.problem(413, "too_large");
    // In a form each byte of this string takes three.
    let long = "漢".repeat(10_000);
    let fields = [
        ("title", "Vase"),
        ("code", "V-2"),
        ("price", "1"),
        ("stock", "1"),
        ("description", &long),
    ];
    let reply = app.post_form("/api/products", &fields).await.expect(201);
    assert_eq!(reply.payload()["description"], long);
    // The next request works.
    app.vase("V-1").await;
}

pub(crate) async fn letter_case_and_trailing_slashes_do_not_matter(app: &TestApp) {
    let product = app.vase("V-1").await;
    let id = id(&product);
    for path in [
        "/API/Products".to_owned(),
        "/api/products/".to_owned(),
        "/api/PRODUCTS//?limit=1".to_owned(),
        format!("/api/products/{}", id.to_uppercase()),
        format!("/Api/Products/{id}/"),
        "/HealthZ".to_owned(),
        "/API/Messages/".to_owned(),
    ] {
        app.get(&path).await.expect(200);
    }
    let reply = app.post("/API/Carts/", &json!({})).await.expect(201);
    let cart = reply.payload()["_id"]
        .as_str()
        .expect("an id")
        .to_uppercase();
    let line = format!("/Api/Carts/{cart}/Product/{}/", id.to_uppercase());
    app.post(&line, &json!({})).await.expect(202);
    let change = json!({ "stock": 3 });
    app.put(&format!("/Api/products/{id}/"), &change)
        .await
        .expect(202);
    app.delete(&format!("/api/Products/{id}/")).await.done();
}

pub(crate) async fn a_head_is_a_get_without_its_body(app: &TestApp) {
    let product = app.vase("V-1").await;
    for path in [
        "/api/products".to_owned(),
        path(&product),
        "/".to_owned(),
        "/healthz".to_owned(),
    ] {
        let get = app.get(&path).await.expect(200);
        let head = Reply::to(app.request("HEAD", &path)).await.expect(200);
        assert!(head.bytes.is_empty(), "{path}");
        for header in ["content-type", "content-length", "etag"] {
            assert_eq!(head.header(header), get.header(header), "{path}: {header}");
        }
    }
    let unknown = format!("/api/products/{UNKNOWN}");
    let head = Reply::to(app.request("HEAD", &unknown)).await.expect(404);
    assert!(head.bytes.is_empty());
}

pub(crate) async fn other_methods_are_not_allowed(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = format!("/api/carts/{UNKNOWN}");
    for (method, path) in [
        ("PATCH", path(&product)),
        ("POST", path(&product)),
        ("DELETE", "/api/products".to_owned()),
        ("PUT", "/api/products".to_owned()),
        ("GET", "/api/carts".to_owned()),
        ("POST", cart.clone()),
        ("GET", format!("{cart}/products/{}", id(&product))),
        ("DELETE", "/api/messages".to_owned()),
        ("PUT", format!("/api/messages/{UNKNOWN}")),
        ("GET", format!("{}/upload", path(&product))),
        ("POST", "/healthz".to_owned()),
        ("PROPFIND", "/api/products".to_owned()),
    ] {
        let reply = Reply::to(app.request(method, &path)).await;
        assert!(!reply.header("allow").is_empty(), "{path}");
        reply.problem(405, "method_not_allowed");
    }
    assert_eq!(app.all_products().await, [product]);
}

pub(crate) async fn unknown_api_paths_are_not_found(app: &TestApp) {
    for path in [
        "/api",
        "/api/product",
        "/api/products/0123456789abcdef01234567/stock",
        "/api/v2/products",
        "/api/carts/x/y/z",
        "/ws",
        "/ws/products/x",
        "/nowhere",
    ] {
        app.get(path).await.problem(404, "not_found");
        let body = json!({});
        app.post(path, &body).await.problem(404, "not_found");
    }
}

pub(crate) async fn every_response_forbids_sniffing(app: &TestApp) {
    for path in [
        "/",
        "/api/products",
        "/api/nowhere",
        "/api/products?limit=0",
        "/healthz",
        "/nowhere",
    ] {
        let reply = app.get(path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
    }
}
