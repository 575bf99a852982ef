//! Which requests need the admin token.

use serde_json::{Value, json};

use crate::app::{TestApp, runtime};
use crate::fixtures::{id, vase};
use crate::program::Program;
use crate::reply::Reply;
use crate::test_store::TestStore;

const TOKEN: &str = "a-token-of-twenty-one";

async fn with_token(app: &TestApp, method: &str, path: &str, body: &Value, token: &str) -> Reply {
    let request = app.request(method, path).bearer_auth(token);
    Reply::to(request.json(body)).await
}

/// Runs a test against a shop with a token.
fn in_protected_shop(test: impl AsyncFnOnce(&TestApp)) {
    let store = TestStore::sqlite();
    let app = TestApp::start(&store, &["--admin-token", TOKEN]);
    runtime().block_on(test(&app));
}

#[test]
fn admin_requests_need_the_token() {
    in_protected_shop(async |app| {
        let made = with_token(app, "POST", "/api/products", &vase("V-1"), TOKEN).await;
        let made = made.expect(201).json()["payload"].clone();
        let product = format!("/api/products/{}", id(&made));
        let order = "/api/orders/0123456789abcdef01234567/cancel";
        for (method, path) in [
            ("POST", "/api/products"),
            ("PUT", &product),
            ("DELETE", &product),
            ("POST", &format!("{product}/upload")),
            ("DELETE", &format!("{product}/thumbnails/a.png")),
            ("POST", "/api/import"),
            ("GET", "/api/orders"),
            ("GET", "/metrics"),
            ("GET", "/api/figures"),
            ("POST", order),
            ("DELETE", "/api/messages/0123456789abcdef01234567"),
        ] {
            let none = Reply::to(app.request(method, path).json(&vase("V-2"))).await;
            assert_eq!(none.header("www-authenticate"), "Bearer", "{method} {path}");
            none.problem(401, "unauthorized");
            for wrong in ["a-token-of-twenty-two", "", "a-token-of-twenty-one2"] {
                let refused = with_token(app, method, path, &vase("V-2"), wrong).await;
                refused.expect(401);
            }
        }
        let twice = app.request("GET", "/api/orders");
        let twice = twice.bearer_auth(TOKEN).bearer_auth(TOKEN);
        Reply::to(twice).await.expect(401);
        let unchanged = app.get(&product).await.expect(200).json();
        assert_eq!(unchanged["payload"], made);
        assert_eq!(app.all_products().await.len(), 1);

        let change = json!({ "price": 1 });
        with_token(app, "PUT", &product, &change, TOKEN)
            .await
            .expect(202);
        with_token(app, "GET", "/api/orders", &json!({}), TOKEN)
            .await
            .expect(200);
        for path in ["/metrics", "/api/figures"] {
            with_token(app, "GET", path, &json!({}), TOKEN)
                .await
                .expect(200);
        }
        with_token(app, "POST", order, &json!({}), TOKEN)
            .await
            .expect(404);
        with_token(app, "DELETE", &product, &json!({}), TOKEN)
            .await
            .expect(200);
    });
}

#[test]
fn shoppers_need_no_token() {
    in_protected_shop(async |app| {
        let made = with_token(app, "POST", "/api/products", &vase("V-1"), TOKEN).await;
        let product = id(&made.expect(201).json()["payload"]).to_owned();
        app.get("/api/products").await.expect(200);
        app.get("/").await.expect(200);
        let lines = json!({ "products": [{ "product": product, "quantity": 1 }] });
        let cart = app.post("/api/carts", &lines).await.expect(201).json();
        let path = format!("/api/carts/{}/purchase", id(&cart["payload"]));
        let buyer = json!({ "purchaser": "ana@example.com" });
        let order = app.post(&path, &buyer).await.expect(201).json();
        let order = format!("/api/orders/{}", id(&order["payload"]));
        app.get(&order).await.expect(200);
        let message = json!({ "user": "ana@example.com", "message": "hello" });
        app.post("/api/messages", &message).await.expect(201);
    });
}

#[test]
fn an_unauthorized_request_uses_up_no_key() {
    in_protected_shop(async |app| {
        let request = || {
            let request = app.request("POST", "/api/products");
            request.header("Idempotency-Key", "k").json(&vase("V-1"))
        };
        Reply::to(request()).await.expect(401);
        let made = Reply::to(request().bearer_auth(TOKEN)).await.expect(201);
        assert_eq!(made.header("idempotent-replayed"), "");
        // A saved response is not replayed to unauthorized clients.
        Reply::to(request()).await.expect(401);
    });
}

#[test]
fn a_shop_with_a_token_works_behind_a_proxy() {
    let store = TestStore::sqlite();
    let public = [
        "--admin-token",
        TOKEN,
        "--public-url",
        "https://shop.example",
    ];
    let app = TestApp::start(&store, &public);
    runtime().block_on(async {
        let send = async |host: &str, origin: &str| {
            let request = app.request("POST", "/api/carts").json(&json!({}));
            let request = request.header("Host", host).header("Origin", origin);
            Reply::to(request.header("X-Forwarded-For", "192.0.2.1")).await
        };
        send("shop.example", "https://shop.example")
            .await
            .expect(201);
        send("127.0.0.1:8080", "https://shop.example")
            .await
            .expect(201);
        for (host, origin) in [
            ("shop.example", "https://evil.example"),
            ("127.0.0.1:8080", "http://shop.example"),
            ("evil.example", "https://evil.example"),
        ] {
            send(host, origin).await.expect(403);
        }
    });
}

#[test]
fn the_startup_log_does_not_show_the_token() {
    let store = TestStore::sqlite();
    let log = |arguments: &[&str]| Program::start(&store, arguments).startup_lines.join("\n");
    let open = log(&[]);
    assert!(open.contains("Unprotected"), "{open}");
    let protected = log(&["--admin-token", TOKEN]);
    assert!(protected.contains("need the admin token"), "{protected}");
    assert!(
        !protected.contains("Unprotected") && !protected.contains(TOKEN),
        "{protected}"
    );
}
