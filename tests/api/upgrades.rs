//! Which requests are upgraded to sockets.

use reqwest::StatusCode;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Error;

use crate::app::TestApp;
use crate::figure::figure;
use crate::fixtures::*;
use crate::reply::Reply;
use crate::socket::Socket;

const SOCKETS: [&str; 2] = ["/ws/products", "/ws/chat"];

/// The status of an upgrade with these headers besides those of a client library.
pub(crate) async fn status(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> StatusCode {
    let url = format!("ws://{}{path}", app.address());
    match Socket::connect(&url, headers).await {
        Ok(_) => StatusCode::SWITCHING_PROTOCOLS,
        Err(Error::Http(response)) => {
            let body = response.body().as_deref().unwrap_or_default();
            let problem: Value = serde_json::from_slice(body).expect("a problem document");
            assert_eq!(problem["status"], response.status().as_u16());
            response.status()
        }
        Err(error) => panic!("{path}: {error}"),
    }
}

pub(crate) async fn a_plain_get_requires_an_upgrade(app: &TestApp) {
    for path in SOCKETS {
        let reply = app.get(path).await;
        assert_eq!(reply.header("upgrade"), "websocket");
        assert_eq!(reply.header("sec-websocket-version"), "13");
        reply.problem(426, "upgrade_required");
        let other = app.request("POST", path);
        Reply::to(other).await.problem(405, "method_not_allowed");
    }
}

pub(crate) async fn a_bad_handshake_is_refused(app: &TestApp) {
    let full = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    for path in SOCKETS {
        for (header, value) in [
            ("Connection", None),
            ("Upgrade", None),
            ("Upgrade", Some("h2c")),
            ("Sec-WebSocket-Version", None),
            ("Sec-WebSocket-Version", Some("12")),
            ("Sec-WebSocket-Key", None),
        ] {
            let others = full.iter().filter(|(name, _)| *name != header);
            let changed = value.map(|value| (header, value));
            let lines: Vec<_> = others
                .copied()
                .chain(changed)
                .map(|(name, value)| format!("{name}: {value}\r\n"))
                .collect();
            let host = app.address();
            let lines = lines.concat();
            let answer = app.raw(&format!(
                "GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n"
            ));
            let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
            assert!(
                head.starts_with("HTTP/1.1 426 "),
                "{header} {value:?}: {answer}"
            );
            assert!(head.contains("application/problem+json"), "{answer}");
            assert!(
                head.to_lowercase().contains("connection: close"),
                "{answer}"
            );
            assert!(body.contains("\"upgrade_required\""), "{answer}");
        }
    }
}

pub(crate) async fn only_this_sites_pages_may_connect(app: &TestApp) {
    let port = app.address().port();
    let other = port ^ 1;
    for path in SOCKETS {
        for origin in [
            format!("http://127.0.0.1:{port}"),
            format!("http://localhost:{port}"),
            format!("HTTP://LOCALHOST:{port}"),
            format!("https://localhost:{port}"),
            format!("http://[::1]:{port}"),
        ] {
            let status = status(app, path, &[("Origin", &origin)]).await;
            assert_eq!(status, 101, "{origin}");
        }
        for origin in [
            "null".to_owned(),
            "http://evil.example".to_owned(),
            format!("http://evil.example:{port}"),
            format!("http://localhost:{other}"),
            "http://localhost".to_owned(),
            format!("http://localhost.evil.example:{port}"),
            format!("http://evil-localhost:{port}"),
            format!("http://localhost:{port}.evil.example"),
            format!("http://localhost:{port}@evil.example"),
            format!("localhost:{port}"),
            "file://".to_owned(),
            format!("http://localhost:{port}, http://evil.example"),
        ] {
            let status = status(app, path, &[("Origin", &origin)]).await;
            assert_eq!(status, 403, "{origin}");
        }
        let own = format!("http://localhost:{port}");
        let two = [("Origin", own.as_str()), ("Origin", "http://evil.example")];
        assert_eq!(status(app, path, &two).await, 403);
        let proxy = [("X-Forwarded-For", "203.0.113.7")];
        assert_eq!(status(app, path, &proxy).await, 403);
    }
    figure(
        "X3",
        "5 forms of this site's Origin: 101; 12 others, two lines and a proxy: 403, on both sockets",
    );
}

pub(crate) async fn bad_ids_fail_the_handshake(app: &TestApp) {
    let many = vec![UNKNOWN; 201].join(",");
    for ids in ["", ",", "x", "0123456789abcdef01234567,x", "$ne", &many] {
        let path = format!("/ws/products?ids={ids}");
        assert_eq!(status(app, &path, &[]).await, 400, "{ids}");
        app.get(&path)
            .await
            .problem_of(400, "invalid_query", &["ids"]);
    }
    let max = vec![UNKNOWN; 200].join(",");
    assert_eq!(
        status(app, &format!("/ws/products?ids={max}"), &[]).await,
        101
    );
}

pub(crate) async fn path_variants_open_sockets(app: &TestApp) {
    for path in ["/WS/Products", "/ws/products/", "/Ws/Chat/"] {
        assert_eq!(status(app, path, &[]).await, 101, "{path}");
    }
}
