//! The documents of the interfaces: what is answered is described, and what is described is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jsonschema::Validator;
use serde_json::{Value, json};
use vitrina::web::describe;

use crate::app::TestApp;
use crate::place::Place;
use crate::program::{output_of, vitrina};

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];
/// Paths below these are for programs; everything else is a page.
const FOR_PROGRAMS: [&str; 5] = ["/api", "/healthz", "/readyz", "/metrics", "/uploads"];

/// How an operation answers with a status.
struct Described {
    /// The media types of its body.
    kinds: Vec<String>,
    /// What its JSON must be, nothing more.
    schema: Option<Schema>,
}

/// A schema that is read when it is first asked: a test meets few of them.
type Schema = LazyLock<Validator, Box<dyn FnOnce() -> Validator + Send>>;

type Operation = BTreeMap<u16, Described>;

/// Operations by method and path.
static OPERATIONS: LazyLock<BTreeMap<(String, String), Operation>> = LazyLock::new(|| {
    let document = Arc::new(closed(describe::openapi().clone()));
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
    let document = Arc::new(closed(describe::asyncapi().clone()));
    let messages = document["components"]["messages"]
        .as_object()
        .expect("messages");
    let frames = messages
        .iter()
        .map(|(name, message)| (name.clone(), schema(&document, &message["payload"])));
    frames.collect()
});

fn described(document: &Arc<Value>, response: &Value) -> Described {
    let content = response["content"].as_object().cloned().unwrap_or_default();
    let json = content.iter().find(|(kind, _)| kind.ends_with("json"));
    Described {
        schema: json.map(|(_, content)| schema(document, &content["schema"])),
        kinds: content.keys().cloned().collect(),
    }
}

fn schema(document: &Arc<Value>, schema: &Value) -> Schema {
    let (document, schema) = (Arc::clone(document), schema.clone());
    LazyLock::new(Box::new(move || validator(&document, &schema)))
}

fn validator(document: &Value, schema: &Value) -> Validator {
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": { "schemas": document["components"]["schemas"] },
        "allOf": [schema],
    });
    jsonschema::options()
        .should_validate_formats(true)
        .build(&whole)
        .expect("a sound schema")
}

/// The document as it is meant in these tests: objects have the members that are described, and no other.
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

/// Asserts that an answer of the API is one that the document describes.
pub(crate) fn assert_described(method: &str, path: &str, status: u16, kind: &str, body: &[u8]) {
    let path = path.trim_end_matches('/').to_owned();
    let lower = path.to_lowercase();
    if !FOR_PROGRAMS.iter().any(|prefix| lower.starts_with(prefix))
        || matches!(status, 304 | 405 | 501)
    {
        return;
    }
    let asked = if method == "HEAD" { "GET" } else { method };
    let found = OPERATIONS
        .iter()
        .filter(|((method, pattern), _)| method == asked && fits(pattern, &lower))
        // Words before parts.
        .min_by_key(|((_, pattern), _)| pattern.matches('{').count());
    let told = format!("{method} {path} {status} {}", String::from_utf8_lossy(body));
    let Some((_, operation)) = found else {
        assert!(
            matches!(status, 400 | 403 | 404 | 415 | 429),
            "no such operation is described: {told}"
        );
        return;
    };
    let answer = operation
        .get(&status)
        .unwrap_or_else(|| panic!("no such status is described: {told}"));
    let plain = kind.split(';').next().unwrap_or_default().trim();
    assert!(
        answer.kinds.iter().any(|kind| kind == plain),
        "a body of {plain} is not described: {told}"
    );
    if method == "HEAD" || !plain.ends_with("json") {
        return;
    }
    let value: Value =
        serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {told}"));
    let schema = answer.schema.as_ref().expect("JSON has a schema");
    if let Some(error) = schema.iter_errors(&value).next() {
        panic!(
            "not as it is described: {error} at {}: {told}",
            error.instance_path()
        );
    }
}

/// Asserts that a frame from the server is one that the document describes.
pub(crate) fn assert_frame_described(frame: &Value) {
    let event = frame["event"].as_str().unwrap_or_default();
    let names = [format!("products.{event}"), format!("chat.{event}")];
    let schema = names.iter().find_map(|name| FRAMES.get(name));
    let schema = schema.unwrap_or_else(|| panic!("no such event is described: {frame}"));
    if let Some(error) = schema.iter_errors(frame).next() {
        panic!(
            "not as it is described: {error} at {}: {frame}",
            error.instance_path()
        );
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(word)) if part.starts_with('{') || part == word => {}
            // The original application spelled it both ways.
            (Some("products"), Some("product")) if pattern.starts_with("/api/carts/") => {}
            _ => return false,
        }
    }
}

/// The paths and methods of the route table, as its source has them.
fn routes() -> BTreeMap<String, BTreeSet<String>> {
    let source = include_str!("../../src/web/mod.rs");
    let mut routes = BTreeMap::new();
    for call in source.split("resource(").skip(1) {
        let mut texts = call.split('"').skip(1).step_by(2);
        let (Some(path), Some(methods)) = (texts.next(), texts.next()) else {
            continue;
        };
        if call.starts_with('"') && FOR_PROGRAMS.iter().any(|prefix| path.starts_with(prefix)) {
            routes.insert(
                path.to_owned(),
                methods.split(", ").map(str::to_owned).collect(),
            );
        }
    }
    // Two spellings of one resource.
    routes.insert(
        "/api/carts/{cid}/products/{pid}".into(),
        ["POST", "PUT", "DELETE"].map(str::to_owned).into(),
    );
    routes
}

#[test]
fn every_route_is_described_and_every_description_is_a_route() {
    let mut described = BTreeMap::<String, BTreeSet<String>>::new();
    for (method, path) in OPERATIONS.keys() {
        described
            .entry(path.clone())
            .or_default()
            .insert(method.clone());
    }
    assert_eq!(described, routes());
}

#[test]
fn the_server_takes_what_is_described() {
    let place = Place::sqlite();
    let app = TestApp::start(&place, &[]);
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
        assert_eq!(&served, describe::openapi());
        let served = app.get("/api/asyncapi.json").await.expect(200).json();
        assert_eq!(&served, describe::asyncapi());
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
    let place = Place::sqlite();
    let output = output_of(vitrina(place.folder(), &["openapi"]));
    assert!(output.status.success());
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(&printed, describe::openapi());
}

#[test]
fn what_is_not_described_is_found() {
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
