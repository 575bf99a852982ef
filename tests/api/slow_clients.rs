//! Clients that are slow to send headers or bodies, or to read responses.
//!
//! All connect at once, and another client must be served meanwhile. `VITRINA_SLOW_CLIENTS` selects
//! the full number of clients; an ordinary run has a tenth.

use std::fs;
use std::future::Future;
use std::time::{Duration, Instant};

use futures_util::future::{Either, join_all, select};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{MissedTickBehavior, interval};

use crate::app::{TestApp, runtime};
use crate::figure::figure;
use crate::fixtures::*;
use crate::frame_cases::wire::handshake;
use crate::program::{Program, status};
use crate::test_store::TestStore;

/// Time between two bytes of a slow client.
const PACE: Duration = Duration::from_secs(1);
/// Limit of each kind, with a margin for a busy machine; to read, buffers have to fill up first.
const HEAD_TIME: Duration = Duration::from_secs(10 + 3);
const BODY_TIME: Duration = Duration::from_secs(30);
const READ_TIME: Duration = Duration::from_secs(15 + 10);

fn count(in_the_row: usize) -> usize {
    match std::env::var_os("VITRINA_SLOW_CLIENTS") {
        Some(_) => in_the_row,
        None => in_the_row / 10,
    }
}

/// Runs a test against the program with a catalogue large enough to fill buffers.
fn in_shop(test: impl AsyncFnOnce(&TestApp, u32)) {
    let store = TestStore::sqlite();
    let program = Program::start(&store, &["--rate-limits", "off", "--workers", "2"]);
    let app = TestApp::at(program.address());
    runtime().block_on(async {
        for number in 0..50 {
            let changes = json!({ "description": "d".repeat(10_000) });
            app.create_product(&vase_with(&format!("V-{number}"), changes))
                .await;
        }
        test(&app, program.pid()).await;
        app.get("/healthz").await.done();
    });
}

/// Runs a future beside a normal client; also returns the longest wait of that client.
async fn served_beside<T>(app: &TestApp, work: impl Future<Output = T>) -> (T, Duration) {
    let mut longest = Duration::ZERO;
    let mut work = Box::pin(work);
    let mut ticks = interval(PACE / 5);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let request = Box::pin(async {
            ticks.tick().await;
            let started = Instant::now();
            app.get("/api/products?limit=1").await.expect(200);
            started.elapsed()
        });
        match select(work, request).await {
            Either::Left((outcome, _)) => return (outcome, longest),
            Either::Right((waited, rest)) => {
                longest = longest.max(waited);
                work = rest;
            }
        }
    }
}

/// Sends a start, then one byte a second until the server closes; returns the time and the
/// response.
async fn trickle(app: &TestApp, start: &str, byte: &[u8]) -> (Duration, String) {
    let stream = TcpStream::connect(app.address()).await;
    let started = Instant::now();
    let (mut reader, mut writer) = stream.expect("a connection").into_split();
    writer.write_all(start.as_bytes()).await.expect("a start");
    let mut response = Vec::new();
    let mut ticks = interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let writing = async {
        // Fails once the server has closed.
        while writer.write_all(byte).await.is_ok() {
            ticks.tick().await;
        }
    };
    // A reset counts as an end.
    let reading = async { drop(reader.read_to_end(&mut response).await) };
    tokio::join!(writing, reading);
    (
        started.elapsed(),
        String::from_utf8_lossy(&response).into_owned(),
    )
}

async fn connect_with_small_buffer(app: &TestApp) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    let stream = socket.connect(app.address()).await;
    stream.expect("a connection")
}

/// Requests more than the socket buffers can hold, and reads none of it.
async fn stall(app: &TestApp) -> TcpStream {
    let mut stream = connect_with_small_buffer(app).await;
    let host = app.address();
    let request = format!("GET /api/products?limit=50 HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let sent = stream.write_all(request.repeat(40).as_bytes()).await;
    sent.expect("requests");
    stream
}

/// The number of open files and sockets of a process.
fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd"))
        .expect("a process")
        .count()
}

#[test]
fn slow_heads_are_closed() {
    in_shop(async |app, _| {
        let count = count(500);
        let host = app.address();
        let start = format!("GET / HTTP/1.1\r\nHost: {host}\r\nX-Slow: ");
        let all = join_all((0..count).map(|_| trickle(app, &start, b"x")));
        let (ends, waited) = served_beside(app, all).await;
        for (after, response) in &ends {
            assert!(*after <= HEAD_TIME, "{after:?}: {response}");
            assert!(
                response.is_empty() || response.starts_with("HTTP/1.1 408 "),
                "{response}"
            );
        }
        let last = ends.iter().map(|(after, _)| *after).max().expect("some");
        figure(
            "X8",
            format_args!(
                "{count} slow heads: closed after {last:.1?} at most, others served within {waited:.1?}"
            ),
        );
    });
}

