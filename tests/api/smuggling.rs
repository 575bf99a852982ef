//! Requests with ambiguous framing, and targets that no browser sends. Independent of the store.
//!
//! If a proxy and the server disagree about the end of a request, an attacker can prepend data to
//! another client's next request. So an ambiguous request gets one response, the connection is
//! closed, and the rest is not read.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::app::{TestApp, run};
use crate::figure::figure;
use crate::test_store::TestStore;

/// Must never get a response: only a misled parser sees a request here.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// A connection that is silent for this long counts as open.
const SILENCE: Duration = Duration::from_secs(5);

/// The responses on one connection that the client keeps open.
#[derive(Debug)]
struct Responses {
    statuses: Vec<u16>,
    is_closed: bool,
}

/// Sends bytes, and reads until the server closes, is silent, or has sent `enough` responses.
fn exchange(app: &TestApp, request: &str, enough: usize) -> Responses {
    let mut stream = TcpStream::connect(app.address()).expect("a connection");
    stream
        .set_read_timeout(Some(SILENCE))
        .expect("a time limit");
    // A server that refuses early closes, and the rest of the request gets a reset.
    let _ = stream.write_all(request.as_bytes());
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut chunk);
        let is_closed = match read {
            Ok(0) => true,
            Ok(count) => {
                bytes.extend_from_slice(&chunk[..count]);
                false
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => true,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let statuses = statuses(&bytes);
                return Responses {
                    statuses,
                    is_closed: false,
                };
            }
            Err(error) => panic!("{error} after {request}"),
        };
        let statuses = statuses(&bytes);
        if is_closed || statuses.len() >= enough {
            return Responses {
                statuses,
                is_closed,
            };
        }
    }
}

fn statuses(bytes: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.split("HTTP/1.").skip(1);
    lines
        .filter_map(|rest| rest.get(2..5)?.parse().ok())
        .collect()
}

/// Asserts one refusal, then the end; the shop keeps serving.
async fn assert_refused(app: &TestApp, request: &str) {
    let responses = exchange(app, request, usize::MAX);
    let is_one = matches!(responses.statuses[..], [400..=499]);
    assert!(
        is_one && responses.is_closed,
        "{request:.300}\n{responses:?}"
    );
    app.get("/healthz").await.done();
}

/// Runs a test in a shop, and asserts that it created nothing.
fn in_shop(test: impl AsyncFnOnce(&TestApp)) {
    let store = TestStore::sqlite();
    let app = TestApp::start(&store, &[]);
    run(test(&app));
    run(async { assert!(app.all_products().await.is_empty()) });
}

/// A request to create a cart with these header lines and this body, and a smuggled one behind it.
fn post(app: &TestApp, lines: &str, body: &str) -> String {
    let host = app.address();
    let kind = "Content-Type: application/json";
    format!("POST /api/carts HTTP/1.1\r\nHost: {host}\r\n{kind}\r\n{lines}\r\n\r\n{body}{SMUGGLED}")
}

const LENGTHS: [&str; 25] = [
    "Content-Length: 2\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: 2",
    "Content-Length: 2\r\nContent-Length: 2",
    "Content-Length: 2\r\nContent-Length: 40",
    "Content-Length: 40\r\nContent-Length: 2",
    "Content-Length: 2, 2",
    "Content-Length: 2, 40",
    "Content-Length: +2",
    "Content-Length: 0x2",
    "Content-Length: 2 2",
    "Content-Length:",
    "Content-Length: -2",
    "Content-Length: 2.0",
    "Content-Length: 99999999999999999999",
    "Content-Length : 2",
    "Content-Length\t: 2",
    "Content-Length: 2\r\n\tfolded: x",
    "Content-Length:\r\n 2",
    " Content-Length: 2",
    "Content-Length\0: 2",
    "Content Length: 2",
    ": 2",
    "X: a\rContent-Length: 2",
    "X: a\0b\r\nContent-Length: 2",
    "Content-Length: 2\r\nX: a\u{7f}b",
];

