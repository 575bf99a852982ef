//! The way to MongoDB is broken: requests end in time, nothing is done twice or lost, and all comes back by
//! itself when the way is mended.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::faulty_way::{Fault, FaultyWay};
use crate::app::{TestApp, run};
use crate::figure::figure;
use crate::goods::{id, path, vase};
use crate::place::Place;
use crate::program::{Program, output_of, vitrina};
use crate::reply::Reply;
use crate::socket::Socket;

/// How soon a request has to end, and the shop to be ready when the way is mended. A machine that does
/// other things as well may take twice as long.
const REQUEST: Duration = Duration::from_secs(5);
const READY: Duration = Duration::from_secs(10);
/// Rounds of requests under a fault: the first meets connections that were sound, the others none.
const ROUNDS: usize = 2;

/// Whether this run is for a report: then promises of time are asserted as they stand.
fn is_judged() -> bool {
    std::env::var_os("VITRINA_FIGURES").is_some()
}

fn assert_within(limit: Duration, took: Duration, what: &str) {
    let limit = if is_judged() { limit } else { limit * 2 };
    assert!(took < limit, "{what} took {took:?}");
}

/// The way to the test's server, and the URL of a place's database by that way.
fn way_to(place: &Place) -> (FaultyWay, String) {
    let url = place.store();
    let rest = url.strip_prefix("mongodb://").expect("a plain URL");
    let (server, rest) = rest.split_once('/').expect("a database");
    let database = rest.split('?').next().expect("a database");
    let way = FaultyWay::to(server.to_owned());
    let url = format!(
        "mongodb://{}/{database}?directConnection=true",
        way.address()
    );
    (way, url)
}

fn program_at(place: &Place, url: &str) -> Program {
    let uploads = place.uploads().display().to_string();
    let own = ["--listen", "127.0.0.1:0", "--rate-limits", "off"];
    let places = ["--store", url, "--uploads", &uploads];
    Program::run(vitrina(place.folder(), &[&own[..], &places].concat()))
}

/// Asks for something; it ends in time, in a refusal that says when to come back or, where the fault lets
/// it, well.
async fn ends(app: &TestApp, method: &str, path: &str, body: &Value, key: &str) -> (u16, Duration) {
    let began = Instant::now();
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
    let took = began.elapsed();
    assert_within(REQUEST, took, path);
    let status = reply.status.as_u16();
    if status >= 400 {
        assert!(!reply.header("retry-after").is_empty(), "{path}: {status}");
        reply.problem(503, "unavailable");
    }
    (status, took)
}

/// Sees one fault through.
fn outlives(fault: Fault, name: &str) {
    let place = Place::mongo();
    let (way, url) = way_to(&place);
    let program = program_at(&place, &url);
    run(async {
        let app = TestApp::at(program.address());
        let product = app.vase("V-1").await;
        let line = json!({ "products": [{ "product": id(&product), "quantity": 1 }] });
        let mut carts = Vec::new();
        for _ in 0..ROUNDS {
            carts.push(app.post("/api/carts", &line).await.expect(201).payload());
        }
        let mut page = app.live_products_socket().await;

        way.set(fault);
        let mut slowest = Duration::ZERO;
        let mut acknowledged = vec!["V-1".to_owned()];
        let mut refused = 0;
        for (round, cart) in carts.iter().enumerate() {
            let code = format!("R-{round}");
            let purchase = format!("/api/carts/{}/purchase", id(cart));
            let buyer = json!({ "purchaser": "ana@example.com" });
            let message = json!({ "user": "ana@example.com", "message": "hello" });
            let (goods, change, key) = (
                vase(&code),
                json!({ "title": "Vase" }),
                format!("k-{round}"),
            );
            let product = path(&product);
            let asked: [(&str, &str, &Value, &str); 8] = [
                ("GET", "/api/products", &Value::Null, ""),
                ("GET", &product, &Value::Null, ""),
                ("POST", "/api/products", &goods, ""),
                ("PUT", &product, &change, ""),
                ("POST", "/api/messages", &message, ""),
                ("POST", "/api/carts", &line, ""),
                ("POST", &purchase, &buyer, &key),
                ("GET", "/readyz", &Value::Null, ""),
            ];
            let ended = join_all(asked.map(|(method, path, body, key)| {
                let app = &app;
                async move { ends(app, method, path, body, key).await }
            }));
            let ended = ended.await;
            slowest = slowest.max(ended.iter().map(|end| end.1).max().expect("eight"));
            refused += ended.iter().filter(|end| end.0 == 503).count();
            if ended[2].0 == 201 {
                acknowledged.push(code);
            }
            app.get("/healthz").await.done();
        }
        if fault != Fault::Late {
            assert_eq!(refused, 8 * ROUNDS, "nothing can be answered");
        }

        way.set(Fault::None);
        let mended = Instant::now();
        while app.get("/readyz").await.status != 200 {}
        let ready = mended.elapsed();
        assert_within(READY, ready, "coming back");

        bought_once(&app, &product, &carts).await;
        let stored = app.all_products().await;
        for code in &acknowledged {
            let there = stored
                .iter()
                .filter(|product| product["code"] == **code)
                .count();
            assert_eq!(there, 1, "{code}");
        }
        recovers(&app, &mut page).await;
        figure(
            "F8",
            format_args!(
                "{name}: slowest of {} requests {slowest:.1?}, {refused} of them 503, ready {ready:.1?} after the mending, each cart bought once",
                8 * ROUNDS
            ),
        );
    });
}

