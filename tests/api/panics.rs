//! A panic costs one request, one socket or one batch of changes. Everything else
//! continues, and no page stays out of date.

use std::time::Instant;

use serde_json::{Value, json};

use crate::app::{TestApp, run};
use crate::figure::figure;
use crate::fixtures::{id, path};
use crate::panicking_store::{PanicPoints, panicking_shop};
use crate::resume::since;
use crate::socket::Socket;
use crate::test_store::TestStore;

fn in_shop(store: &TestStore, more: &[&str], test: impl AsyncFnOnce(&TestApp, PanicPoints)) {
    let (app, points) = panicking_shop(store, more);
    run(test(&app, points));
}

/// The data of the next frame of an event; others are skipped.
async fn until(socket: &mut Socket, event: &str) -> Value {
    loop {
        let mut frame = socket.next().await;
        if frame["event"] == event {
            return frame["data"].take();
        }
    }
}

#[test]
fn a_panicking_handler_fails_its_request() {
    in_shop(&TestStore::sqlite(), &[], async |app, points| {
        let stored = app.vase("V-1").await;
        for operation in ["orders", "product", "create_product"] {
            points.panic_at(operation);
            let reply = match operation {
                "create_product" => {
                    app.post("/api/products", &crate::fixtures::vase("V-2"))
                        .await
                }
                "product" => app.get(&path(&stored)).await,
                _ => app.get("/api/orders").await,
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
fn only_a_panicking_session_ends() {
    in_shop(&TestStore::sqlite(), &[], async |app, points| {
        let mut other = app.live_products_socket().await;
        let product = app.vase("V-1").await;
        assert_eq!(other.expect("update_products").await["product"], product);

        let mut ana = app.chat_as("ana@example.com").await;
        // During its join, and while it stores a message: the room announces that both left.
        for (user, operation) in [
            ("bo@example.com", "history"),
            ("cy@example.com", "append_message"),
        ] {
            let (mut broken, _) = app.chat_socket("").await;
            if operation == "history" {
                points.panic_at(operation);
                broken.join(user).await;
            } else {
                broken.join(user).await;
                broken.expect("users").await;
                points.panic_at(operation);
                broken.send_chat("lost", "n-1").await;
            }
            broken.all_until_end().await;
            let has_left = |update: &Value| update["user"] == user && update["action"] == false;
            ana.expect_where("user", has_left).await;
        }
        ana.send_chat("still here", "n-1").await;
        assert_eq!(ana.expect("chat-message").await["message"], "still here");
        figure(
            "F10",
            "a panic in 2 sessions: only that session ends, and presence is correct",
        );
    });
}

#[test]
fn a_panicking_dispatcher_resyncs_every_page() {
    in_shop(&TestStore::sqlite(), &[], async |app, points| {
        let mut socket = app.live_products_socket().await;
        let mut chat = app.chat_as("ana@example.com").await;
        let seen = app.vase("V-1").await;
        let update = socket.expect("update_products").await;
        points.panic_at("changes");
        let lost = app.vase("V-2").await;
        let started = Instant::now();
        // The batch of changes is lost, so every page must reconnect and get a snapshot.
        assert_eq!(socket.closed().await.0, 1012);
        assert_eq!(chat.closed().await.0, 1012);
        let (mut again, welcome) = app.products_socket(&since(&update["cursor"])).await;
        assert_eq!(welcome["resumed"], false);
        assert_eq!(again.snapshot().await.0, [seen, lost]);
        let product = app.vase("V-3").await;
        assert_eq!(again.expect("update_products").await["product"], product);
        app.get("/readyz").await.done();
        let millis = started.elapsed().as_millis();
        figure(
            "F10",
            format_args!(
                "a panic in the change dispatcher: pages reconnected and up to date after {millis} ms"
            ),
        );
    });
}

#[test]
fn hold_expiry_continues_after_a_panic() {
    in_shop(
        &TestStore::sqlite(),
        &["--hold", "1"],
        async |app, points| {
            let product = app.vase("V-1").await;
            for operation in ["now", "expire_holds", "expire_carts"] {
                points.panic_at(operation);
                if operation != "expire_carts" {
                    points.reached(operation).await;
                }
            }
            let mut socket = app.products_socket_after_snapshot().await;
            let line = json!({ "products": [{ "product": id(&product), "quantity": 2 }] });
            app.post("/api/carts", &line).await.expect(201);
            let is_free = |update: &Value| update["product"]["available"] == 10;
            socket.expect_where("update_products", is_free).await;
            figure("F10", "a panic in the expiry task: the next hold expires");
        },
    );
}

#[test]
fn a_followed_cart_is_updated_after_a_panic() {
    in_shop(&TestStore::sqlite(), &[], async |app, points| {
        let product = app.vase("V-1").await;
        let line = json!({ "products": [{ "product": id(&product), "quantity": 2 }] });
        let cart = app.post("/api/carts", &line).await.expect(201).payload();
        let (mut socket, _) = app.products_socket(&format!("?cart={}", id(&cart))).await;
        assert_eq!(until(&mut socket, "cart").await["reason"], "snapshot");
        points.panic_at("cart");
        let started = Instant::now();
        app.put(&path(&product), &json!({ "stock": 1 }))
            .await
            .expect(202);
        assert_eq!(until(&mut socket, "cart").await["reason"], "short");
        let millis = started.elapsed().as_millis();
        figure(
            "F10",
            format_args!("a panic while a cart is read: its page is updated after {millis} ms"),
        );
    });
}