const ENCODINGS: [&str; 14] = [
    ": xchunked",
    ": chunked, identity",
    ": identity, chunked",
    ": gzip, chunked",
    ": \u{b}chunked",
    ": chunked;x=1",
    ": identity",
    ": ",
    ": chunked\r\nTransfer-Encoding: chunked",
    ": chunked\r\nTransfer-Encoding: identity",
    ": identity\r\nTransfer-Encoding: chunked",
    ":\r\n chunked",
    ": \"chunked\"",
    " : chunked",
];

const CHUNKS: [&str; 13] = [
    "zz\r\n{}\r\n0\r\n\r\n",
    "-1\r\n{}\r\n0\r\n\r\n",
    "+2\r\n{}\r\n0\r\n\r\n",
    "2 2\r\n{}\r\n0\r\n\r\n",
    "0x2\r\n{}\r\n0\r\n\r\n",
    "FFFFFFFFFFFFFFFFF2\r\n{}\r\n0\r\n\r\n",
    "10000000000000002\r\n{}\r\n0\r\n\r\n",
    ";x\r\n{}\r\n0\r\n\r\n",
    "\r\n{}\r\n0\r\n\r\n",
    "2\r\n{}X0\r\n\r\n",
    "2\n{}\n0\n\n",
    "2;\n{}\r\n0\r\n\r\n",
    "2\r{}\r\n0\r\n\r\n",
];

#[test]
fn ambiguous_framing_is_refused_and_closed() {
    in_shop(async |app| {
        for lines in LENGTHS {
            assert_refused(app, &post(app, lines, "{}")).await;
        }
        for coding in ENCODINGS {
            let lines = format!("Transfer-Encoding{coding}");
            assert_refused(app, &post(app, &lines, "2\r\n{}\r\n0\r\n\r\n")).await;
        }
        for body in CHUNKS {
            assert_refused(app, &post(app, "Transfer-Encoding: chunked", body)).await;
        }
        let old = post(app, "Transfer-Encoding: chunked", "0\r\n\r\n")
            .replace("HTTP/1.1\r\nHost: 127", "HTTP/1.0\r\nHost: 127");
        assert_refused(app, &old).await;
        let count = LENGTHS.len() + ENCODINGS.len() + CHUNKS.len() + 1;
        figure(
            "X9",
            format_args!(
                "{count} requests with ambiguous framing: 4xx and closed, the smuggled request never answered"
            ),
        );
    });
}

#[test]
fn valid_framing_is_read_to_its_end() {
    in_shop(async |app| {
        for (lines, body) in [
            ("Content-Length: 2", "{}"),
            ("Transfer-Encoding: chunked", "2\r\n{}\r\n0\r\n\r\n"),
            (
                "Transfer-Encoding: CHUNKED",
                "002;a=b\r\n{}\r\n00\r\nTrailer: x\r\n\r\n",
            ),
            (
                "Transfer-Encoding: chunked",
                "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
            ),
        ] {
            let responses = exchange(app, &post(app, lines, body), 2);
            assert_eq!(responses.statuses, [201, 404], "{lines}: {body}");
        }
    });
}

#[test]
fn the_body_of_a_refused_request_is_not_a_request() {
    in_shop(async |app| {
        let host = app.address();
        let last = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let mut count = 0;
        for start in [
            "POST /api/carts",
            "POST /nowhere",
            "PATCH /api/carts",
            "GET /healthz",
            "DELETE /healthz",
            "POST /api/products/x/upload",
        ] {
            for (site, repeated) in [
                (host.to_string(), 1),
                (host.to_string(), 2_000),
                ("evil.example".into(), 1),
            ] {
                let body = SMUGGLED.repeat(repeated);
                let length = body.len();
                let head = format!(
                    "{start} HTTP/1.1\r\nHost: {site}\r\nContent-Length: {length}\r\nContent-Type: application/json"
                );
                let responses = exchange(app, &format!("{head}\r\n\r\n{body}{last}"), 2);
                // The connection goes on after the whole body, or is closed.
                match responses.statuses[..] {
                    [_] => assert!(responses.is_closed, "{head}: {responses:?}"),
                    [_, next] => assert_eq!(next, 200, "{head}: {responses:?}"),
                    _ => panic!("{head}: {responses:?}"),
                }
                app.get("/healthz").await.done();
                count += 1;
            }
        }
        figure(
            "X9",
            format_args!(
                "{count} refused requests with requests as their bodies: none of those answered"
            ),
        );
    });
}

