//! The OpenAPI and AsyncAPI documents match the routes, and every response and frame matches them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jsonschema::Validator;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use vitrina::api::openapi;

use crate::app::TestApp;
use crate::program::{output_of, vitrina};
use crate::test_store::TestStore;

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];
/// Prefixes of API paths; every other path is a page.
const API_PREFIXES: [&str; 5] = ["/api", "/healthz", "/readyz", "/metrics", "/uploads"];

/// The documented response of an operation with one status.
struct ResponseSpec {
    /// The media types of its body.
    kinds: Vec<String>,
    /// Of its JSON body; members that are not described are refused.
    schema: Option<Schema>,
}

/// Compiled on first use: a test needs only a few of them.
type Schema = LazyLock<Validator, Box<dyn FnOnce() -> Validator + Send>>;

type Operation = BTreeMap<u16, ResponseSpec>;

/// Operations by method and path.
static OPERATIONS: LazyLock<BTreeMap<(String, String), Operation>> = LazyLock::new(|| {
    let document = Arc::new(closed(openapi::openapi().clone()));
    let mut operations = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
            let responses = item[*method]["responses"].as_object().expect("responses");
            let answers = responses.iter().map(|(status, response)| {
                let status = status.parse().expect("a status");
                (status, described(&document, response))
            });
            operations.insert((method.to_uppercase(), path.clone()), answers.collect());
        }
    }
    operations
});

static FRAMES: LazyLock<BTreeMap<String, Schema>> = LazyLock::new(|| {
    let document = Arc::new(closed(openapi::asyncapi().clone()));
    let messages = document["components"]["messages"]
        .as_object()
        .expect("messages");
    let frames = messages
        .iter()
        .map(|(name, message)| (name.clone(), schema(&document, &message["payload"])));
    frames.collect()
});

fn described(document: &Arc<Value>, response: &Value) -> ResponseSpec {
    let content = response["content"].as_object().cloned().unwrap_or_default();
    let json = content.iter().find(|(kind, _)| kind.ends_with("json"));
    ResponseSpec {
        schema: json.map(|(_, content)| schema(document, &content["schema"])),
        kinds: content.keys().cloned().collect(),
    }
}

fn schema(document: &Arc<Value>, schema: &Value) -> Schema {
    let (document, schema) = (Arc::clone(document), schema.clone());
    LazyLock::new(Box::new(move || validator(&document, &schema)))
}

fn validator(document: &Value, schema: &Value) -> Validator {
    let root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": { "schemas": document["components"]["schemas"] },
        "allOf": [schema],
    });
    jsonschema::options()
        .should_validate_formats(true)
        .build(&root)
        .expect("a valid schema")
}

/// The document with objects closed to members that it does not describe.
fn closed(mut document: Value) -> Value {
    fn close(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(close),
            Value::Object(members) => {
                members.values_mut().for_each(close);
                if members
                    .get("type")
                    .is_some_and(|kind| kind == "object" || kind == &json!(["object", "null"]))
                    && members.contains_key("properties")
                {
                    members.insert("additionalProperties".into(), false.into());
                }
            }
            _ => {}
        }
    }
    close(&mut document);
    document
}

/// Asserts that the OpenAPI document describes this response.
pub(crate) fn assert_described(method: &str, path: &str, status: u16, kind: &str, body: &[u8]) {
    let path = path.trim_end_matches('/').to_owned();
    let decoded = percent_decode_str(&path).decode_utf8_lossy();
    let lower = decoded.to_lowercase();
    if !API_PREFIXES.iter().any(|prefix| lower.starts_with(prefix))
        || matches!(status, 304 | 405 | 501)
    {
        return;
    }
    let documented_method = if method == "HEAD" { "GET" } else { method };
    let found = OPERATIONS
        .iter()
        .filter(|((method, pattern), _)| method == documented_method && fits(pattern, &lower))
        // Literal segments win over parameters.
        .min_by_key(|((_, pattern), _)| pattern.matches('{').count());
    let context = format!("{method} {path} {status} {}", String::from_utf8_lossy(body));
    let Some((_, operation)) = found else {
        assert!(
            matches!(status, 400 | 403 | 404 | 415 | 429),
            "undescribed operation: {context}"
        );
        return;
    };
    let answer = operation
        .get(&status)
        .unwrap_or_else(|| panic!("undescribed status: {context}"));
    let plain = kind.split(';').next().unwrap_or_default().trim();
    assert!(
        answer.kinds.iter().any(|kind| kind == plain),
        "undescribed body type {plain}: {context}"
    );
    if method == "HEAD" || !plain.ends_with("json") {
        return;
    }
    let value: Value =
        serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {context}"));
    let schema = answer.schema.as_ref().expect("JSON has a schema");
    if let Some(error) = schema.iter_errors(&value).next() {
        panic!(
            "does not match its schema: {error} at {}: {context}",
            error.instance_path()
        );
    }
}

