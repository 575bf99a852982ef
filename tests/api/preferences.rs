//! Language and theme of pages.

use crate::app::TestApp;
use crate::pages::{attribute, page};
use crate::reply::Reply;
use crate::test_store::TestStore;

/// The language of the catalogue for a visitor with these headers.
async fn language(app: &TestApp, cookie: &str, accepted: &str) -> String {
    let request = app.request("GET", "/");
    let request = [("Cookie", cookie), ("Accept-Language", accepted)]
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
    let html = page(Reply::to(request).await, 200);
    attribute(&html, "lang").to_owned()
}

pub(crate) async fn the_visitors_choice_comes_first(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    for (cookie, accepted, expected) in [
        ("", "", "en"),
        ("", "es", "es"),
        ("", "es-AR,es;q=0.9,en;q=0.8", "es"),
        ("", "ES-mx", "es"),
        ("", "fr, de;q=0.9, es;q=0.2", "es"),
        ("", "en;q=0.2, es;q=0.9", "es"),
        ("", "es;q=0, en", "en"),
        ("", "fr", "en"),
        ("", "*", "en"),
        ("", ";;;q=x,,", "en"),
        ("lang=es", "en", "es"),
        ("lang=en", "es", "en"),
        ("lang=fr", "es", "es"),
        ("lang=<script>", "", "en"),
    ] {
        assert_eq!(
            language(&app, cookie, accepted).await,
            expected,
            "{cookie} {accepted}"
        );
    }
}

pub(crate) async fn the_sites_language_comes_last(store: &TestStore) {
    let app = TestApp::start(store, &["--lang", "es"]);
    for (cookie, accepted, expected) in [
        ("", "", "es"),
        ("", "fr", "es"),
        ("", "en-GB", "en"),
        ("lang=en", "", "en"),
    ] {
        assert_eq!(
            language(&app, cookie, accepted).await,
            expected,
            "{cookie} {accepted}"
        );
    }
    let html = page(app.get("/products/x").await, 404);
    assert!(!html.contains("Go to the catalogue"), "{html}");
}

pub(crate) async fn a_choice_is_saved_and_redirects_back(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    for (name, value) in [
        ("lang", "es"),
        ("lang", "en"),
        ("theme", "dark"),
        ("theme", "auto"),
    ] {
        let fields = [(name, value), ("next", "/realtimeproducts?page=1")];
        let reply = app.post_form("/preferences", &fields).await.expect(303);
        assert_eq!(reply.header("location"), "/realtimeproducts?page=1");
        let cookie = reply.header("set-cookie");
        assert!(cookie.starts_with(&format!("{name}={value};")), "{cookie}");
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
    }
    let dark = app.request("GET", "/").header("Cookie", "theme=dark");
    let html = page(Reply::to(dark).await, 200);
    assert_eq!(attribute(&html, "data-theme"), "dark");
}

pub(crate) async fn redirects_never_leave_the_site(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    for next in [
        "",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/\t/evil.example",
        "/a\r\nSet-Cookie: x=y",
        " //evil.example",
    ] {
        let fields = [("lang", "es"), ("next", next)];
        let reply = app.post_form("/preferences", &fields).await.expect(303);
        assert_eq!(reply.header("location"), "/", "{next}");
    }
}

pub(crate) async fn unknown_choices_are_refused(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    for (name, value) in [
        ("lang", "fr"),
        ("lang", ""),
        ("theme", "pink"),
        ("theme", "<b>"),
    ] {
        let reply = app.post_form("/preferences", &[(name, value)]).await;
        assert!(reply.header("set-cookie").is_empty());
        reply.problem_of(400, "validation", &[name]);
    }
    let reply = app.post_form("/preferences", &[("colour", "red")]).await;
    reply.problem_of(400, "unknown_field", &["colour"]);
}

pub(crate) async fn both_languages_have_every_page(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let product = app.vase("V-1").await;
    for path in [
        "/".to_owned(),
        "/?q=nothing".to_owned(),
        "/realtimeproducts".to_owned(),
        format!("/products/{}", crate::fixtures::id(&product)),
        "/carts".to_owned(),
        "/chat".to_owned(),
    ] {
        let mut shown = Vec::new();
        for language in ["en", "es"] {
            let request = app
                .request("GET", &path)
                .header("Accept-Language", language);
            let html = page(Reply::to(request).await, 200);
            assert_eq!(attribute(&html, "lang"), language);
            shown.push(html);
        }
        assert_ne!(shown[0], shown[1], "{path}");
    }
}
