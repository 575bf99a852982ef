//! `/metrics`, `/api/figures` and request ids.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::*;
use crate::reply::Reply;

/// Metrics as Prometheus reads them: values by name and labels.
struct Scrape {
    values: HashMap<String, f64>,
    types: HashMap<String, String>,
}

impl Scrape {
    async fn of(app: &TestApp) -> Self {
        let reply = app.get("/metrics").await.expect(200);
        let kind = "text/plain; version=0.0.4; charset=utf-8";
        assert_eq!(reply.header("content-type"), kind);
        assert_eq!(reply.header("cache-control"), "no-store");
        let (mut values, mut types) = (HashMap::new(), HashMap::new());
        for line in reply.text().lines() {
            if let Some(described) = line.strip_prefix("# TYPE ") {
                let (name, kind) = described.split_once(' ').expect(line);
                let twice = types.insert(name.to_owned(), kind.to_owned());
                assert_eq!(twice, None, "{line}");
            } else if !line.starts_with("# HELP ") {
                let (series, value) = line.rsplit_once(' ').expect(line);
                let value = value.parse().expect(line);
                assert_eq!(values.insert(series.to_owned(), value), None, "{line}");
            }
        }
        Self { values, types }
    }

    /// Scrapes until a condition holds.
    async fn when(app: &TestApp, holds: impl Fn(&Self) -> bool) -> Self {
        loop {
            let scrape = Self::of(app).await;
            if holds(&scrape) {
                return scrape;
            }
        }
    }

    /// A value; 0 for a series that does not exist.
    fn value(&self, series: &str) -> f64 {
        let series = format!("vitrina_{series}");
        self.values.get(&series).copied().unwrap_or_default()
    }

    /// The sum of all series whose name and labels start with a prefix.
    fn sum(&self, prefix: &str) -> f64 {
        let prefix = format!("vitrina_{prefix}");
        let series = self.values.iter();
        let matching = series.filter(|(name, _)| name.starts_with(&prefix));
        matching.map(|(_, value)| value).sum()
    }
}

pub(crate) async fn metrics_are_well_formed_with_few_series(app: &TestApp) {
    for number in 0..30 {
        app.get(&format!("/nowhere/{number}")).await.expect(404);
        app.get(&format!("/api/products/{number}"))
            .await
            .expect(404);
        let method = format!("ODD{number}");
        Reply::to(app.request(&method, "/api/products"))
            .await
            .expect(405);
    }
    let scrape = Scrape::of(app).await;
    for series in scrape.values.keys() {
        let name = series.split('{').next().expect("a name");
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix))
            .filter(|family| scrape.types.contains_key(*family))
            .unwrap_or(name);
        let kind = scrape.types.get(family).unwrap_or_else(|| panic!("{name}"));
        let is_total = family.ends_with("_total");
        assert_eq!(is_total, kind == "counter", "{family} is a {kind}");
        assert!(!series.contains("/nowhere"), "{series}");
    }
    let requests = "vitrina_http_requests_total{";
    let series: HashSet<_> = scrape.values.keys().collect();
    let counted = series.iter().filter(|name| name.starts_with(requests));
    assert!(counted.count() <= 6, "{series:?}");
    assert_eq!(
        scrape.value(
            "http_requests_total{method=\"GET\",route=\"/api/products/{pid}\",status=\"4xx\"}"
        ),
        30.0
    );
    assert_eq!(
        scrape
            .value("http_requests_total{method=\"other\",route=\"/api/products\",status=\"4xx\"}"),
        30.0
    );
    assert_eq!(scrape.value("refusals_total{code=\"not_found\"}"), 60.0);
    assert!(scrape.value("process_resident_memory_bytes") > 1e6);
    assert_eq!(scrape.sum("build_info{"), 1.0);
}