/// Asserts that the AsyncAPI document describes this frame of the server.
pub(crate) fn assert_frame_described(frame: &Value) {
    let event = frame["event"].as_str().unwrap_or_default();
    let names = [format!("products.{event}"), format!("chat.{event}")];
    let schema = names.iter().find_map(|name| FRAMES.get(name));
    let schema = schema.unwrap_or_else(|| panic!("undescribed event: {frame}"));
    if let Some(error) = schema.iter_errors(frame).next() {
        panic!(
            "does not match its schema: {error} at {}: {frame}",
            error.instance_path()
        );
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let is_cart = pattern.starts_with("/api/carts/");
    let (mut pattern, mut actual) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), actual.next()) {
            (None, None) => return true,
            (Some(part), Some(segment)) if part.starts_with('{') || part == segment => {}
            // The original application accepted both spellings.
            (Some("products"), Some("product")) if is_cart => {}
            _ => return false,
        }
    }
}

/// The described methods of each path.
fn routes() -> BTreeMap<String, BTreeSet<String>> {
    let mut routes = BTreeMap::<String, BTreeSet<String>>::new();
    for (method, path) in OPERATIONS.keys() {
        routes
            .entry(path.clone())
            .or_default()
            .insert(method.clone());
    }
    routes
}

#[test]
fn the_server_allows_the_described_methods() {
    let store = TestStore::sqlite();
    let app = TestApp::start(&store, &[]);
    crate::app::run(async {
        for (path, methods) in routes() {
            let part = |name: &str| match name {
                "{width}" => "320".to_owned(),
                name if name.starts_with('{') => "0123456789abcdef01234567".to_owned(),
                name => name.to_owned(),
            };
            let path: Vec<_> = path.split('/').map(part).collect();
            let reply = crate::reply::Reply::to(app.request("PROPFIND", &path.join("/"))).await;
            let allowed: BTreeSet<_> = reply
                .header("allow")
                .split(", ")
                .map(str::to_owned)
                .collect();
            assert_eq!(allowed, methods, "{}", path.join("/"));
        }
        let served = app.get("/api/openapi.json").await.expect(200).json();
        assert_eq!(&served, openapi::openapi());
        let served = app.get("/api/asyncapi.json").await.expect(200).json();
        assert_eq!(&served, openapi::asyncapi());
        let page = app.get("/docs").await.expect(200).text();
        for (method, path) in OPERATIONS.keys() {
            assert!(
                page.contains(&format!("<code>{path}</code>")),
                "{method} {path}"
            );
        }
    });
}

#[test]
fn the_program_prints_the_document() {
    let store = TestStore::sqlite();
    let output = output_of(vitrina(store.folder(), &["openapi"]));
    assert!(output.status.success());
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(&printed, openapi::openapi());
}

#[test]
fn undescribed_responses_are_detected() {
    let refused = |method: &'static str, status, body: &'static str| {
        std::panic::catch_unwind(|| {
            let kind = if status < 400 {
                "application/json"
            } else {
                "application/problem+json"
            };
            assert_described(method, "/api/messages", status, kind, body.as_bytes());
        })
        .is_err()
    };
    let good = r#"{"status":200,"payload":[],"hasMore":false}"#;
    assert!(!refused("GET", 200, good));
    assert!(refused(
        "GET",
        200,
        r#"{"status":200,"payload":[],"hasMore":false,"more":1}"#
    ));
    assert!(refused("GET", 200, r#"{"status":200,"payload":[]}"#));
    assert!(refused("GET", 202, good));
    assert!(refused("DELETE", 200, good));
    let problem = |code: &str| {
        format!(r#"{{"type":"about:blank","title":"t","status":400,"detail":"d","message":"d","code":"{code}"}}"#).leak()
    };
    assert!(!refused("GET", 400, problem("invalid_query")));
    assert!(refused("GET", 400, problem("empty_cart")));
}