#[test]
fn slow_bodies_are_closed() {
    in_shop(async |app, _| {
        let count = count(500);
        let host = app.address();
        let start = |line: &str| {
            format!(
                "{line} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{{"
            )
        };
        // Some of the bodies are read, others belong to requests that need none.
        let lines = [
            "POST /api/carts",
            "POST /api/messages",
            "POST /nowhere",
            "GET /api/products",
            "PATCH /api/carts",
        ];
        let starts: Vec<_> = lines.into_iter().cycle().take(count).map(start).collect();
        let all = join_all(starts.iter().map(|start| trickle(app, start, b" ")));
        let (ends, waited) = served_beside(app, all).await;
        for ((after, response), start) in ends.iter().zip(&starts) {
            assert!(*after <= BODY_TIME, "{after:?}: {start} {response}");
        }
        let refused = ends
            .iter()
            .filter(|(_, response)| response.starts_with("HTTP/1.1 408 "))
            .count();
        assert_eq!(
            refused,
            count / 5 * 2,
            "requests whose bodies are read get a 408"
        );
        let last = ends.iter().map(|(after, _)| *after).max().expect("some");
        figure(
            "X8",
            format_args!(
                "{count} slow bodies: closed after {last:.1?} at most, others served within {waited:.1?}"
            ),
        );
    });
}

/// Bodies of unknown length, in chunks of one byte.
#[test]
fn slow_chunks_are_closed() {
    in_shop(async |app, _| {
        let host = app.address();
        let lines = [
            ("POST /api/carts", "HTTP/1.1 408 "),
            ("POST /nowhere", "HTTP/1.1 404 "),
            ("GET /api/products", "HTTP/1.1 200 "),
            ("PATCH /api/carts", "HTTP/1.1 405 "),
            ("GET //elsewhere.example/", "HTTP/1.1 4"),
        ];
        let starts = lines.map(|(line, expected)| {
            let start = format!(
                "{line} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            );
            (start, expected)
        });
        let all = starts.iter().cycle().take(count(100));
        let all = join_all(all.map(async |(start, expected)| {
            let (after, response) = trickle(app, start, b"1\r\n \r\n").await;
            assert!(response.starts_with(expected), "{start}{response}");
            assert!(after <= BODY_TIME, "{after:?}: {start}{response}");
            after
        }));
        let (ends, waited) = served_beside(app, all).await;
        let last = ends.iter().max().expect("some");
        figure(
            "X8",
            format_args!(
                "{} bodies in slow chunks, read or not: closed after {last:.1?} at most, others served within {waited:.1?}",
                ends.len()
            ),
        );
    });
}

/// An upgrade request to a plain route gets a plain response, whose size must not be buffered.
#[test]
fn an_upgrade_request_on_a_plain_route_buffers_no_response() {
    in_shop(async |app, pid| {
        let product = app.vase("NOISE").await;
        let noise = noise(1_500);
        let file = [("img", "a.png", &noise[..])];
        let stored = app.upload(id(&product), &file).await.expect(202).payload();
        let name = thumbnails(&stored).remove(0);
        let upgrade = handshake(app, &format!("/uploads/{name}"));
        let (mut response_bytes, mut stream) = (Vec::new(), connect_with_small_buffer(app).await);
        stream
            .write_all(upgrade.as_bytes())
            .await
            .expect("a request");
        stream
            .read_to_end(&mut response_bytes)
            .await
            .expect("an answer");
        assert!(response_bytes.starts_with(b"HTTP/1.1 200 "));
        assert!(
            response_bytes.len() > noise.len(),
            "{} bytes",
            response_bytes.len()
        );

        let idle = status(pid, "VmRSS:");
        let count = 40;
        let mut held = Vec::new();
        for _ in 0..count {
            let mut stream = connect_with_small_buffer(app).await;
            stream
                .write_all(upgrade.as_bytes())
                .await
                .expect("a request");
            // The response has started; the rest is not read.
            stream.read_exact(&mut [0; 16]).await.expect("an answer");
            held.push(stream);
        }
        app.get("/healthz").await.done();
        let rise = (status(pid, "VmRSS:") - idle) >> 10;
        let size = noise.len() >> 20;
        assert!(rise <= 32, "{rise} MiB for {count} of {size} MiB");
        figure(
            "X8",
            format_args!(
                "{count} upgrade requests for {size} MiB that read nothing: memory +{rise} MiB"
            ),
        );
    });
}

/// An image that does not compress.
fn noise(side: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let image = image::RgbImage::from_fn(side, side, |_, _| {
        image::Rgb([0; 3].map(|_: u8| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        }))
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    let written = image.write_to(&mut bytes, image::ImageFormat::Png);
    written.expect("an image");
    bytes.into_inner()
}

#[test]
fn clients_that_read_nothing_are_closed() {
    in_shop(async |app, pid| {
        let count = count(200);
        let idle = open_files(pid);
        let stalled = join_all((0..count).map(|_| stall(app))).await;
        let started = Instant::now();
        let closing = async {
            let mut ticks = interval(PACE / 5);
            // The other client has a connection or two.
            while open_files(pid) > idle + 3 {
                ticks.tick().await;
                assert!(
                    started.elapsed() < READ_TIME,
                    "{} files of {idle}",
                    open_files(pid)
                );
            }
            started.elapsed()
        };
        let (last, waited) = served_beside(app, closing).await;
        drop(stalled);
        figure(
            "X8",
            format_args!(
                "{count} clients that read nothing: closed after {last:.1?} at most, others served within {waited:.1?}"
            ),
        );
    });
}
