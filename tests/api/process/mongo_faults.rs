//! The connection to MongoDB fails: requests end in time, nothing is done twice or lost, and the
//! shop recovers by itself when the fault is over.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::faulty_proxy::{Fault, FaultyProxy};
use crate::app::{TestApp, run};
use crate::figure::figure;
use crate::fixtures::{id, path, vase};
use crate::program::{Program, output_of, vitrina};
use crate::reply::Reply;
use crate::socket::Socket;
use crate::test_store::TestStore;

/// Limits of a request, and of readiness after the fault. They are doubled on a busy machine,
/// except in runs for a report.
const REQUEST: Duration = Duration::from_secs(5);
const READY: Duration = Duration::from_secs(10);
/// Rounds of requests under a fault: the first one meets open connections, the others none.
const ROUNDS: usize = 2;

/// Whether this run is for a report, where the limits are asserted exactly.
fn is_for_report() -> bool {
    std::env::var_os("VITRINA_FIGURES").is_some()
}

fn assert_within(limit: Duration, took: Duration, what: &str) {
    let limit = if is_for_report() { limit } else { limit * 2 };
    assert!(took < limit, "{what} took {took:?}");
}

/// A proxy to the server of a store, and the URL of its database through that proxy.
fn proxy_to(store: &TestStore) -> (FaultyProxy, String) {
    let url = store.url();
    let rest = url.strip_prefix("mongodb://").expect("a plain URL");
    let (server, rest) = rest.split_once('/').expect("a database");
    let database = rest.split('?').next().expect("a database");
    let proxy = FaultyProxy::start(server.to_owned());
    let url = format!(
        "mongodb://{}/{database}?directConnection=true",
        proxy.address()
    );
    (proxy, url)
}

fn program_at(store: &TestStore, url: &str) -> Program {
    let uploads = store.uploads().display().to_string();
    let own = ["--listen", "127.0.0.1:0", "--rate-limits", "off"];
    let data = ["--store", url, "--uploads", &uploads];
    Program::run(vitrina(store.folder(), &[&own[..], &data].concat()))
}

/// Sends a request, which must end in time: with success, if the fault allows it, or with a 503 and
/// `Retry-After`.
async fn send_in_time(
    app: &TestApp,
    method: &str,
    path: &str,
    body: &Value,
    key: &str,
) -> (u16, Duration) {
    let started = Instant::now();
    let mut request = app
        .request(method, path)
        .header("Accept", "application/json");
    if method != "GET" {
        request = request.json(body);
    }
    if !key.is_empty() {
        request = request.header("Idempotency-Key", key);
    }
    let reply = Reply::to(request).await;
    let took = started.elapsed();
    assert_within(REQUEST, took, path);
    let status = reply.status.as_u16();
    if status >= 400 {
        assert!(!reply.header("retry-after").is_empty(), "{path}: {status}");
        reply.problem(503, "unavailable");
    }
    (status, took)
}

/// Runs the shop through one fault.
fn survives(fault: Fault, name: &str) {
    let Some(store) = TestStore::mongo() else {
        return;
    };
    let (proxy, url) = proxy_to(&store);
    let program = program_at(&store, &url);
    run(async {
        let app = TestApp::at(program.address());
        let product = app.vase("V-1").await;
        let line = json!({ "products": [{ "product": id(&product), "quantity": 1 }] });
        let mut carts = Vec::new();
        for _ in 0..ROUNDS {
            carts.push(app.post("/api/carts", &line).await.expect(201).payload());
        }
        let mut page = app.live_products_socket().await;

        proxy.set(fault);
        let mut slowest = Duration::ZERO;
        let mut acknowledged = vec!["V-1".to_owned()];
        let mut refused = 0;
        for (round, cart) in carts.iter().enumerate() {
            let code = format!("R-{round}");
            let purchase = format!("/api/carts/{}/purchase", id(cart));
            let buyer = json!({ "purchaser": "ana@example.com" });
            let message = json!({ "user": "ana@example.com", "message": "hello" });
            let (new_product, change, key) = (
                vase(&code),
                json!({ "title": "Vase" }),
                format!("k-{round}"),
            );
            let product = path(&product);
            let requests: [(&str, &str, &Value, &str); 8] = [
                ("GET", "/api/products", &Value::Null, ""),
                ("GET", &product, &Value::Null, ""),
                ("POST", "/api/products", &new_product, ""),
                ("PUT", &product, &change, ""),
                ("POST", "/api/messages", &message, ""),
                ("POST", "/api/carts", &line, ""),
                ("POST", &purchase, &buyer, &key),
                ("GET", "/readyz", &Value::Null, ""),
            ];
            let results = join_all(requests.map(|(method, path, body, key)| {
                let app = &app;
                async move { send_in_time(app, method, path, body, key).await }
            }));
            let results = results.await;
            slowest = slowest.max(results.iter().map(|end| end.1).max().expect("eight"));
            refused += results.iter().filter(|end| end.0 == 503).count();
            if results[2].0 == 201 {
                acknowledged.push(code);
            }
            app.get("/healthz").await.done();
        }
        if fault != Fault::Late {
            // All but the list, which is answered from memory.
            assert_eq!(refused, 7 * ROUNDS, "a request succeeded");
            while app.get("/api/products").await.json()["stale"] != true {}
            let product_page = format!("/products/{}", id(&product));
            let pages = [
                "/",
                "/realtimeproducts",
                &product_page,
                "/admin",
                "/admin/attention",
            ];
            for page in pages {
                let shown = app.get(page).await.expect(200).text();
                assert!(
                    shown.contains("Prices and stock may be out of date"),
                    "{page}"
                );
            }
        }

        proxy.set(Fault::None);
        let fault_over = Instant::now();
        while app.get("/readyz").await.status != 200 {}
        let ready = fault_over.elapsed();
        assert_within(READY, ready, "recovery");
        while !app.get("/api/products").await.json()["stale"].is_null() {}

        assert_bought_once(&app, &product, &carts).await;
        let stored = app.all_products().await;
        for code in &acknowledged {
            let count = stored
                .iter()
                .filter(|product| product["code"] == **code)
                .count();
            assert_eq!(count, 1, "{code}");
        }
        assert_page_recovers(&app, &mut page).await;
        figure(
            "F8",
            format_args!(
                "{name}: slowest of {} requests {slowest:.1?}, {refused} of them 503, ready {ready:.1?} after the fault, each cart bought once",
                8 * ROUNDS
            ),
        );
    });
}

