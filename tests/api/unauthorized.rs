//! Clients without an admin session, and access to other people's carts and orders.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::{TestApp, runtime};
use crate::figure::figure;
use crate::fixtures::*;
use crate::reply::Reply;
use crate::test_store::TestStore;

const TOKEN: &str = "a-token-of-twenty-one";

/// Runs a test against a shop with an admin token.
fn in_protected_shop(more: &[&str], test: impl AsyncFnOnce(&TestApp)) {
    let store = TestStore::sqlite();
    let arguments = [&["--admin-token", TOKEN], more].concat();
    let app = TestApp::start(&store, &arguments);
    runtime().block_on(test(&app));
}

/// Sends the login form with a token.
async fn submit_token(app: &TestApp, token: &str) -> Reply {
    app.post_form("/admin/login", &[("password", token)]).await
}

/// Logs in, and returns the cookie.
async fn log_in(app: &TestApp) -> String {
    let reply = submit_token(app, TOKEN).await.expect(303);
    let cookie = reply.header("set-cookie").split(';').next();
    cookie.expect("a cookie").to_owned()
}

/// Reads and writes that need the admin token.
const READS: [&str; 7] = [
    "/api/orders",
    "/api/mutes",
    "/admin/orders",
    "/admin/chat",
    "/admin/attention",
    "/admin/figures",
    "/admin/products/new",
];
const WRITES: [(&str, &str); 8] = [
    ("POST", "/api/products"),
    ("PUT", "/api/products/0123456789abcdef01234567"),
    ("DELETE", "/api/products/0123456789abcdef01234567"),
    ("POST", "/api/products/0123456789abcdef01234567/upload"),
    ("POST", "/api/orders/0123456789abcdef01234567/cancel"),
    ("DELETE", "/api/messages/0123456789abcdef01234567"),
    ("POST", "/admin/products"),
    ("POST", "/admin/chat/mutes"),
];

/// Asserts that a cookie grants none of these requests; returns their number.
async fn assert_refused(app: &TestApp, cookie: &str) -> usize {
    let reads = READS.map(|path| ("GET", path));
    let all = reads.into_iter().chain(WRITES);
    let mut count = 0;
    for (method, path) in all {
        let request = app.request(method, path).header("Cookie", cookie);
        let request = request.header("Origin", format!("http://{}", app.address()));
        let reply = Reply::to(request.json(&vase("V-1"))).await;
        // Pages redirect to the login.
        let is_redirected = path.starts_with("/admin")
            && reply.status == 303
            && reply.header("location").starts_with("/admin");
        let context = format!("{method} {path} with {cookie:?}: {}", reply.text());
        assert!(reply.status == 401 || is_redirected, "{context}");
        count += 1;
    }
    count
}

#[test]
fn a_cookie_without_a_session_grants_nothing() {
    in_protected_shop(&[], async |app| {
        let cookie = log_in(app).await;
        let orders_status = async || {
            let request = app.request("GET", "/api/orders").header("Cookie", &cookie);
            Reply::to(request).await.status
        };
        assert_eq!(orders_status().await, 200);
        let (name, value) = cookie.split_once('=').expect("a pair");
        let mut count =
            assert_refused(app, "").await + assert_refused(app, &format!("{name}=")).await;
        for at in [0, 1, value.len() / 2, value.len() - 2] {
            let other = if value.as_bytes()[at] == b'A' {
                "B"
            } else {
                "A"
            };
            let forged = format!("{name}={}{other}{}", &value[..at], &value[at + 1..]);
            count += assert_refused(app, &forged).await;
        }
        count += assert_refused(app, &format!("{name}={}", &value[..value.len() / 2])).await;
        count += assert_refused(app, &format!("{name}={value}A; {name}=x")).await;
        // The session itself still works, until it is logged out.
        assert_eq!(orders_status().await, 200);
        let logout = app
            .request("POST", "/admin/logout")
            .header("Cookie", &cookie);
        let logout = logout.header("Origin", format!("http://{}", app.address()));
        Reply::to(logout).await.expect(303);
        let logged_out_at = Instant::now();
        count += assert_refused(app, &cookie).await;
        assert!(
            logged_out_at.elapsed() < Duration::from_secs(10),
            "refusals are slow"
        );
        assert!(app.all_products().await.is_empty());
        figure(
            "X4",
            format_args!(
                "{count} requests without a session, with a forged one, or after logging out: 401, or a redirect to the login, from the first on"
            ),
        );
    });
}

