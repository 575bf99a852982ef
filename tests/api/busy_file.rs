//! Another program locks the SQLite file: writes fail in time, no socket gets them, and everything
//! works again afterwards.

use rusqlite::Connection;
use serde_json::json;

use crate::app::TestApp;
use crate::fixtures::*;
use crate::pages::page;
use crate::reply::Reply;
use crate::test_store::TestStore;

pub(crate) async fn a_failed_write_reaches_no_socket(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let product = app.vase("V-1").await;
    let mut socket = app.live_products_socket().await;
    let mut chat = app.chat_as("ana@example.com").await;
    let file = store.url().replace("sqlite:", "");
    let locker = Connection::open(file).expect("the shop's file");
    locker
        .execute_batch("BEGIN IMMEDIATE")
        .expect("the write lock");

    let location = path(&product);
    let (changed, refused_product) = (json!({ "stock": 1 }), vase("V-2"));
    let message = json!({ "user": "bo@example.com", "message": "lost" });
    chat.send_chat("lost too", "n-1").await;
    let replies = tokio::join!(
        app.post("/api/products", &refused_product),
        app.put(&location, &changed),
        app.delete(&location),
        app.post("/api/messages", &message),
    );
    for reply in <[_; 4]>::from(replies) {
        let after: u32 = reply.header("retry-after").parse().expect("seconds");
        assert!(after > 0);
        reply.problem(503, "unavailable");
    }
    let form = [("product", id(&product))];
    let from_a_browser = app.request("POST", "/carts/lines").form(&form);
    let reply = Reply::to(from_a_browser.header("Accept", "text/html")).await;
    assert!(!reply.header("retry-after").is_empty());
    page(reply, 503);
    let refused = chat.expect("error").await;
    assert_eq!(
        (&refused["code"], &refused["nonce"]),
        (&json!("unavailable"), &json!("n-1"))
    );
    // Reads still work.
    assert_eq!(app.product(&product).await, product);
    app.get("/").await.expect(200);

    locker.execute_batch("ROLLBACK").expect("the lock released");
    let next = app.vase("V-3").await;
    let update = socket.expect("update_products").await;
    assert_eq!(update["product"], next);
    chat.send_chat("stored", "n-1").await;
    assert_eq!(chat.expect("chat-message").await["message"], "stored");
    assert_eq!(app.all_products().await, [product, next]);
}
