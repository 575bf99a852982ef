//! Pages as a browser without JavaScript gets them.

use serde_json::json;

use crate::app::TestApp;
use crate::fixtures::*;
use crate::reply::Reply;

/// Only files and connections of this site.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The HTML of a page with this status, after the checks that every page must pass.
pub(crate) fn page(reply: Reply, status: u16) -> String {
    let reply = reply.expect(status);
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(reply.header("content-security-policy"), POLICY);
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("cache-control"), "no-store");
    let html = String::from_utf8(reply.bytes).expect("UTF-8");
    assert!(
        html.trim_start()
            .to_lowercase()
            .starts_with("<!doctype html>"),
        "{html}"
    );
    for part in [
        "href=\"/\"",
        "href=\"/realtimeproducts\"",
        "href=\"/chat\"",
        "</html>",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert_inert(&html);
    html
}

/// Asserts that the page has no inline scripts, handlers or styles.
fn assert_inert(html: &str) {
    for tag in html.split('<').skip(1) {
        let tag = tag.split('>').next().expect("a tag").to_lowercase();
        assert!(!tag.starts_with("style"), "{tag}");
        let is_script = tag.starts_with("script");
        assert!(!is_script || tag.contains(" src=\"/public/"), "{tag}");
        // Every second part is the value of the attribute that ends the part before it.
        let parts: Vec<_> = tag.split('"').collect();
        for (number, part) in parts.iter().enumerate() {
            let name = part.rsplit(' ').next().expect("a part");
            if number % 2 == 0 {
                assert!(!name.starts_with("on") && name != "style=", "{tag}");
            } else if parts[number - 1].ends_with(['=']) {
                let links = ["href=", "src=", "action=", "srcset="];
                let is_link = links.iter().any(|name| parts[number - 1].ends_with(name));
                assert!(!is_link || !part.trim().starts_with("javascript:"), "{tag}");
            }
        }
    }
    for script in html.split("<script").skip(1) {
        let (_, after) = script.split_once('>').expect("a whole tag");
        assert!(
            after.starts_with("</script>"),
            "an inline script: {after:.80}"
        );
    }
}

/// The value of the first attribute of this name.
pub(crate) fn attribute<'a>(html: &'a str, name: &str) -> &'a str {
    let start = format!(" {name}=\"");
    let (_, rest) = html
        .split_once(&start)
        .unwrap_or_else(|| panic!("no {name} in {html}"));
    rest.split('"').next().expect("a value")
}

pub(crate) async fn every_page_is_served(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = app.cart().await.replace("/api", "");
    for (path, words) in [
        ("/".to_owned(), "Products"),
        ("/realtimeproducts".to_owned(), "Vase"),
        (format!("/products/{}", id(&product)), "Vase"),
        ("/carts".to_owned(), "Your cart is empty"),
        (cart, "Your cart is empty"),
        ("/chat".to_owned(), "<dialog"),
    ] {
        let html = page(app.get(&path).await, 200);
        assert!(html.contains(words), "{path}: {words} in {html}");
        let variant = format!("{}/", path.trim_end_matches('/').to_uppercase());
        page(app.get(&variant).await, 200);
    }
}

pub(crate) async fn an_empty_shop_has_pages(app: &TestApp) {
    let html = page(app.get("/").await, 200);
    assert!(html.contains("No products yet"), "{html}");
    page(app.get("/realtimeproducts").await, 200);
}

pub(crate) async fn every_file_of_a_page_is_served(app: &TestApp) {
    app.vase_with_image("V-1").await;
    for path in ["/", "/realtimeproducts", "/chat", "/carts", "/nowhere"] {
        let browser = app.request("GET", path).header("Accept", "text/html");
        let html = Reply::to(browser).await.text();
        let mut count = 0;
        for start in ["href=\"/public/", "src=\"/public/", "src=\"/uploads/"] {
            for file in html.split(start).skip(1) {
                let file = file.split('"').next().expect("a name");
                let (_, folder) = start.split_once('"').expect("a quote");
                let served = app.get(&format!("{folder}{file}")).await.expect(200);
                assert!(
                    served.header("cache-control").contains("immutable"),
                    "{file}"
                );
                count += 1;
            }
        }
        assert!(count > 5, "{path} names {count} files");
    }
}

pub(crate) async fn the_catalogue_filters_sorts_and_pages(app: &TestApp) {
    app.vases(30).await;
    let body = json!({ "title": "Jug", "code": "J-1", "price": 1, "stock": 1, "category": "jugs" });
    app.create_product(&body).await;
    let links = |html: &str| html.matches("class=\"card-title\"").count();
    let first = page(app.get("/").await, 200);
    assert_eq!(links(&first), 24);
    assert!(first.contains("1–24 of 31"), "{first}");
    let second = page(app.get("/?page=2").await, 200);
    assert_eq!(links(&second), 7);
    let jugs = page(app.get("/?category=jugs").await, 200);
    assert_eq!(links(&jugs), 1);
    let found = page(app.get("/?q=jUg&category=&sort=&page=").await, 200);
    assert_eq!(links(&found), 1);
    let cheap = page(app.get("/?sort=price:asc").await, 200);
    assert!(cheap.find(">Jug<") < cheap.find(">Vase<"), "{cheap}");
    let none = page(app.get("/?q=nothing+like+it").await, 200);
    assert!(none.contains("No matches"), "{none}");
    for query in [
        "sort=up",
        "page=0",
        "page=x",
        &format!("q={}", "a".repeat(101)),
    ] {
        page(app.get(&format!("/?{query}")).await, 400);
    }
}