#[test]
fn a_thousand_token_guesses_are_limited() {
    in_protected_shop(&["--rate-limits", "on"], async |app| {
        let started = Instant::now();
        let (mut checked, mut limited) = (0, 0);
        for guess in 0..1_000 {
            let reply = match guess % 2 {
                0 => submit_token(app, &format!("a-wrong-token-no-{guess:04}")).await,
                _ => {
                    let request = app.request("GET", "/api/orders");
                    Reply::to(request.bearer_auth(format!("a-wrong-token-no-{guess:04}"))).await
                }
            };
            match reply.status.as_u16() {
                401 => checked += 1,
                429 => limited += 1,
                other => panic!("{other}: {}", reply.text()),
            }
        }
        // Ten at once, then ten a minute.
        let max = 10 + started.elapsed().as_secs() / 6 + 1;
        assert!(checked <= max, "{checked} of {max}");
        // The right token is locked out too.
        assert_eq!(submit_token(app, TOKEN).await.status, 429);
        figure(
            "X14",
            format_args!("1,000 guesses: {checked} checked, {limited} refused with 429"),
        );
    });
}

#[test]
fn planted_sessions_and_foreign_writes_are_refused() {
    in_protected_shop(&[], async |app| {
        let planted = "vitrina-admin=planted";
        let request = app
            .request("POST", "/admin/login")
            .header("Cookie", planted);
        let reply = Reply::to(request.form(&[("password", TOKEN)]))
            .await
            .expect(303);
        let cookie = reply
            .header("set-cookie")
            .split(';')
            .next()
            .expect("a cookie");
        assert_ne!(cookie, planted);
        assert_refused(app, planted).await;
        let write = async |origin: Option<&str>| {
            let request = app
                .request("POST", "/api/products")
                .header("Cookie", cookie);
            let request = match origin {
                Some(origin) => request.header("Origin", origin),
                None => request,
            };
            Reply::to(request.json(&vase("V-1"))).await
        };
        let port = app.address().port();
        let other = format!("http://localhost:{}", port ^ 1);
        for origin in [
            None,
            Some("null"),
            Some("http://evil.example"),
            Some(other.as_str()),
        ] {
            write(origin).await.problem(403, "forbidden");
        }
        assert!(app.all_products().await.is_empty());
        write(Some(&format!("http://{}", app.address())))
            .await
            .expect(201);
        figure(
            "X14",
            "a planted cookie opens nothing; 4 writes with the cookie from elsewhere: 403",
        );
    });
}

pub(crate) async fn other_peoples_carts_and_orders_are_unreachable(app: &TestApp) {
    let product = app.vase("V-1").await;
    let lines = json!({ "products": [{ "product": id(&product), "quantity": 1 }] });
    let cart = app.post("/api/carts", &lines).await.expect(201).payload();
    // Ids next to that of the cart are unknown.
    let cart_number = u128::from_str_radix(&format!("{:0>32}", id(&cart)), 16).expect("24 digits");
    let mut count = 0;
    for step in 1..=20_u128 {
        for near in [
            cart_number.wrapping_add(step),
            cart_number.wrapping_sub(step),
            cart_number ^ (1 << (step * 4)),
        ] {
            let near = format!("{near:024x}");
            let near = &near[near.len() - 24..];
            app.get(&format!("/api/carts/{near}"))
                .await
                .problem(404, "not_found");
            app.get(&format!("/api/orders/{near}"))
                .await
                .problem(404, "not_found");
            count += 2;
        }
    }
    let buyer = json!({ "purchaser": "ana@example.com" });
    let path_of_cart = format!("/api/carts/{}", id(&cart));
    let order = app
        .post(&format!("{path_of_cart}/purchase"), &buyer)
        .await
        .expect(201)
        .payload();
    assert_ne!(id(&order), id(&cart));
    // Server-owned members cannot be set.
    let server_owned = json!({
        "title": "Mine", "_id": UNKNOWN, "id": UNKNOWN, "version": 99, "available": 5_000, "createdAt": "1970-01-01T00:00:00Z",
        "updatedAt": "1970-01-01T00:00:00Z", "__v": 7,
    });
    let changed = app
        .put(&path(&product), &server_owned)
        .await
        .expect(202)
        .payload();
    let same = ["_id", "createdAt", "price", "code"];
    assert!(
        same.iter()
            .all(|member| changed[*member] == product[*member]),
        "{changed}"
    );
    assert_eq!(
        (&changed["title"], &changed["available"]),
        (&json!("Mine"), &json!(9))
    );
    assert_ne!(changed["version"], 99);
    for member in ["role", "amount", "total", "cancelled", "user", "held"] {
        let reply = app.put(&path(&product), &json!({ member: 0 })).await;
        reply.problem_of(400, "unknown_field", &[member]);
        let lines: Value =
            json!({ "products": [{ "product": id(&product), "quantity": 1, "price": 0 }] });
        app.post("/api/carts", &lines).await.expect(400);
        count += 2;
    }
    figure(
        "X14",
        format_args!(
            "{count} attempts at other people's carts and orders, and at server-owned members: 404, 400 or no effect"
        ),
    );
}
