//! Texts that want to be more than text.

use serde_json::json;

use crate::app::TestApp;
use crate::goods::*;
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

/// The text is not in the page as it was given, where it could be markup.
fn assert_escaped(html: &str, text: &str) {
    let markup = [
        "<script>",
        "<img src=x",
        "<svg/",
        "onerror=",
        "<!--<",
        "<a href=java",
    ];
    for piece in markup.iter().filter(|piece| text.contains(**piece)) {
        let is_tag = piece.starts_with('<');
        assert!(
            !is_tag || !html.contains(piece),
            "{piece} of {text} in {html}"
        );
    }
    if text.contains(['<', '"', '\'']) {
        assert!(!html.contains(text), "{text} in {html}");
    }
}

pub(crate) async fn products_texts_are_escaped_on_every_page(app: &TestApp) {
    for (number, text) in HOSTILE.iter().enumerate() {
        let goods = json!({
            "title": text, "description": text, "category": text, "code": format!("{number}{text}"),
            "price": 1, "stock": 9,
        });
        let product = app.goods(&goods).await;
        let fields = [("product", id(&product))];
        let added = app.post_form("/carts/lines", &fields).await.expect(303);
        let own = format!("/products/{}", id(&product));
        for path in [
            &own,
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

pub(crate) async fn what_is_asked_for_is_escaped(app: &TestApp) {
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
        let part = serde_urlencoded::to_string([("", text)]).expect("a path");
        let part = part.trim_start_matches('=').replace('+', "%20");
        for path in [
            format!("/products/{part}"),
            format!("/carts/{part}"),
            format!("/{part}"),
        ] {
            let browser = app.request("GET", &path).header("Accept", "text/html");
            assert_escaped(&page(Reply::to(browser).await, 404), text);
        }
    }
}

pub(crate) async fn errors_of_the_api_repeat_no_markup_as_a_page(app: &TestApp) {
    for text in HOSTILE {
        let reply = app.post("/api/products", &json!({ text: 1 })).await;
        // The name of an unknown field is told, as JSON.
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
