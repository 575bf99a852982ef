//! What one client may do, where the rates are on.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::app::{TestApp, runtime};
use crate::figure::figure;
use crate::frame_cases::wire::{Wire, handshake};
use crate::place::Place;
use crate::reply::Reply;

const TOKEN: &str = "a-token-of-twenty-one";

/// A shop with rates behind a proxy, which is the test.
fn limited(test: impl AsyncFnOnce(&TestApp)) {
    let place = Place::sqlite();
    let settings = ["--rate-limits", "on", "--admin-token", TOKEN];
    let proxy = ["--trusted-proxies", "127.0.0.0/8"];
    let app = TestApp::start(&place, &[settings.as_slice(), &proxy].concat());
    runtime().block_on(test(&app));
}

/// Asks for a client at an address.
async fn ask(app: &TestApp, client: &str, method: &str, path: &str) -> Reply {
    let request = app.request(method, path).header("X-Forwarded-For", client);
    Reply::to(request.json(&json!({}))).await
}

/// Makes carts until one is refused.
async fn exhaust(app: &TestApp, client: &str) -> Reply {
    for _ in 0..100 {
        let made = ask(app, client, "POST", "/api/carts").await;
        if made.status != 201 {
            return made;
        }
    }
    panic!("100 carts at once were made for one client");
}

fn seconds(reply: &Reply) -> u64 {
    reply.header("retry-after").parse().expect("whole seconds")
}

#[test]
fn a_client_beyond_its_rate_is_told_when_to_come_back() {
    limited(async |app| {
        let refused = exhaust(app, "203.0.113.7").await;
        assert!((1..=2).contains(&seconds(&refused)));
        refused.problem(429, "rate_limited");
        // Other clients, and other kinds of requests, are not concerned.
        ask(app, "203.0.113.8", "POST", "/api/carts")
            .await
            .expect(201);
        ask(app, "203.0.113.7", "GET", "/api/products")
            .await
            .expect(200);
    });
}

#[test]
fn a_64_of_ipv6_is_one_client() {
    limited(async |app| {
        exhaust(app, "2001:db8:1:1::1").await;
        let same = ask(app, "[2001:db8:1:1:ffff::2]:4711", "POST", "/api/carts").await;
        same.expect(429);
        ask(app, "2001:db8:1:2::1", "POST", "/api/carts")
            .await
            .expect(201);
    });
}

#[test]
fn a_stranger_who_forwards_for_himself_is_one_client() {
    let place = Place::sqlite();
    let settings = ["--rate-limits", "on", "--admin-token", TOKEN];
    let proxy = ["--trusted-proxies", "192.0.2.1"];
    let app = TestApp::start(&place, &[settings.as_slice(), &proxy].concat());
    runtime().block_on(async {
        let mut refused = false;
        for number in 0..100 {
            let client = format!("203.0.113.{number}");
            let made = ask(&app, &client, "POST", "/api/carts").await;
            refused |= made.status == 429;
        }
        assert!(
            refused,
            "the header of a peer that is no proxy was believed"
        );
    });
}

#[test]
fn the_admin_is_not_bound() {
    limited(async |app| {
        for number in 0..150 {
            let body =
                json!({ "title": "x", "code": format!("X-{number}"), "price": 1, "stock": 1 });
            let request = app.request("POST", "/api/products").bearer_auth(TOKEN);
            Reply::to(request.json(&body)).await.expect(201);
        }
    });
}

#[test]
fn after_ten_wrong_tokens_the_right_one_has_to_wait() {
    limited(async |app| {
        let offer = async |client: &str, token: &str| {
            let request = app.request("GET", "/api/orders").bearer_auth(token);
            Reply::to(request.header("X-Forwarded-For", client)).await
        };
        for guess in 0..10 {
            let wrong = offer("203.0.113.7", &format!("a-wrong-token-no-{guess:04}")).await;
            wrong.problem(401, "unauthorized");
        }
        let right = offer("203.0.113.7", TOKEN).await;
        assert!((1..=6).contains(&seconds(&right)));
        right.problem(429, "rate_limited");
        offer("203.0.113.8", TOKEN).await.expect(200);
        // A request that offers nothing is no guess.
        let none = ask(app, "203.0.113.7", "GET", "/api/orders").await;
        none.problem(401, "unauthorized");
    });
}

#[test]
fn a_person_is_told_by_a_page() {
    limited(async |app| {
        let ask = async |_| {
            let request = app.request("GET", "/").header("Accept", "text/html");
            Reply::to(request.header("X-Forwarded-For", "203.0.113.7")).await
        };
        // All at once: however slow the machine, the rate does not come back meanwhile.
        let replies = join_all((0..400).map(ask)).await;
        let page = replies.into_iter().find(|reply| reply.status == 429);
        let page = page.expect("a page beyond the rate");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(seconds(&page) >= 1);
    });
}

#[test]
fn a_client_has_so_many_sockets() {
    let place = Place::sqlite();
    let app = TestApp::start(&place, &["--rate-limits", "on"]);
    runtime().block_on(async {
        let mut open = Vec::new();
        for _ in 0..256 {
            open.push(Wire::open(&app, "/ws/products?snapshot=false").await);
        }
        let refused = app.raw(&handshake(&app, "/ws/products"));
        assert!(refused.starts_with("HTTP/1.1 429"), "{refused}");
        assert!(
            refused.to_ascii_lowercase().contains("retry-after: 10"),
            "{refused}"
        );
        figure(
            "X5",
            format_args!("socket {} of one client: 429", open.len() + 1),
        );
        open.truncate(200);
        // The server hears of a closed socket a moment later.
        while app
            .raw(&handshake(&app, "/ws/nowhere"))
            .starts_with("HTTP/1.1 429")
        {}
    });
}

#[test]
fn a_cart_behind_tls_is_sent_over_tls_alone() {
    limited(async |app| {
        let body = json!({ "title": "x", "code": "X", "price": 1, "stock": 1 });
        let request = app.request("POST", "/api/products").bearer_auth(TOKEN);
        let product = Reply::to(request.json(&body)).await.expect(201).payload();
        for (scheme, is_secure) in [("https", true), ("http", false)] {
            let request = app.request("POST", "/carts/lines");
            let request = request.header("X-Forwarded-Proto", scheme);
            let form = [("product", product["_id"].as_str().expect("an id"))];
            let added = Reply::to(request.form(&form)).await.expect(303);
            let cookie = added.header("set-cookie").to_owned();
            assert_eq!(cookie.contains("Secure"), is_secure, "{cookie}");
        }
    });
}

#[test]
fn a_compressed_body_is_refused() {
    limited(async |app| {
        for (method, path) in [("POST", "/api/carts"), ("POST", "/api/products/x/upload")] {
            let request = app.request(method, path).header("Content-Encoding", "gzip");
            let refused = Reply::to(request.bearer_auth(TOKEN).body("x")).await;
            refused.problem(415, "unsupported_media_type");
        }
        let plain = app.request("POST", "/api/carts").json::<Value>(&json!({}));
        Reply::to(plain.header("Content-Encoding", "identity"))
            .await
            .expect(201);
    });
}
