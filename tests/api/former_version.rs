//! A shop on a data file of version 0.1: its saved responses are replayed.

use rusqlite::Connection;
use serde_json::json;

use crate::app::{TestApp, run};
use crate::reply::Reply;
use crate::test_store::TestStore;

/// The migrations that version 0.1 shipped, and its rows.
const DATA_FILE: [&str; 6] = [
    include_str!("../../src/store/sqlite/migrations/0001_shop.sql"),
    include_str!("../../src/store/sqlite/migrations/0002_orders.sql"),
    include_str!("../../src/store/sqlite/migrations/0003_answers.sql"),
    include_str!("../../src/store/sqlite/migrations/0004_holds.sql"),
    include_str!("../../src/store/sqlite/migrations/0005_mutes.sql"),
    include_str!("../store/version_0_1.sql"),
];
/// The body of both saved requests.
const BODY: &str =
    r#"{"title":"Vase","code":"V-1","price":19.99,"stock":10,"description":"x","category":"c"}"#;
const CART: &str = "/carts/628b0ba9d695547535ac6429";
const ORDER: &str = "/orders/a35ce36d7d5d0faf14a1298c";

/// Runs a test on a shop whose store version 0.1 left.
fn with_former_store(test: impl AsyncFnOnce(&TestApp)) {
    let store = TestStore::sqlite();
    let conn = Connection::open(store.folder().join("shop.db")).expect("a database");
    for sql in DATA_FILE {
        conn.execute_batch(sql).expect("valid SQL");
    }
    conn.close().expect("closed");
    let app = TestApp::start(&store, &[]);
    run(test(&app));
}

/// Creates a product with the request that version 0.1 got under this key.
async fn create(app: &TestApp, key: &str) -> Reply {
    let request = app.request("POST", "/api/products");
    let request = request.header("Idempotency-Key", key);
    let request = request.header("Content-Type", "application/json");
    Reply::to(request.body(BODY)).await
}

async fn buy(app: &TestApp, purchaser: &str) -> Reply {
    let fields = [
        ("purchaser", purchaser),
        ("total", "39.98"),
        ("key", "0903db7d0922096170196c0df9320e3e"),
    ];
    let request = app.request("POST", &format!("{CART}/purchase"));
    Reply::to(request.header("Accept", "text/html").form(&fields)).await
}

#[test]
fn a_saved_response_is_replayed_whole() {
    with_former_store(async |app| {
        let reply = create(app, "k1").await.expect(201);
        assert_eq!(reply.header("idempotent-replayed"), "true");
        assert_eq!(reply.header("etag"), "\"1\"");
        assert_eq!(reply.header("content-type"), "application/json");
        let location = "/api/products/6b0e4b6de0f6a9bbf9007eb1";
        assert_eq!(reply.header("location"), location);
        // As it was when it was created, byte for byte.
        let body = r#"{"status":201,"payload":{"_id":"6b0e4b6de0f6a9bbf9007eb1","title":"Vase","#;
        assert!(reply.bytes.starts_with(body.as_bytes()));
        assert!(
            reply
                .bytes
                .ends_with(br#","updatedAt":"2026-12-01T04:22:05.707Z"}}"#)
        );
        assert_eq!(reply.payload()["stock"], json!(10));
        assert_eq!(app.all_products().await.len(), 1);
    });
}

#[test]
fn a_saved_refusal_is_replayed_whole() {
    with_former_store(async |app| {
        let reply = create(app, "k3").await.expect(409);
        assert_eq!(reply.header("idempotent-replayed"), "true");
        assert_eq!(reply.header("cache-control"), "no-store");
        reply.problem(409, "duplicate_code");
    });
}

#[test]
fn a_saved_purchase_form_leads_to_its_order() {
    with_former_store(async |app| {
        let reply = buy(app, "ana@example.com").await.expect(303);
        assert_eq!(reply.header("location"), ORDER);
        let order = app.get(&format!("/api{ORDER}")).await.expect(200).payload();
        assert_eq!(order["code"], json!("96AT-93VR"));
        // The form is refused with another value.
        buy(app, "bo@example.com").await.expect(422);
    });
}
