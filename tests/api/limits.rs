//! Limits per client, with rate limits on.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::{TestApp, run, runtime};
use crate::figure::figure;
use crate::fixtures::*;
use crate::frame_cases::wire::{Wire, handshake};
use crate::reply::Reply;
use crate::test_store::TestStore;

const TOKEN: &str = "a-token-of-twenty-one";

/// A shop with rate limits behind a proxy; the test is the proxy.
fn in_limited_shop(test: impl AsyncFnOnce(&TestApp)) {
    let store = TestStore::sqlite();
    let settings = ["--rate-limits", "on", "--admin-token", TOKEN];
    let proxy = ["--trusted-proxies", "127.0.0.0/8"];
    let app = TestApp::start(&store, &[settings.as_slice(), &proxy].concat());
    runtime().block_on(test(&app));
}

/// Sends a request on behalf of a client address.
async fn send_from(app: &TestApp, client: &str, method: &str, path: &str) -> Reply {
    let request = app.request(method, path).header("X-Forwarded-For", client);
    Reply::to(request.json(&json!({}))).await
}

/// Adds a product by the form, without a cart.
async fn add_by_form(app: &TestApp, client: &str, product: &Value) -> Reply {
    let request = app.request("POST", "/carts/lines");
    let request = request.header("X-Forwarded-For", client);
    Reply::to(request.form(&[("product", id(product))])).await
}

/// Creates a product.
async fn create_vase(app: &TestApp) -> Value {
    let request = app.request("POST", "/api/products").bearer_auth(TOKEN);
    let made = Reply::to(request.json(&vase("V-1"))).await;
    made.expect(201).payload()
}

/// Creates carts until one is refused.
async fn exhaust(app: &TestApp, client: &str) -> Reply {
    for _ in 0..100 {
        let made = send_from(app, client, "POST", "/api/carts").await;
        if made.status != 201 {
            return made;
        }
    }
    panic!("one client could create 100 carts at once");
}

fn seconds(reply: &Reply) -> u64 {
    reply.header("retry-after").parse().expect("whole seconds")
}

#[test]
fn a_client_over_its_rate_gets_retry_after() {
    in_limited_shop(async |app| {
        let refused = exhaust(app, "203.0.113.7").await;
        assert!((1..=2).contains(&seconds(&refused)));
        refused.problem(429, "rate_limited");
        // Other clients and other kinds of requests are not affected.
        send_from(app, "203.0.113.8", "POST", "/api/carts")
            .await
            .expect(201);
        send_from(app, "203.0.113.7", "GET", "/api/products")
            .await
            .expect(200);
    });
}

#[test]
fn an_ipv6_64_network_is_one_client() {
    in_limited_shop(async |app| {
        exhaust(app, "2001:db8:1:1::1").await;
        let same_network =
            send_from(app, "[2001:db8:1:1:ffff::2]:4711", "POST", "/api/carts").await;
        same_network.expect(429);
        send_from(app, "2001:db8:1:2::1", "POST", "/api/carts")
            .await
            .expect(201);
    });
}

#[test]
fn forwarded_headers_of_untrusted_peers_are_ignored() {
    let store = TestStore::sqlite();
    let settings = ["--rate-limits", "on", "--admin-token", TOKEN];
    let proxy = ["--trusted-proxies", "192.0.2.1"];
    let app = TestApp::start(&store, &[settings.as_slice(), &proxy].concat());
    runtime().block_on(async {
        let mut refused = false;
        for number in 0..100 {
            let client = format!("203.0.113.{number}");
            let made = send_from(&app, &client, "POST", "/api/carts").await;
            refused |= made.status == 429;
        }
        assert!(refused, "the header of an untrusted peer was used");
    });
}

#[test]
fn the_admin_is_not_limited() {
    in_limited_shop(async |app| {
        for number in 0..150 {
            let body =
                json!({ "title": "x", "code": format!("X-{number}"), "price": 1, "stock": 1 });
            let request = app.request("POST", "/api/products").bearer_auth(TOKEN);
            Reply::to(request.json(&body)).await.expect(201);
        }
    });
}

