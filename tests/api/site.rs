//! Host, Origin and proxy headers at a shop without an admin token. Independent of the store.

use crate::app::{TestApp, run};
use crate::figure::figure;
use crate::fixtures::vase;
use crate::test_store::TestStore;

/// Sends a raw request with these header lines; returns the status and the problem code.
fn request_with(app: &TestApp, lines: &str) -> (u16, String) {
    let answer = app.raw(&format!(
        "GET /api/products HTTP/1.1\r\nConnection: close\r\n{lines}\r\n"
    ));
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let code = answer
        .split("\"code\":\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    (
        status.expect("a status"),
        code.unwrap_or_default().to_owned(),
    )
}

fn in_shop(test: impl AsyncFnOnce(&TestApp)) {
    let store = TestStore::sqlite();
    let app = TestApp::start(&store, &[]);
    run(test(&app));
}

#[test]
fn a_request_has_exactly_one_host() {
    in_shop(async |app| {
        let port = app.address().port();
        assert_eq!(request_with(app, "").0, 400);
        let two = format!("Host: localhost:{port}\r\nHost: localhost:{port}\r\n");
        assert_eq!(request_with(app, &two).0, 400);
        for bad in [
            "",
            "a b",
            "localhost:x",
            "[::1",
            "user@localhost",
            "localhost:99999",
            "/",
        ] {
            assert_eq!(
                request_with(app, &format!("Host: {bad}\r\n")).0,
                400,
                "{bad}"
            );
        }
    });
}

#[test]
fn only_loopback_names_are_this_site() {
    in_shop(async |app| {
        let port = app.address().port();
        for host in ["127.0.0.1", "localhost", "LocalHost", "[::1]", "127.0.0.2"] {
            for host in [
                host.to_owned(),
                format!("{host}:{port}"),
                format!("{host}:1"),
            ] {
                assert_eq!(
                    request_with(app, &format!("Host: {host}\r\n")).0,
                    200,
                    "{host}"
                );
            }
        }
        for host in [
            "evil.example",
            "192.168.0.1",
            "0.0.0.0",
            "[::2]",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "vitrina",
        ] {
            let refused = (403, "forbidden".to_owned());
            assert_eq!(
                request_with(app, &format!("Host: {host}:{port}\r\n")),
                refused,
                "{host}"
            );
        }
    });
}

#[test]
fn pages_of_other_sites_are_refused() {
    in_shop(async |app| {
        let port = app.address().port();
        let send_with_origin = |origin: &str| {
            request_with(
                app,
                &format!("Host: localhost:{port}\r\nOrigin: {origin}\r\n"),
            )
        };
        for origin in [
            format!("http://localhost:{port}"),
            format!("HTTP://LocalHost:{port}"),
            format!("https://localhost:{port}"),
            format!("http://127.0.0.1:{port}"),
        ] {
            assert_eq!(send_with_origin(&origin).0, 200, "{origin}");
        }
        for origin in [
            "null".to_owned(),
            String::new(),
            "http://localhost".to_owned(),
            format!("http://localhost:{}", port ^ 1),
            format!("http://evil.example:{port}"),
            format!("http://localhost.evil.example:{port}"),
            format!("http://localhost:{port}.evil.example"),
            format!("http://localhost:{port}@evil.example"),
            format!("http://evil.example#localhost:{port}"),
            format!("ftp://localhost:{port}"),
            format!("//localhost:{port}"),
        ] {
            assert_eq!(
                send_with_origin(&origin),
                (403, "forbidden".to_owned()),
                "{origin}"
            );
        }
        let own = format!("Origin: http://localhost:{port}\r\n");
        let two = format!("Host: localhost:{port}\r\n{own}{own}");
        assert_eq!(request_with(app, &two), (403, "forbidden".to_owned()));
    });
    figure("X14", "11 foreign forms of Origin and two lines of it: 403");
}

#[test]
fn proxied_requests_are_refused() {
    in_shop(async |app| {
        let host = format!("Host: {}\r\n", app.address());
        for header in [
            "Forwarded: for=203.0.113.7",
            "X-Forwarded-For: 203.0.113.7",
            "x-forwarded-host: shop.example",
            "X-Forwarded-Proto: https",
            "X-FORWARDED-ANYTHING: 1",
            "Forwarded:",
        ] {
            let refused = (403, "forbidden".to_owned());
            assert_eq!(
                request_with(app, &format!("{host}{header}\r\n")),
                refused,
                "{header}"
            );
        }
        assert_eq!(request_with(app, &format!("{host}X-Forward: 1\r\n")).0, 200);
    });
}

#[test]
fn a_refused_request_changes_nothing() {
    in_shop(async |app| {
        let post = |name: &str, value: &str| {
            let request = app.request("POST", "/api/products");
            request.header(name, value).json(&vase("V-1"))
        };
        for (name, value) in [
            ("Origin", "http://evil.example"),
            ("Forwarded", "for=1.2.3.4"),
        ] {
            let reply = crate::reply::Reply::to(post(name, value)).await;
            reply.problem(403, "forbidden");
        }
        assert!(app.all_products().await.is_empty());
    });
}

#[test]
fn broken_requests_do_not_poison_the_next() {
    in_shop(async |app| {
        let host = format!("Host: {}\r\n", app.address());
        let smuggled = "GET /healthz HTTP/1.1\r\n\r\n";
        for broken in [
            format!(
                "POST /api/products HTTP/1.1\r\n{host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
            ),
            format!(
                "POST /api/products HTTP/1.1\r\n{host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"
            ),
            format!("POST /api/products HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\n"),
            format!(
                "POST /api/products HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\nzz\r\n"
            ),
            format!("GET /api/products\0 HTTP/1.1\r\n{host}\r\n"),
            format!("GET /{} HTTP/1.1\r\n{host}\r\n", "a".repeat(200_000)),
            format!(
                "GET / HTTP/1.1\r\n{host}{}\r\n",
                "X-Header: 1\r\n".repeat(1_000)
            ),
            format!("GET / HTTP/9.9\r\n{host}\r\n"),
            "\u{16}\u{3}\u{1}\u{2}".to_owned(),
        ] {
            let answer = app.raw(&broken);
            let status = answer.split(' ').nth(1).unwrap_or("closed");
            let is_refused = status.starts_with('4') || status == "closed";
            assert!(is_refused, "{broken:.200}: {answer}");
            assert_eq!(answer.matches("HTTP/1.1 ").count().max(1), 1, "{answer}");
            app.get("/healthz").await.done();
        }
        assert!(app.all_products().await.is_empty());
    });
}

#[test]
fn refusals_of_the_guard_forbid_sniffing() {
    in_shop(async |app| {
        let port = app.address().port();
        let own = format!("Host: localhost:{port}\r\n");
        for (lines, status) in [
            ("Host: a b\r\n".to_owned(), 400),
            ("Host: evil.example\r\n".to_owned(), 403),
            (format!("{own}Origin: http://evil.example\r\n"), 403),
            (format!("{own}X-Forwarded-For: 203.0.113.7\r\n"), 403),
        ] {
            for upgrade in ["", "Connection: Upgrade\r\nUpgrade: websocket\r\n"] {
                let answer = app.raw(&format!("GET /ws/chat HTTP/1.1\r\n{lines}{upgrade}\r\n"));
                let head = answer.to_lowercase();
                assert!(head.starts_with(&format!("http/1.1 {status} ")), "{answer}");
                let nosniff = "\r\nx-content-type-options: nosniff\r\n";
                assert_eq!(head.matches(nosniff).count(), 1, "{answer}");
            }
        }
    });
}
