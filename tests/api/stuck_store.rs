//! A store that does not respond.

use std::pin::pin;

use serde_json::json;

use crate::app::run;
use crate::fixtures::{id, path, png};
use crate::panicking_store::panicking_shop;
use crate::reply::Reply;
use crate::socket::Socket;
use crate::test_store::TestStore;

/// A request with several store operations has one time limit for all of them.
#[test]
fn requests_to_a_stuck_store_time_out() {
    let store = TestStore::sqlite();
    let (app, points) = panicking_shop(&store, &[]);
    run(async {
        let (pictured, name) = app.vase_with_image("V-1").await;
        let other = app.vase("V-2").await;
        for operation in [
            "append_message",
            "execute_once",
            "delete_product",
            "update_product",
            "remove_thumbnail",
            "add_thumbnails",
        ] {
            points.stall(operation);
        }
        let message = json!({ "user": "ana@example.com", "message": "hello" });
        let posted = app.post("/api/messages", &message);
        let under_key = app.request("POST", "/api/messages").json(&message);
        let posted_with_key = Reply::to(under_key.header("Idempotency-Key", "a-key"));
        let product = path(&pictured);
        let deleted = app.delete(&product);
        let empty = json!({ "thumbnails": [] });
        let changed = app.put(&product, &empty);
        let removed = format!("{product}/thumbnails/{name}");
        let removed = app.delete(&removed);
        let png = png(8, 8);
        let file = [("img", "a.png", &png[..])];
        let added = app.upload(id(&other), &file);
        let ended = tokio::join!(posted, posted_with_key, deleted, changed, removed, added);
        for reply in <[Reply; 6]>::from(ended) {
            assert!(!reply.header("retry-after").is_empty());
            reply.problem(503, "unavailable");
        }
        app.get(&format!("/uploads/{name}")).await.expect(200);
    });
}

/// A socket whose handshake waits for the store while the others are closed.
fn opens_during_a_stop(store: &TestStore) {
    let (app, points) = panicking_shop(store, &[]);
    run(async {
        let none = json!({ "products": [] });
        let cart = app.post("/api/carts", &none).await.expect(201).payload();
        let path = format!("/ws/products?cart={}&snapshot=false", id(&cart));
        let mut other = app.products_socket_after_snapshot().await;
        points.stall("cart");
        let url = format!("ws://{}{path}", app.address());
        let mut opening = pin!(Socket::connect(&url, &[]));
        tokio::select! {
            biased;
            () = points.reached("cart") => {}
            _ = &mut opening => panic!("opened without its cart"),
        }
        let stopping = tokio::task::spawn_blocking(move || drop(app));
        assert_eq!(other.closed().await.0, 1001);
        points.release("cart");
        let mut socket = opening.await.expect("an open socket");
        socket.expect("welcome").await;
        socket.expect("cart").await;
        assert_eq!(socket.closed().await.0, 1001);
        stopping.await.expect("a stop");
    });
}

#[test]
fn a_socket_opened_during_a_stop_is_closed() {
    opens_during_a_stop(&TestStore::sqlite());
}

#[test]
fn a_socket_opened_during_a_stop_is_closed_by_the_response_sink() {
    opens_during_a_stop(&TestStore::sqlite().with_sink("response"));
}
