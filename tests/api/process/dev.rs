//! `--dev`: the same pages, from the files of the checkout.

use crate::app::{TestApp, run};
use crate::program::Program;
use crate::reply::Reply;
use crate::test_store::TestStore;

/// Pages without times and cursors.
const PAGES: [&str; 3] = ["/", "/chat", "/docs"];

/// The part between `/public/` and the name in a page's addresses of styles and scripts.
fn version(html: &str) -> &str {
    let (_, rest) = html.split_once("/public/").expect("an address");
    rest.split_once('/').expect("a version").0
}

async fn page(app: &TestApp, path: &str, language: &str) -> String {
    let request = app.request("GET", path);
    Reply::to(request.header("Accept-Language", language))
        .await
        .expect(200)
        .text()
}

/// A cart's page has the time of the server.
fn without_time(html: &str) -> String {
    const TIME: &str = "data-now=\"";
    match html.split_once(TIME) {
        Some((before, after)) => {
            let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{before}{TIME}{after}")
        }
        None => html.to_owned(),
    }
}

#[test]
fn pages_and_files_are_the_embedded_ones_until_they_are_edited() {
    let stores = [TestStore::sqlite(), TestStore::sqlite()];
    let embedded = Program::start(&stores[0], &[]);
    let dev = Program::start(&stores[1], &["--dev"]);
    run(async {
        let embedded = TestApp::at(embedded.address());
        let dev = TestApp::at(dev.address());
        for path in PAGES {
            for language in ["en", "es"] {
                let expected = without_time(&page(&embedded, path, language).await);
                let html = without_time(&page(&dev, path, language).await);
                let digest = format!("/public/{}/", version(&expected));
                assert_eq!(version(&html), "dev");
                assert_eq!(html, expected.replace(&digest, "/public/dev/"), "{path}");
            }
        }
        for name in ["base.css", "shop.js", "favicon.svg"] {
            let expected = embedded.get(&format!("/public/{name}")).await.expect(200);
            for path in [format!("/public/{name}"), format!("/public/dev/{name}")] {
                let reply = dev.get(&path).await.expect(200);
                assert_eq!(reply.header("cache-control"), "no-cache", "{path}");
                assert_eq!(
                    reply.header("content-type"),
                    expected.header("content-type")
                );
                assert_eq!(reply.bytes, expected.bytes, "{path}");
            }
        }
    });
}

#[test]
fn files_outside_of_public_are_not_served() {
    let store = TestStore::sqlite();
    let program = Program::start(&store, &["--dev"]);
    let app = TestApp::at(program.address());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for target in [
        "/public/../Cargo.toml",
        "/public/..%2fCargo.toml",
        "/public/dev/..%2fCargo.toml",
        "/public/dev/%2e%2e/%2e%2e/Cargo.toml",
        "/public/dev/",
        &format!("/public/{}", manifest.replace('/', "%2f")),
        &format!("/public/dev/{}", manifest.replace('/', "%2f")),
    ] {
        let response = app.raw_get(target);
        assert!(response.starts_with("HTTP/1.1 404"), "{target}: {response}");
    }
}