#[test]
fn ten_wrong_tokens_lock_out_the_right_one() {
    in_limited_shop(async |app| {
        let with_token = async |client: &str, token: &str| {
            let request = app.request("GET", "/api/orders").bearer_auth(token);
            Reply::to(request.header("X-Forwarded-For", client)).await
        };
        for guess in 0..10 {
            let wrong = with_token("203.0.113.7", &format!("a-wrong-token-no-{guess:04}")).await;
            wrong.problem(401, "unauthorized");
        }
        let right = with_token("203.0.113.7", TOKEN).await;
        assert!((1..=6).contains(&seconds(&right)));
        right.problem(429, "rate_limited");
        with_token("203.0.113.8", TOKEN).await.expect(200);
        // A request without a token is not a guess.
        let none = send_from(app, "203.0.113.7", "GET", "/api/orders").await;
        none.problem(401, "unauthorized");
    });
}

#[test]
fn a_browser_over_its_rate_gets_a_page() {
    in_limited_shop(async |app| {
        let client = "203.0.113.7";
        let page = async || {
            let request = app.request("GET", "/").header("Accept", "text/html");
            Reply::to(request.header("X-Forwarded-For", client)).await
        };
        // Unknown paths cost little, but share the budget of pages: in the end it is used up.
        let page = loop {
            join_all((0..400).map(|_| send_from(app, client, "GET", "/api/nowhere"))).await;
            let page = page().await;
            if page.status == 429 {
                break page;
            }
        };
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(seconds(&page) >= 1);
    });
}

#[test]
fn sockets_per_client_are_limited() {
    let store = TestStore::sqlite();
    let app = TestApp::start(&store, &["--rate-limits", "on"]);
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
        // The server notices a closed socket a moment later.
        while app
            .raw(&handshake(&app, "/ws/nowhere"))
            .starts_with("HTTP/1.1 429")
        {}
    });
}

#[test]
fn an_encoded_path_counts_as_its_decoded_form() {
    in_limited_shop(async |app| {
        for path in ["/api/c%61rts", "/%41PI/Carts/", "/%61%70%69/%63arts"] {
            exhaust(app, "203.0.113.7").await;
            let send = || send_from(app, "203.0.113.7", "POST", path);
            let mut made = send().await;
            for _ in 0..3 {
                // One more is allowed by now; counted apart, a whole burst would be.
                if made.status == 201 {
                    made = send().await;
                }
            }
            made.problem(429, "rate_limited");
        }
    });
}

#[test]
fn carts_created_by_forms_are_counted() {
    in_limited_shop(async |app| {
        let product = create_vase(app).await;
        add_by_form(app, "203.0.113.7", &product).await.expect(303);
        exhaust(app, "203.0.113.7").await;
        let refused = add_by_form(app, "203.0.113.7", &product).await;
        assert!(seconds(&refused) >= 1);
        let refused = refused.expect(429);
        assert_eq!(refused.header("content-type"), "text/html; charset=utf-8");
        // The retry link leads back to the form, and never to another site.
        for (referer, retry) in [
            ("/products/0123", "/products/0123"),
            ("//elsewhere.example/", "/"),
            ("", "/"),
        ] {
            let request = app
                .request("POST", "/carts/lines")
                .form(&[("product", id(&product))]);
            let request = request.header("X-Forwarded-For", "203.0.113.7");
            let referer = format!("http://{}{referer}", app.address());
            let page = Reply::to(request.header("Referer", referer))
                .await
                .expect(429);
            let text = page.text();
            assert!(text.contains(&format!("href=\"{retry}\"")), "{text}");
            assert!(!text.contains("elsewhere.example"), "{text}");
            assert!(!text.contains("\"/carts/lines\""), "{text}");
        }
        add_by_form(app, "203.0.113.8", &product).await.expect(303);
    });
}

