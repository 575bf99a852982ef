//! A panic costs what was in hand: the request, the socket or the turn. Everything else goes on, and no
//! page is left behind.

use std::time::Instant;

use serde_json::{Value, json};

use crate::app::{TestApp, run};
use crate::figure::figure;
use crate::goods::{id, path};
use crate::place::Place;
use crate::resume::since;
use crate::socket::Socket;
use crate::trapped::{Traps, trapped_shop};

fn in_shop(place: &Place, more: &[&str], test: impl AsyncFnOnce(&TestApp, Traps)) {
    let (app, traps) = trapped_shop(place, more);
    run(test(&app, traps));
}

/// The data of the next frame of an event, past all others.
async fn until(socket: &mut Socket, event: &str) -> Value {
    loop {
        let mut frame = socket.next().await;
        if frame["event"] == event {
            return frame["data"].take();
        }
    }
}

#[test]
fn a_handler_that_panics_is_a_failed_request() {
    in_shop(&Place::sqlite(), &[], async |app, traps| {
        let stored = app.vase("V-1").await;
        for operation in ["list_products", "product", "create_product"] {
            traps.set(operation);
            let reply = match operation {
                "create_product" => app.post("/api/products", &crate::goods::vase("V-2")).await,
                "product" => app.get(&path(&stored)).await,
                _ => app.get("/api/products").await,
            };
            reply.problem(500, "internal");
        }
        assert_eq!(app.all_products().await, [stored]);
        app.get("/readyz").await.done();
        figure(
            "F10",
            "a panic in 3 handlers: each 500, the next request is answered",
        );
    });
}

#[test]
fn a_session_that_panics_ends_alone() {
    in_shop(&Place::sqlite(), &[], async |app, traps| {
        let mut witness = app.live_products_socket().await;
        traps.set("product_chunk");
        let (broken, _) = app.products_socket("").await;
        broken.all_until_end().await;
        let product = app.vase("V-1").await;
        assert_eq!(witness.expect("update_products").await["product"], product);

        let mut ana = app.chatter("ana@example.com").await;
        // In its join, and with a message in hand: the room sees both leave.
        for (user, operation) in [
            ("bo@example.com", "history"),
            ("cy@example.com", "append_message"),
        ] {
            let (mut broken, _) = app.chat_socket("").await;
            if operation == "history" {
                traps.set(operation);
                broken.join(user).await;
            } else {
                broken.join(user).await;
                broken.expect("users").await;
                traps.set(operation);
                broken.say("lost", "n-1").await;
            }
            broken.all_until_end().await;
            let leaves = |told: &Value| told["user"] == user && told["action"] == false;
            ana.expect_where("user", leaves).await;
        }
        ana.say("still here", "n-1").await;
        assert_eq!(ana.expect("chat-message").await["message"], "still here");
        figure(
            "F10",
            "a panic in 3 sessions: each ends alone, and nobody stays behind in the room",
        );
    });
}

#[test]
fn a_pump_that_panics_leaves_no_page_behind() {
    in_shop(&Place::sqlite(), &[], async |app, traps| {
        let mut socket = app.live_products_socket().await;
        let mut chat = app.chatter("ana@example.com").await;
        let seen = app.vase("V-1").await;
        let told = socket.expect("update_products").await;
        traps.set("changes");
        let lost = app.vase("V-2").await;
        let began = Instant::now();
        // Nobody can be told what was in hand: pages must come back, and do not go on as if nothing was.
        assert_eq!(socket.closed().await.0, 1012);
        assert_eq!(chat.closed().await.0, 1012);
        let (mut again, welcome) = app.products_socket(&since(&told["cursor"])).await;
        assert_eq!(welcome["resumed"], false);
        assert_eq!(again.snapshot().await.0, [seen, lost]);
        let product = app.vase("V-3").await;
        assert_eq!(again.expect("update_products").await["product"], product);
        app.get("/readyz").await.done();
        let millis = began.elapsed().as_millis();
        figure(
            "F10",
            format_args!("a panic in the feed's pump: pages back and told after {millis} ms"),
        );
    });
}

#[test]
fn what_ends_holds_goes_on_after_a_panic() {
    in_shop(&Place::sqlite(), &["--hold", "1"], async |app, traps| {
        let product = app.vase("V-1").await;
        for operation in ["now", "end_holds", "end_carts"] {
            traps.set(operation);
            if operation != "end_carts" {
                traps.passed(operation).await;
            }
        }
        let mut socket = app.products_socket_after_snapshot().await;
        let line = json!({ "products": [{ "product": id(&product), "quantity": 2 }] });
        app.post("/api/carts", &line).await.expect(201);
        let is_free = |update: &Value| update["product"]["available"] == 10;
        socket.expect_where("update_products", is_free).await;
        figure("F10", "a panic in what ends holds: the next hold ends");
    });
}

#[test]
fn a_followed_cart_is_told_what_a_panic_had_in_hand() {
    in_shop(&Place::sqlite(), &[], async |app, traps| {
        let product = app.vase("V-1").await;
        let line = json!({ "products": [{ "product": id(&product), "quantity": 2 }] });
        let cart = app.post("/api/carts", &line).await.expect(201).payload();
        let (mut socket, _) = app.products_socket(&format!("?cart={}", id(&cart))).await;
        assert_eq!(until(&mut socket, "cart").await["reason"], "snapshot");
        traps.set("cart");
        let began = Instant::now();
        app.put(&path(&product), &json!({ "stock": 1 }))
            .await
            .expect(202);
        assert_eq!(until(&mut socket, "cart").await["reason"], "short");
        let millis = began.elapsed().as_millis();
        figure(
            "F10",
            format_args!("a panic in what tells carts: told after {millis} ms"),
        );
    });
}
