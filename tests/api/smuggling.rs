//! Requests whose framing is in doubt, and targets that no browser sends. No store has a part in it.
//!
//! Behind a proxy, a request that two readers end in different places lets a stranger put words into the next
//! person's mouth: so what is in doubt is answered once and closed, and what follows is not read.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::app::{TestApp, run};
use crate::figure::figure;
use crate::place::Place;

/// What must never be answered: it stands where only a misled reader sees a request.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// A connection that is silent for longer stays open.
const SILENCE: Duration = Duration::from_secs(5);

/// What came back on one connection that the client leaves open.
#[derive(Debug)]
struct Said {
    statuses: Vec<u16>,
    is_closed: bool,
}

/// Sends bytes, and reads until the server closes, or has given so many answers and is silent.
fn said(app: &TestApp, request: &str, enough: usize) -> Said {
    let mut stream = TcpStream::connect(app.address()).expect("a connection");
    stream
        .set_read_timeout(Some(SILENCE))
        .expect("a time limit");
    // A server that has seen enough closes, and what is sent on then is met by a reset.
    let _ = stream.write_all(request.as_bytes());
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut piece);
        let is_closed = match read {
            Ok(0) => true,
            Ok(count) => {
                bytes.extend_from_slice(&piece[..count]);
                false
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => true,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let statuses = statuses(&bytes);
                return Said {
                    statuses,
                    is_closed: false,
                };
            }
            Err(error) => panic!("{error} after {request}"),
        };
        let statuses = statuses(&bytes);
        if is_closed || statuses.len() >= enough {
            return Said {
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

/// One refusal, then the end; and the shop serves on.
async fn refused(app: &TestApp, request: &str) {
    let said = said(app, request, usize::MAX);
    let is_one = matches!(said.statuses[..], [400..=499]);
    assert!(is_one && said.is_closed, "{request:.300}\n{said:?}");
    app.get("/healthz").await.done();
}

/// A shop, in which nothing was made when the test is over.
fn in_shop(test: impl AsyncFnOnce(&TestApp)) {
    let place = Place::sqlite();
    let app = TestApp::start(&place, &[]);
    run(test(&app));
    run(async { assert!(app.all_products().await.is_empty()) });
}

/// A request to make a cart, with these lines and this body, and what is smuggled behind it.
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
fn framing_in_doubt_is_refused_and_closed() {
    in_shop(async |app| {
        for lines in LENGTHS {
            refused(app, &post(app, lines, "{}")).await;
        }
        for coding in ENCODINGS {
            let lines = format!("Transfer-Encoding{coding}");
            refused(app, &post(app, &lines, "2\r\n{}\r\n0\r\n\r\n")).await;
        }
        for body in CHUNKS {
            refused(app, &post(app, "Transfer-Encoding: chunked", body)).await;
        }
        let old = post(app, "Transfer-Encoding: chunked", "0\r\n\r\n")
            .replace("HTTP/1.1\r\nHost: 127", "HTTP/1.0\r\nHost: 127");
        refused(app, &old).await;
        let count = LENGTHS.len() + ENCODINGS.len() + CHUNKS.len() + 1;
        figure(
            "X9",
            format_args!(
                "{count} requests of doubtful framing: 4xx and closed, what was smuggled never answered"
            ),
        );
    });
}

#[test]
fn sound_framing_is_read_to_its_end() {
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
            let said = said(app, &post(app, lines, body), 2);
            assert_eq!(said.statuses, [201, 404], "{lines}: {body}");
        }
    });
}

#[test]
fn a_refused_request_has_its_body_with_it() {
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
                let said = said(app, &format!("{head}\r\n\r\n{body}{last}"), 2);
                // Read on behind the whole body, or not at all.
                match said.statuses[..] {
                    [_] => assert!(said.is_closed, "{head}: {said:?}"),
                    [_, next] => assert_eq!(next, 200, "{head}: {said:?}"),
                    _ => panic!("{head}: {said:?}"),
                }
                app.get("/healthz").await.done();
                count += 1;
            }
        }
        figure(
            "X9",
            format_args!(
                "{count} refused requests with requests for a body: none of those answered"
            ),
        );
    });
}

#[test]
fn a_target_is_a_path_of_this_site() {
    in_shop(async |app| {
        let host = app.address();
        let ask = |line: &str| {
            let said = said(app, &format!("{line} HTTP/1.1\r\nHost: {host}\r\n\r\n"), 1);
            *said
                .statuses
                .first()
                .unwrap_or_else(|| panic!("{line}: {said:?}"))
        };
        let own = format!("GET http://{host}/api/products");
        assert_eq!(ask(&own), 200);
        assert_eq!(ask("GET /api/products#fragment"), 200);
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
            let status = ask(line);
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
fn another_version_is_no_request() {
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
            refused(app, &format!("{line}\r\nHost: {host}\r\n\r\n{SMUGGLED}")).await;
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
            refused(app, &request).await;
        }
        // The HTTP library gives up a connection whose header has so long a name, without a word.
        let said = said(
            app,
            &format!("{start}{}: 1\r\n\r\n", &long[..70_000]),
            usize::MAX,
        );
        assert!(said.statuses.is_empty() && said.is_closed, "{said:?}");
        app.get("/healthz").await.done();
        figure(
            "X9",
            "an address of 64 KiB, 1,000 headers, headers of 70,000 to 400,000 bytes: 4xx or closed",
        );
    });
}