#[test]
fn forms_can_buy_when_no_more_keys_can_be_saved() {
    let store = TestStore::sqlite();
    drop(TestApp::start(&store, &[]));
    let file = rusqlite::Connection::open(store.folder().join("shop.db")).expect("the data file");
    file.execute("UPDATE answer_tally SET answers = 1000000", [])
        .expect("a count");
    drop(file);
    let app = TestApp::start(&store, &[]);
    run(async {
        let product = app.vase("V-1").await;
        let form = [("product", id(&product))];
        let added = app.post_form("/carts/lines", &form).await.expect(303);
        let cart = added.header("location").to_owned();
        let under_key = app.request("POST", &format!("/api{cart}/purchase"));
        let under_key = under_key.header("Idempotency-Key", "a-key");
        Reply::to(under_key.json(&json!({ "purchaser": "ana@example.com" })))
            .await
            .problem(503, "unavailable");

        let form = [
            ("purchaser", "ana@example.com"),
            ("key", "a-key-of-the-page"),
        ];
        let purchase = format!("{cart}/purchase");
        let bought = app.post_form(&purchase, &form).await.expect(303);
        assert!(bought.header("location").starts_with("/orders/"));
        // Sent again, the form buys nothing.
        app.post_form(&purchase, &form).await.expect(409);
        let stock = app.product(&product).await["stock"].clone();
        assert_eq!(
            stock.as_i64(),
            product["stock"].as_i64().map(|stock| stock - 1)
        );
    });
}

#[test]
fn messages_per_client_are_limited() {
    const MESSAGES: usize = 15;
    let store = TestStore::sqlite();
    let app = TestApp::start(&store, &["--rate-limits", "on"]);
    runtime().block_on(async {
        let mut sockets = Vec::new();
        for number in 0..50 {
            sockets.push(app.chat_as(&format!("guest-{number}@example.com")).await);
        }
        // Each stays within its own rate.
        for (number, socket) in sockets.iter_mut().enumerate() {
            for text in 1..=MESSAGES {
                socket.send_chat("hello", &format!("{number}-{text}")).await;
            }
        }
        let mut refused = 0;
        for (number, socket) in sockets.iter_mut().enumerate() {
            let (mut answered, prefix) = (0, format!("{number}-"));
            while answered < MESSAGES {
                let frame = socket.next().await;
                let nonce = frame["data"]["nonce"].as_str().unwrap_or_default();
                if nonce.starts_with(&prefix) {
                    answered += 1;
                    refused += usize::from(frame["data"]["code"] == "rate_limited");
                }
            }
        }
        assert!(refused > 0, "all messages of one client were accepted");
        figure(
            "X5",
            format_args!("750 messages of one client on 50 sockets at once: {refused} refused"),
        );
    });
}

#[test]
fn connections_per_client_are_limited() {
    let store = TestStore::sqlite();
    let app = TestApp::start(&store, &["--rate-limits", "on"]);
    runtime().block_on(async {
        // The client of the test has connections of its own.
        let mut open = Vec::new();
        loop {
            let mut connection = connect(&app).await;
            if !is_served(&app, &mut connection).await {
                break;
            }
            open.push(connection);
        }
        assert!((1_020..=1_024).contains(&open.len()), "{}", open.len());
        figure(
            "X5",
            format_args!("connection {} of one client: closed", open.len() + 1),
        );
        // The server notices a closed connection a moment later.
        open.truncate(1_000);
        while !is_served(&app, &mut connect(&app).await).await {}
    });
}

async fn connect(app: &TestApp) -> TcpStream {
    let connected = TcpStream::connect(app.address()).await;
    connected.expect("a connection")
}

/// Whether a connection gets a response, and is not closed.
async fn is_served(app: &TestApp, connection: &mut TcpStream) -> bool {
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", app.address());
    // A closed connection fails the write or the read.
    connection.write_all(request.as_bytes()).await.is_ok()
        && matches!(connection.read(&mut [0; 1024]).await, Ok(1..))
}

#[test]
fn a_cart_cookie_set_over_tls_is_secure() {
    in_limited_shop(async |app| {
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
    in_limited_shop(async |app| {
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