/// Repeats purchases with unknown outcomes under their keys, and asserts one effect each.
async fn assert_bought_once(app: &TestApp, product: &Value, carts: &[Value]) {
    for (round, cart) in carts.iter().enumerate() {
        let purchase = format!("/api/carts/{}/purchase", id(cart));
        let request = app
            .request("POST", &purchase)
            .header("Idempotency-Key", format!("k-{round}"));
        let buyer = json!({ "purchaser": "ana@example.com" });
        Reply::to(request.json(&buyer)).await.expect(201);
    }
    let orders = app.get("/api/orders?limit=100").await.expect(200).json();
    assert_eq!(orders["totalDocs"], carts.len());
    let stored = app.product(product).await;
    assert_eq!(stored["stock"], 10 - carts.len());
}

/// Asserts that a page that was open during the fault gets a new change, or is closed and gets it
/// after reconnecting.
async fn assert_page_recovers(app: &TestApp, page: &mut Socket) {
    let marker = app.vase("after").await;
    let is_marker = |frame: &Value| frame["data"]["id"] == marker["_id"];
    let mut cursor = None;
    while let Some(frame) = page.next_before_end().await {
        if is_marker(&frame) {
            return;
        }
        cursor = frame["data"]["cursor"]
            .as_str()
            .map(str::to_owned)
            .or(cursor);
    }
    let since = cursor.map_or(String::new(), |cursor| crate::resume::since(&json!(cursor)));
    let (mut again, welcome) = app.products_socket(&since).await;
    if welcome["resumed"] == true {
        again
            .expect_where("update_products", |update| update["id"] == marker["_id"])
            .await;
    } else {
        assert!(again.snapshot().await.0.contains(&marker));
    }
}

#[test]
fn refused_connections_are_survived() {
    survives(Fault::Refused, "refused");
}

#[test]
fn swallowed_bytes_are_survived() {
    survives(Fault::Swallowed, "swallowed");
}

#[test]
fn late_replies_are_survived() {
    survives(Fault::Late, "2 s late");
}

#[test]
fn cut_replies_are_survived() {
    survives(Fault::CutMidReply, "cut within a reply");
}

#[test]
fn half_closed_connections_are_survived() {
    survives(Fault::HalfClosed, "half closed");
}

#[test]
fn trickling_replies_are_survived() {
    survives(Fault::Trickling, "1 byte/s");
}

#[test]
fn a_start_without_mongodb_fails_with_one_line() {
    let Some(store) = TestStore::mongo() else {
        return;
    };
    let slowest = std::thread::scope(|scope| {
        let starts = [
            Fault::Refused,
            Fault::Swallowed,
            Fault::CutMidReply,
            Fault::HalfClosed,
            Fault::Trickling,
        ]
        .map(|fault| {
            let store = &store;
            scope.spawn(move || {
                let (proxy, url) = proxy_to(store);
                proxy.set(fault);
                let started = Instant::now();
                // `output_of` fails after the 10 s that a start may take.
                let arguments = ["--listen", "127.0.0.1:0", "--store", &url];
                let output = output_of(vitrina(store.folder(), &arguments));
                let stderr = String::from_utf8(output.stderr).expect("UTF-8");
                assert_eq!(output.status.code(), Some(2), "{fault:?}: {stderr}");
                assert!(stderr.contains("--store"), "{fault:?}: {stderr}");
                assert_eq!(stderr.trim_end().lines().count(), 1, "{fault:?}: {stderr}");
                started.elapsed()
            })
        });
        let took = starts.map(|start| start.join().expect("a refused start"));
        took.into_iter().max().expect("five")
    });
    figure(
        "F7",
        format_args!(
            "MongoDB unreachable at the start, by 5 faults: one line naming --store and status 2, after {slowest:.1?} at most"
        ),
    );
}