#[test]
fn odd_targets_are_refused() {
    in_shop(async |app| {
        let host = app.address();
        let status_of = |line: &str| {
            let responses = exchange(app, &format!("{line} HTTP/1.1\r\nHost: {host}\r\n\r\n"), 1);
            *responses
                .statuses
                .first()
                .unwrap_or_else(|| panic!("{line}: {responses:?}"))
        };
        let absolute = format!("GET http://{host}/api/products");
        assert_eq!(status_of(&absolute), 200);
        assert_eq!(status_of("GET /api/products#fragment"), 200);
        let odd = [
            "GET http://evil.example/api/products",
            "GET https://evil.example:80/",
            "GET http://user@evil.example/",
            "OPTIONS http://evil.example/api/products",
            "CONNECT http://evil.example/api/products",
            "GET evil.example:443",
            "CONNECT evil.example:443",
            "OPTIONS *",
            "GET *",
            "GET //evil.example/api/products",
            "GET /%",
            "GET /%zz",
            "GET /%2",
            "GET /a%00b",
            "GET /\u{f1}",
            "GET /api/products?q=\u{f1}",
            "GET api/products",
            "GET ",
            "GET  /",
            "GET / /",
            "GET /api/../api/products",
            "GET /api//products",
            "GET /api/products;x=1",
            "GET /api/products%3Flimit=1",
            "GET /api/products\\",
            "GET file:///etc/passwd",
            "GET javascript:alert(1)",
            "GET ?",
            "GET #",
            "G\0T /",
            "get /",
            "TRACE /",
        ];
        for line in odd {
            let status = status_of(line);
            assert!((400..500).contains(&status), "{line}: {status}");
            app.get("/healthz").await.done();
        }
        figure(
            "X9",
            format_args!("{} odd targets and methods: 4xx", odd.len()),
        );
    });
}

#[test]
fn other_http_versions_are_refused() {
    in_shop(async |app| {
        let host = app.address();
        for line in [
            "GET / HTTP/2.0",
            "GET / HTTP/1.2",
            "GET / http/1.1",
            "GET / HTTP/1.1 x",
            "GET /",
            "PRI * HTTP/2.0\r\n\r\nSM",
        ] {
            assert_refused(app, &format!("{line}\r\nHost: {host}\r\n\r\n{SMUGGLED}")).await;
        }
    });
}

#[test]
fn floods_of_headers_are_refused() {
    in_shop(async |app| {
        let host = app.address();
        let start = format!("GET /api/products HTTP/1.1\r\nHost: {host}\r\n");
        let long = "a".repeat(200_000);
        for request in [
            format!(
                "GET /{} HTTP/1.1\r\nHost: {host}\r\n\r\n",
                "a".repeat(64 << 10)
            ),
            format!("{start}{}\r\n", "X-Header: 1\r\n".repeat(1_000)),
            format!("{start}X-Long: {long}\r\n\r\n"),
            format!(
                "{start}{}\r\n",
                format!("X-Long: {}\r\n", "a".repeat(8_000)).repeat(50)
            ),
        ] {
            assert_refused(app, &request).await;
        }
        // The HTTP library drops a connection with such a long header name, without a response.
        let responses = exchange(
            app,
            &format!("{start}{}: 1\r\n\r\n", &long[..70_000]),
            usize::MAX,
        );
        assert!(
            responses.statuses.is_empty() && responses.is_closed,
            "{responses:?}"
        );
        app.get("/healthz").await.done();
        figure(
            "X9",
            "an address of 64 KiB, 1,000 headers, headers of 70,000 to 400,000 bytes: 4xx or closed",
        );
    });
}
