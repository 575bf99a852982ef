//! Another program holds SQLite's file: writes fail in time, nobody is told of them, and all works
//! again afterwards.

use rusqlite::Connection;
use serde_json::json;

use crate::app::TestApp;
use crate::goods::*;
use crate::pages::page;
use crate::place::Place;
use crate::reply::Reply;

pub(crate) async fn a_write_that_fails_is_told_to_nobody(place: &Place) {
    let app = TestApp::start(place, &[]);
    let product = app.vase("V-1").await;
    let mut socket = app.live_products_socket().await;
    let mut chat = app.chatter("ana@example.com").await;
    let file = place.store().replace("sqlite:", "");
    let holder = Connection::open(file).expect("the shop's file");
    holder
        .execute_batch("BEGIN IMMEDIATE")
        .expect("the write lock");

    let location = path(&product);
    let (changed, lost) = (json!({ "stock": 1 }), vase("V-2"));
    let message = json!({ "user": "bo@example.com", "message": "lost" });
    chat.say("lost too", "n-1").await;
    let replies = tokio::join!(
        app.post("/api/products", &lost),
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
    let for_a_person = app.request("POST", "/carts/lines").form(&form);
    let reply = Reply::to(for_a_person.header("Accept", "text/html")).await;
    assert!(!reply.header("retry-after").is_empty());
    page(reply, 503);
    let refused = chat.expect("error").await;
    assert_eq!(
        (&refused["code"], &refused["nonce"]),
        (&json!("unavailable"), &json!("n-1"))
    );
    // Reading goes on.
    assert_eq!(app.product(&product).await, product);
    app.get("/").await.expect(200);

    holder.execute_batch("ROLLBACK").expect("the lock let go");
    let next = app.vase("V-3").await;
    let told = socket.expect("update_products").await;
    assert_eq!(told["product"], next);
    chat.say("stored", "n-1").await;
    assert_eq!(chat.expect("chat-message").await["message"], "stored");
    assert_eq!(app.all_products().await, [product, next]);
}
