//! Strings that try to become markup or script.

use serde_json::json;

use crate::app::TestApp;
use crate::fixtures::*;
use crate::pages::page;
use crate::reply::Reply;

const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" autofocus onfocus=\"alert(1)",
    "<svg/onload=alert(1)>",
    "</template><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<!--<script>",
    "]]><a href=javascript:alert(1)>",
];

/// Asserts that the page does not contain the string unescaped where it could be markup.
fn assert_escaped(html: &str, text: &str) {
    let markup = [
        "<script>",
        "<img src=x",
        "<svg/",
        "onerror=",
        "<!--<",
        "<a href=java",
    ];
    for fragment in markup.iter().filter(|fragment| text.contains(**fragment)) {
        let is_tag = fragment.starts_with('<');
        assert!(
            !is_tag || !html.contains(fragment),
            "{fragment} of {text} in {html}"
        );
    }
    if text.contains(['<', '"', '\'']) {
        assert!(!html.contains(text), "{text} in {html}");
    }
}

pub(crate) async fn product_strings_are_escaped_on_every_page(app: &TestApp) {
    for (number, text) in HOSTILE.iter().enumerate() {
        let body = json!({
            "title": text, "description": text, "category": text, "code": format!("{number}{text}"),
            "price": 1, "stock": 9,
        });
        let product = app.create_product(&body).await;
        let fields = [("product", id(&product))];
        let added = app.post_form("/carts/lines", &fields).await.expect(303);
        let product_page = format!("/products/{}", id(&product));
        for path in [
            &product_page,
            added.header("location"),
            "/?sort=title:asc",
            "/realtimeproducts",
        ] {
            assert_escaped(&page(app.get(path).await, 200), text);
        }
        let fields = [("product", id(&product)), ("quantity", text)];
        assert_escaped(
            &page(app.post_form("/carts/lines", &fields).await, 400),
            text,
        );
    }
}

pub(crate) async fn queries_and_paths_are_escaped(app: &TestApp) {
    app.vase("V-1").await;
    for text in HOSTILE {
        for name in ["q", "category"] {
            let query = serde_urlencoded::to_string([(name, text)]).expect("a query");
            assert_escaped(&page(app.get(&format!("/?{query}")).await, 200), text);
        }
        for name in ["sort", "page"] {
            let query = serde_urlencoded::to_string([(name, text)]).expect("a query");
            assert_escaped(&page(app.get(&format!("/?{query}")).await, 400), text);
        }
        let segment = serde_urlencoded::to_string([("", text)]).expect("a path");
        let segment = segment.trim_start_matches('=').replace('+', "%20");
        for path in [
            format!("/products/{segment}"),
            format!("/carts/{segment}"),
            format!("/{segment}"),
        ] {
            let browser = app.request("GET", &path).header("Accept", "text/html");
            assert_escaped(&page(Reply::to(browser).await, 404), text);
        }
    }
}

pub(crate) async fn api_errors_repeat_field_names_as_json(app: &TestApp) {
    for text in HOSTILE {
        let reply = app.post("/api/products", &json!({ text: 1 })).await;
        // The name of an unknown field is repeated, as JSON.
        let problem = reply.problem(400, "unknown_field");
        assert_eq!(problem["errors"][0]["field"], text);
    }
}

pub(crate) async fn a_long_field_name_is_not_repeated_whole(app: &TestApp) {
    let name = "n".repeat(10_000);
    let problem = app.post("/api/products", &json!({ name: 1 })).await;
    let problem = problem.problem(400, "unknown_field");
    assert!(problem.to_string().len() < 1_000, "{problem}");
}