pub(crate) async fn a_page_shows_two_hundred_products_at_most(app: &TestApp) {
    app.vases(203).await;
    let rows = |html: &str| html.matches("class=\"row\"").count();
    // The template for new rows counts too.
    assert_eq!(rows(&page(app.get("/realtimeproducts").await, 200)), 201);
    assert_eq!(
        rows(&page(app.get("/realtimeproducts?page=2").await, 200)),
        4
    );
    page(app.get("/realtimeproducts?page=0").await, 400);
}

pub(crate) async fn pages_connect_with_the_cursor_they_show(app: &TestApp) {
    let product = app.vase("V-1").await;
    for path in [
        "/realtimeproducts".to_owned(),
        format!("/products/{}", id(&product)),
    ] {
        let html = page(app.get(&path).await, 200);
        assert_eq!(attribute(&html, "data-socket"), "/ws/products");
        let cursor = json!(attribute(&html, "data-cursor"));
        let changed = app
            .put(&crate::fixtures::path(&product), &json!({}))
            .await
            .expect(202);
        let version = changed.payload()["version"].clone();
        let (mut socket, welcome) = app.products_socket(&crate::resume::since(&cursor)).await;
        assert_eq!(welcome["resumed"], true, "{path}");
        let is_new = |update: &serde_json::Value| update["version"] == version;
        socket.expect_where("update_products", is_new).await;
    }
}

pub(crate) async fn missing_pages_are_helpful(app: &TestApp) {
    for path in [
        format!("/products/{UNKNOWN}"),
        "/products/x".to_owned(),
        "/products/%7B%22$ne%22:null%7D".to_owned(),
        format!("/carts/{UNKNOWN}"),
        "/carts/x".to_owned(),
    ] {
        let html = page(app.get(&path).await, 404);
        assert!(html.contains("Go to the catalogue"), "{path}: {html}");
    }
    for path in [
        "/nowhere",
        "/products",
        "/products/x/y",
        "/index.html",
        "/.env",
        "/admin.php",
    ] {
        let browser = app
            .request("GET", path)
            .header("Accept", "text/html,*/*;q=0.8");
        let html = page(Reply::to(browser).await, 404);
        assert!(html.contains("Page not found"), "{path}: {html}");
        app.get(path).await.problem(404, "not_found");
    }
    // API and asset paths never get a page, whatever `Accept` says.
    for path in [
        "/api/nowhere",
        "/uploads/a.png",
        "/public/a.js",
        "/ws/nowhere",
    ] {
        let browser = app.request("GET", path).header("Accept", "text/html");
        Reply::to(browser).await.problem(404, "not_found");
    }
}

pub(crate) async fn pages_are_read_only(app: &TestApp) {
    for path in ["/", "/chat", "/realtimeproducts", "/carts"] {
        let reply = app.post(path, &json!({})).await;
        reply.problem(405, "method_not_allowed");
    }
    app.get("/preferences")
        .await
        .problem(405, "method_not_allowed");
}

pub(crate) async fn assets_are_cached_by_their_address(app: &TestApp) {
    let html = page(app.get("/").await, 200);
    let script = attribute(html.split("<script").nth(1).expect("a script"), "src");
    let served = app.get(script).await.expect(200);
    assert_eq!(
        served.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        served.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(served.header("x-content-type-options"), "nosniff");
    let name = script.rsplit('/').next().expect("a name");
    let plain = app.get(&format!("/public/{name}")).await.expect(200);
    assert_eq!(plain.header("cache-control"), "no-cache");
    assert_eq!(plain.bytes, served.bytes);
    app.get(&format!("/public/0123456789ab/{name}"))
        .await
        .problem(404, "not_found");
    app.get("/public/missing.js")
        .await
        .problem(404, "not_found");
}

pub(crate) async fn a_page_preloads_all_its_modules(app: &TestApp) {
    let html = page(app.get("/chat").await, 200);
    let named = html.split("rel=\"modulepreload\"").skip(1);
    let named: Vec<&str> = named.map(|tag| attribute(tag, "href")).collect();
    // Imports of chat.js, and an import of its imports.
    for module in ["/chat-join.js", "/live.js", "/backoff.js"] {
        let address = named.iter().find(|address| address.ends_with(module));
        let address = address.unwrap_or_else(|| panic!("no {module} in {named:?}"));
        app.get(address).await.expect(200);
    }
}
