//! Strings, objects and numbers that a database or a language could interpret. The responses are
//! the same on both stores.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::figure::figure;
use crate::fixtures::*;
use crate::reply::Reply;

/// Objects with a meaning in MongoDB or JavaScript.
fn operators() -> Vec<Value> {
    vec![
        json!({ "$gt": "" }),
        json!({ "$ne": null }),
        json!({ "$where": "sleep(5000)" }),
        json!({ "$regex": "^(a+)+$" }),
        json!({ "$in": ["V-1"] }),
        json!({ "$numberInt": "1" }),
        json!({ "$oid": "0123456789abcdef01234567" }),
        json!({ "$date": 0 }),
        json!({ "__proto__": { "admin": true } }),
        json!({ "constructor": { "prototype": {} } }),
        json!(["V-1"]),
        json!([["$gt", ""]]),
    ]
}

/// Strings that end a quotation, a pattern or a document, or are one.
const STRINGS: [&str; 22] = [
    "' OR '1'='1",
    "'; DROP TABLE products;--",
    "\" OR \"\"=\"",
    "x') UNION SELECT * FROM orders--",
    "%",
    "_",
    "\\",
    "%_\\%",
    "(a+)+$",
    "(?i).*",
    "[$regex]",
    "{\"$gt\":\"\"}",
    "$where",
    "$title",
    "title.$gt",
    "__proto__",
    "constructor",
    "\u{202e}txt.exe",
    "\u{1f3fa}\u{200d}\u{fe0f}",
    "\u{fffe}\u{ffff}\u{fffd}",
    "ﬁ ß İ ı",
    "{{7*7}} ${7*7} <%= 7 %>",
];

fn query(name: &str, value: &str) -> String {
    serde_urlencoded::to_string([(name, value)]).expect("a query")
}

pub(crate) async fn hostile_strings_are_stored_as_data(app: &TestApp) {
    let other = app.vase("V-1").await;
    for (number, text) in STRINGS.iter().enumerate() {
        let code = format!("{text}{number}");
        let body = json!({
            "title": text, "code": code, "category": text, "description": text, "price": 1, "stock": 1,
        });
        let made = app.create_product(&body).await;
        for (field, value) in [("title", *text), ("category", text), ("code", &code)] {
            let found = app
                .get(&format!(
                    "/api/products?{}",
                    query("query", &format!("{field}:{value}"))
                ))
                .await;
            assert_eq!(
                found.expect(200).json()["payload"],
                json!([made]),
                "{field}: {text}"
            );
        }
        let found = app
            .get(&format!("/api/products?{}", query("q", text)))
            .await
            .expect(200)
            .json();
        let found = found["payload"].as_array().expect("a list");
        assert!(
            found.contains(&made) && !found.contains(&other),
            "{text}: {found:?}"
        );
        let taken = app
            .post("/api/products", &vase_with(&code, json!({})))
            .await;
        taken.problem(409, "duplicate_code");
        app.delete(&path(&made)).await.done();
    }
    assert_eq!(app.all_products().await, [other]);
    figure(
        "X12",
        format_args!(
            "{} strings: stored, found by themselves only, without effect",
            STRINGS.len()
        ),
    );
}

