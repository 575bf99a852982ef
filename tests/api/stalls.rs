//! A store that does not answer.

use std::pin::pin;

use serde_json::json;

use crate::app::run;
use crate::goods::{id, path, png};
use crate::place::Place;
use crate::reply::Reply;
use crate::socket::Socket;
use crate::trapped::trapped_shop;

/// What asks the store for several things has one time for all of them, whatever the store takes.
#[test]
fn steps_that_are_never_answered_end_in_time() {
    let place = Place::sqlite();
    let (app, traps) = trapped_shop(&place, &[]);
    run(async {
        let (pictured, name) = app.pictured_vase("V-1").await;
        let other = app.vase("V-2").await;
        for operation in [
            "append_message",
            "answer_once",
            "delete_product",
            "update_product",
            "remove_thumbnail",
            "add_thumbnails",
        ] {
            traps.stall(operation);
        }
        let message = json!({ "user": "ana@example.com", "message": "hello" });
        let said = app.post("/api/messages", &message);
        let under_key = app.request("POST", "/api/messages").json(&message);
        let once = Reply::to(under_key.header("Idempotency-Key", "a-key"));
        let product = path(&pictured);
        let deleted = app.delete(&product);
        let empty = json!({ "thumbnails": [] });
        let changed = app.put(&product, &empty);
        let taken = format!("{product}/thumbnails/{name}");
        let taken = app.delete(&taken);
        let png = png(8, 8);
        let file = [("img", "a.png", &png[..])];
        let added = app.upload(id(&other), &file);
        let ended = tokio::join!(said, once, deleted, changed, taken, added);
        for reply in <[Reply; 6]>::from(ended) {
            assert!(!reply.header("retry-after").is_empty());
            reply.problem(503, "unavailable");
        }
        app.get(&format!("/uploads/{name}")).await.expect(200);
    });
}

/// Its handshake waits for the store while all others are told.
fn opens_during_a_stop(place: &Place) {
    let (app, traps) = trapped_shop(place, &[]);
    run(async {
        let none = json!({ "products": [] });
        let cart = app.post("/api/carts", &none).await.expect(201).payload();
        let path = format!("/ws/products?cart={}&snapshot=false", id(&cart));
        let mut witness = app.products_socket_after_snapshot().await;
        traps.stall("cart");
        let url = format!("ws://{}{path}", app.address());
        let mut opening = pin!(Socket::connect(&url, &[]));
        tokio::select! {
            biased;
            () = traps.passed("cart") => {}
            _ = &mut opening => panic!("opened without its cart"),
        }
        let stopping = tokio::task::spawn_blocking(move || drop(app));
        assert_eq!(witness.closed().await.0, 1001);
        traps.release("cart");
        let mut socket = opening.await.expect("an open socket");
        socket.expect("welcome").await;
        socket.expect("cart").await;
        assert_eq!(socket.closed().await.0, 1001);
        stopping.await.expect("a stop");
    });
}

#[test]
fn a_socket_that_opens_during_a_stop_is_told_too() {
    opens_during_a_stop(&Place::sqlite());
}

#[test]
fn a_socket_that_opens_during_a_stop_is_told_too_by_the_other_sink() {
    opens_during_a_stop(&Place::sqlite().with_sink("response"));
}