pub(crate) async fn events_are_counted(app: &TestApp) {
    let mut reader = app.products_socket_after_snapshot().await;
    let (unknown, welcome) = app.products_socket("?since=nowhere").await;
    assert_eq!(welcome["resumed"], false);
    let cursor = welcome["cursor"].as_str().expect("a cursor").to_owned();
    let chat = app.chat_as("ana@example.com").await;

    let product = app.vase("V-1").await;
    reader.expect("update_products").await;
    let keyed = app.request("POST", "/api/products").json(&vase("V-2"));
    Reply::to(keyed.header("Idempotency-Key", "k"))
        .await
        .expect(201);
    reader.expect("update_products").await;
    let (resumed, _) = app.products_socket(&format!("?since={cursor}")).await;

    let people = |scrape: &Scrape| scrape.value("people") == 1.0;
    let scrape = Scrape::when(app, people).await;
    let is = |series: &str, value: f64| assert_eq!(scrape.value(series), value, "{series}");
    is("sockets_open{stream=\"products\"}", 3.0);
    is("sockets_open{stream=\"chat\"}", 1.0);
    is(
        "sockets_entered_total{stream=\"products\",cursor=\"none\"}",
        1.0,
    );
    is(
        "sockets_entered_total{stream=\"products\",cursor=\"known\"}",
        1.0,
    );
    is(
        "sockets_entered_total{stream=\"products\",cursor=\"unknown\"}",
        1.0,
    );
    is("snapshots_total{stream=\"products\"}", 2.0);
    is("snapshots_total{stream=\"chat\"}", 1.0);
    is("feed_live", 1.0);
    is("feed_changes_total", 2.0);
    is("refusals_total{code=\"not_found\"}", 0.0);
    for (name, least) in [
        ("delivered_frames_total{stream=\"products\"}", 2.0),
        ("delivered_bytes_total{stream=\"products\"}", 200.0),
        ("fan_out_seconds_count{stream=\"products\"}", 1.0),
        ("log_frames{stream=\"products\"}", 2.0),
    ] {
        assert!(scrape.value(name) >= least, "{name}");
    }
    assert!(scrape.sum("store_operation_seconds_count") >= 2.0);
    assert!(scrape.sum("store_commit_seconds_count") >= 1.0);
    assert!(scrape.sum("keys_kept") <= 1.0);
    assert_eq!(scrape.sum("store_errors_total"), 0.0);
    // Its lag is measured once its changes have been dispatched.
    Scrape::when(app, |scrape| scrape.sum("feed_lag_seconds_count") >= 1.0).await;

    let changed = app.put(&path(&product), &json!({ "price": -1 })).await;
    changed.problem(400, "validation");
    for socket in [reader, unknown, resumed, chat] {
        socket.close().await;
    }
    let closed = Scrape::when(app, |scrape| scrape.sum("sockets_open") == 0.0).await;
    assert_eq!(
        closed.value("sockets_closed_total{stream=\"products\",code=\"peer\"}"),
        3.0
    );
    assert_eq!(closed.value("refusals_total{code=\"validation\"}"), 1.0);
}

pub(crate) async fn live_figures_show_the_servers_state(app: &TestApp) {
    let figures = async || app.get("/api/figures").await.expect(200).payload();
    let before = figures().await;
    let mut reader = app.products_socket_after_snapshot().await;
    app.vase("V-1").await;
    reader.expect("update_products").await;
    app.get("/api/products/nothing").await.expect(404);

    let now = figures().await;
    assert_eq!(now["version"], env!("CARGO_PKG_VERSION"));
    assert!(["sqlite", "mongodb"].contains(&now["store"].as_str().expect("a store")));
    assert_eq!(now["sockets"]["products"], 1);
    assert_eq!(now["feed"]["live"], true);
    let growth = |path: &str| {
        let value = |figures: &Value| figures.pointer(path).and_then(Value::as_f64);
        value(&now).expect(path) - value(&before).expect(path)
    };
    assert!(growth("/uptimeSeconds") > 0.0);
    assert!(growth("/deliveries/frames") >= 1.0);
    assert!(growth("/deliveries/bytes") >= 100.0);
    assert_eq!(growth("/feed/changes"), 1.0);
    assert_eq!(growth("/requests/refused"), 1.0);
    assert_eq!(growth("/requests/failed"), 0.0);
    assert!(growth("/requests/total") >= 3.0);
    for times in ["/operation", "/feed/fanOut"] {
        let times = now.pointer(times).expect(times);
        let (median, p99) = (times["p50Ms"].as_f64(), times["p99Ms"].as_f64());
        assert!(times["count"].as_u64() > Some(0), "{times}");
        assert!(median.is_some() && median <= p99, "{times}");
    }
    assert!(now["memoryBytes"].as_u64() > Some(1 << 20), "{now}");
    assert!(now["readers"]["slow"].as_i64() == Some(0), "{now}");
}

pub(crate) async fn every_response_has_a_request_id(app: &TestApp) {
    let request_id = async |path: &str, id: &str| {
        let request = app.request("GET", path).header("X-Request-Id", id);
        Reply::to(request).await.header("x-request-id").to_owned()
    };
    for path in ["/healthz", "/nowhere", "/api/products/1", "/ws/chat", "/"] {
        assert_eq!(request_id(path, "proxy-1/2").await, "proxy-1/2", "{path}");
    }
    let generated = app.get("/healthz").await.header("x-request-id").to_owned();
    assert!((10..=64).contains(&generated.len()), "{generated}");
    let long = "x".repeat(65);
    for id in ["", "a b", &long] {
        let replaced = request_id("/healthz", id).await;
        assert!(
            replaced != id && replaced != generated && replaced.len() >= 10,
            "{replaced}"
        );
    }
    let twice = app.request("GET", "/healthz").header("X-Request-Id", "a");
    let twice = Reply::to(twice.header("X-Request-Id", "b")).await;
    assert!(twice.header("x-request-id").len() >= 10);
    // Refusals of the guard have one too.
    let foreign = app
        .request("GET", "/healthz")
        .header("Origin", "http://evil.example");
    let foreign = Reply::to(foreign.header("X-Request-Id", "a")).await;
    assert_eq!(foreign.header("x-request-id"), "a");
    foreign.problem(403, "forbidden");
}