/// Every route with a body, and its members.
async fn routes(
    app: &TestApp,
    product: &Value,
) -> Vec<(&'static str, String, &'static [&'static str])> {
    let lines = json!({ "products": [{ "product": id(product), "quantity": 1 }] });
    let cart = app.post("/api/carts", &lines).await.expect(201).payload();
    let cart = format!("/api/carts/{}", id(&cart));
    vec![
        (
            "POST",
            "/api/products".into(),
            &[
                "title",
                "code",
                "price",
                "stock",
                "category",
                "description",
                "status",
                "thumbnails",
            ],
        ),
        (
            "PUT",
            path(product),
            &[
                "title",
                "code",
                "price",
                "stock",
                "category",
                "description",
                "status",
                "thumbnails",
            ],
        ),
        ("POST", "/api/carts".into(), &["products"]),
        ("PUT", cart.clone(), &["products"]),
        (
            "POST",
            format!("{cart}/product/{}", id(product)),
            &["quantity", "qty"],
        ),
        (
            "PUT",
            format!("{cart}/products/{}", id(product)),
            &["quantity"],
        ),
        ("POST", format!("{cart}/purchase"), &["purchaser", "total"]),
        ("POST", "/api/messages".into(), &["user", "message", "text"]),
    ]
}

fn body_with(member: &str, value: &Value) -> Value {
    match member {
        "user" => json!({ "user": value, "message": "hello" }),
        "message" | "text" => json!({ "user": "ana@example.com", member: value }),
        "total" => json!({ "purchaser": "ana@example.com", "total": value }),
        _ => json!({ member: value }),
    }
}

pub(crate) async fn operators_are_refused_as_values(app: &TestApp) {
    let product = app.vase("V-1").await;
    let mut count = 0;
    for (method, path, members) in routes(app, &product).await {
        for member in members {
            for operator in operators() {
                let list = *member == "thumbnails" && operator == json!(["V-1"]);
                let request = app
                    .request(method, &path)
                    .json(&body_with(member, &operator));
                let reply = Reply::to(request).await;
                let context = format!("{method} {path} {member} {operator}: {}", reply.text());
                assert_eq!(reply.status, 400, "{context}");
                let problem: Value = serde_json::from_slice(&reply.bytes).expect(&context);
                let fields = problem["errors"].as_array().expect(&context).iter();
                let fields = fields.filter_map(|error| error["field"].as_str());
                // An error in `text` is reported for `message`.
                let member = if *member == "text" { "message" } else { member };
                let is_named = fields.into_iter().any(|field| field.starts_with(member));
                // Thumbnails are looked up only if the product is valid otherwise.
                assert!(is_named || list && method == "POST", "{context}");
                count += 1;
            }
        }
    }
    assert_eq!(app.product(&product).await, product);
    let messages = app.get("/api/messages").await.expect(200).json();
    assert_eq!(messages["payload"], json!([]));
    figure(
        "X12",
        format_args!("{count} operators as values: 400 naming the field, nothing changed"),
    );
}

pub(crate) async fn unexpected_members_are_refused(app: &TestApp) {
    let product = app.vase("V-1").await;
    let names = [
        "$set",
        "$where",
        "$inc",
        "stock.$gt",
        "a.b",
        ".",
        "$",
        "",
        "__proto__",
        "constructor",
        "prototype",
        "toString",
        "role",
        "held",
        "heldSince",
        "title ",
        "\u{0}",
        "STOCK",
        "nested[a][b]",
        "products.0.quantity",
    ];
    let mut count = 0;
    for (method, path, _) in routes(app, &product).await {
        for name in names {
            let request = app
                .request(method, &path)
                .json(&json!({ name: { "$gt": 0 } }));
            Reply::to(request)
                .await
                .problem_of(400, "unknown_field", &[name]);
            count += 1;
        }
    }
    assert_eq!(app.product(&product).await, product);
    figure(
        "X12",
        format_args!("{count} unexpected members: 400 naming them"),
    );
}

pub(crate) async fn malformed_ids_are_refused(app: &TestApp) {
    let product = app.vase("V-1").await;
    let id = id(&product);
    let malformed = [
        "%7B%22$ne%22:null%7D",
        "$ne",
        "..",
        "%2e%2e",
        "..%2f..%2fetc%2fpasswd",
        "..%5c..%5c",
        "%252e%252e",
        "%00",
        &format!("{id}%00"),
        &format!("{id}%20"),
        &format!("{id}'"),
        &format!("{id}%0a"),
        &format!("{id};"),
        "ObjectId(%22x%22)",
        "*",
        "null",
        "undefined",
        "-1",
        "0",
        "1e309",
        "__proto__",
        "%ff%fe",
        "%F0%9F%8F%BA",
        "{}",
    ];
    let mut count = 0;
    for text in malformed {
        for (method, path) in [
            ("GET", format!("/api/products/{text}")),
            ("PUT", format!("/api/products/{text}")),
            ("DELETE", format!("/api/products/{text}")),
            ("GET", format!("/api/carts/{text}")),
            ("DELETE", format!("/api/carts/{text}/products/{id}")),
            ("POST", format!("/api/carts/{text}/purchase")),
            ("GET", format!("/api/orders/{text}")),
            ("POST", format!("/api/orders/{text}/cancel")),
            ("DELETE", format!("/api/messages/{text}")),
            ("GET", format!("/products/{text}")),
            ("GET", format!("/carts/{text}")),
            ("GET", format!("/orders/{text}")),
            ("GET", format!("/ws/products?cart={text}")),
        ] {
            let host = app.address();
            let body = "{\"purchaser\":\"ana@example.com\",\"title\":\"x\"}";
            let body = if ["PUT", "POST"].contains(&method) {
                body
            } else {
                ""
            };
            let length = body.len();
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            let answer = app.raw(&request);
            let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
            assert!(
                ["400", "404", "405"].contains(&&*status),
                "{method} {path}: {answer}"
            );
            count += 1;
        }
    }
    assert_eq!(app.product(&product).await, product);
    figure(
        "X10",
        format_args!("{count} requests with malformed ids: 400 or 404"),
    );
}

/// Number literals that are valid JSON but invalid values.
const NUMBERS: [(&str, &str); 18] = [
    ("price", "-0.01"),
    ("price", "0.001"),
    ("price", "19.999"),
    ("price", "10000000.01"),
    ("price", "1e300"),
    ("price", "9223372036854775808"),
    ("price", "\"NaN\""),
    ("price", "\"19.99\""),
    ("price", "1e-400"),
    ("stock", "-1"),
    ("stock", "1.5"),
    ("stock", "1000001"),
    ("stock", "9223372036854775807"),
    ("stock", "9223372036854775808"),
    ("stock", "-9223372036854775809"),
    ("stock", "1e300"),
    ("stock", "\"Infinity\""),
    ("stock", "1e-300"),
];

pub(crate) async fn numbers_out_of_bounds_are_refused(app: &TestApp) {
    let product = app.vase("V-1").await;
    let put = async |body: String| {
        let request: RequestBuilder = app.request("PUT", &path(&product));
        Reply::to(
            request
                .header("Content-Type", "application/json")
                .body(body),
        )
        .await
    };
    let mut count = 0;
    for (field, literal) in NUMBERS {
        // Rounds to 0, which is valid.
        if literal == "1e-400" {
            put(format!("{{\"{field}\":{literal}}}")).await.expect(202);
            put("{\"price\":19.99}".into()).await.expect(202);
            continue;
        }
        put(format!("{{\"{field}\":{literal}}}"))
            .await
            .problem_of(400, "validation", &[field]);
        count += 1;
    }
    for literal in [
        "1e400", "-1e400", "NaN", "Infinity", "0x10", "01", "1.", ".5", "+1", "1_000", "--1", "1e",
    ] {
        put(format!("{{\"price\":{literal}}}"))
            .await
            .problem(400, "bad_json");
        count += 1;
    }
    let lines = json!({ "products": [{ "product": id(&product), "quantity": 1 }] });
    let cart = app.post("/api/carts", &lines).await.expect(201).payload();
    let line = format!("/api/carts/{}/products/{}", id(&cart), id(&product));
    for literal in [
        "0",
        "-1",
        "1.5",
        "1000001",
        "9223372036854775808",
        "1e300",
        "\"1\"",
        "null",
        "[]",
        "true",
    ] {
        for method in ["PUT", "POST"] {
            let request = app
                .request(method, &line)
                .header("Content-Type", "application/json");
            let reply = Reply::to(request.body(format!("{{\"quantity\":{literal}}}"))).await;
            reply.problem_of(400, "validation", &["quantity"]);
            count += 1;
        }
    }
    let now = app
        .get(&format!("/api/carts/{}", id(&cart)))
        .await
        .expect(200)
        .payload();
    assert_eq!(now, cart);
    figure(
        "X13",
        format_args!(
            "{count} invalid, too large, negative or too precise numbers: 400 naming the field"
        ),
    );
}

pub(crate) async fn broken_bodies_are_refused(app: &TestApp) {
    let product = app.vase("V-1").await;
    let deep = |open: &str, close: &str, times: usize| {
        format!(
            "{{\"title\":{}1{}}}",
            open.repeat(times),
            close.repeat(times)
        )
    };
    let post = async |body: Vec<u8>| app.post_as("application/json", "/api/products", body).await;
    for body in [
        deep("[", "]", 100),
        deep("[", "]", 10_000),
        deep("{\"a\":", "}", 10_000),
        "[".repeat(60_000),
        "{\"a\":".repeat(12_000),
        "{\"title\":\"\\ud800\"}".into(),
        "{\"title\":\"\\udc00\\ud800\"}".into(),
        "{\"title\":\"a\u{0}b\"}".into(),
        "{\"title\":\"a\nb\"}".into(),
        "\u{feff}{}".into(),
    ] {
        post(body.into_bytes()).await.expect(400);
    }
    for bytes in [
        &b"{\"title\":\"\xff\"}"[..],
        b"{\"title\":\"\xed\xa0\x80\"}",
        b"{\"title\":\"\xc0\xaf\"}",
        b"{\"title\":\"\xf5\x80\x80\x80\"}",
    ] {
        post(bytes.to_vec()).await.problem(400, "bad_json");
    }
    // Of two members of one name the last one counts, as usual with JSON.
    let twice =
        "{\"title\":{\"$gt\":1},\"title\":\"Last\",\"code\":\"T-1\",\"price\":1,\"stock\":1}";
    let made = post(twice.into()).await.expect(201).payload();
    assert_eq!(made["title"], "Last");
    app.delete(&path(&made)).await.done();
    // Thousands of members are refused with a response of bounded length.
    let many: Vec<_> = (0..4_000)
        .map(|number| format!("\"m{number}\":1"))
        .collect();
    let refused = post(format!("{{{}}}", many.join(",")).into_bytes())
        .await
        .expect(400);
    assert!(
        refused.bytes.len() < 1 << 20,
        "{} bytes",
        refused.bytes.len()
    );
    assert_eq!(app.all_products().await, [product]);
    figure(
        "X12",
        format_args!(
            "14 broken or deep bodies: 400; 4,000 unknown members: 400 in {} bytes",
            refused.bytes.len()
        ),
    );
}