/// Purchases whose outcome was not known are asked for again under their keys: one effect each.
async fn bought_once(app: &TestApp, product: &Value, carts: &[Value]) {
    for (round, cart) in carts.iter().enumerate() {
        let purchase = format!("/api/carts/{}/purchase", id(cart));
        let asked = app
            .request("POST", &purchase)
            .header("Idempotency-Key", format!("k-{round}"));
        let buyer = json!({ "purchaser": "ana@example.com" });
        Reply::to(asked.json(&buyer)).await.expect(201);
    }
    let orders = app.get("/api/orders?limit=100").await.expect(200).json();
    assert_eq!(orders["totalDocs"], carts.len());
    let left = app.product(product).await;
    assert_eq!(left["stock"], 10 - carts.len());
}

/// A page that was open all the while is told what happens now, or is sent away and told so when it comes
/// back.
async fn recovers(app: &TestApp, page: &mut Socket) {
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
            .expect_where("update_products", |told| told["id"] == marker["_id"])
            .await;
    } else {
        assert!(again.snapshot().await.0.contains(&marker));
    }
}

#[test]
fn a_way_that_refuses_is_outlived() {
    outlives(Fault::Refused, "refused");
}

#[test]
fn a_way_that_swallows_is_outlived() {
    outlives(Fault::Swallowed, "swallowed");
}

#[test]
fn a_way_that_is_slow_is_outlived() {
    outlives(Fault::Late, "2 s late");
}

#[test]
fn a_way_that_cuts_replies_is_outlived() {
    outlives(Fault::CutMidReply, "cut in the midst of a reply");
}

#[test]
fn a_way_that_is_half_closed_is_outlived() {
    outlives(Fault::HalfClosed, "half closed");
}

#[test]
fn a_way_that_trickles_is_outlived() {
    outlives(Fault::Trickling, "1 byte/s");
}

#[test]
fn a_start_without_a_way_is_one_line_in_time() {
    let place = Place::mongo();
    let slowest = std::thread::scope(|scope| {
        let starts = [
            Fault::Refused,
            Fault::Swallowed,
            Fault::CutMidReply,
            Fault::HalfClosed,
            Fault::Trickling,
        ]
        .map(|fault| {
            let place = &place;
            scope.spawn(move || {
                let (way, url) = way_to(place);
                way.set(fault);
                let began = Instant::now();
                // Gives up after the 10 s of the contract.
                let arguments = ["--listen", "127.0.0.1:0", "--store", &url];
                let output = output_of(vitrina(place.folder(), &arguments));
                let told = String::from_utf8(output.stderr).expect("UTF-8");
                assert_eq!(output.status.code(), Some(2), "{fault:?}: {told}");
                assert!(told.contains("--store"), "{fault:?}: {told}");
                assert_eq!(told.trim_end().lines().count(), 1, "{fault:?}: {told}");
                began.elapsed()
            })
        });
        let took = starts.map(|start| start.join().expect("a refused start"));
        took.into_iter().max().expect("five")
    });
    figure(
        "F7",
        format_args!(
            "no way to MongoDB at the start, broken in 5 ways: one line naming --store and status 2, after {slowest:.1?} at most"
        ),
    );
}
