//! Clients that take their time: with their heads, with their bodies, with the answers.
//!
//! They come all at once, and a client of good manners beside them is served all the while. `VITRINA_SLOW_CLIENTS`
//! asks for as many as the battery has; otherwise a tenth comes.

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
use crate::goods::*;
use crate::place::Place;
use crate::program::Program;

/// Between two bytes of a slow client.
const PACE: Duration = Duration::from_secs(1);
/// What each may take, and a moment for a busy machine; buffers have to be filled first.
const HEAD_TIME: Duration = Duration::from_secs(10 + 3);
const BODY_TIME: Duration = Duration::from_secs(30);
const READ_TIME: Duration = Duration::from_secs(15 + 10);

fn count(of_the_battery: usize) -> usize {
    match std::env::var_os("VITRINA_SLOW_CLIENTS") {
        Some(_) => of_the_battery,
        None => of_the_battery / 10,
    }
}

/// Runs a test against the program with a catalogue that fills buffers.
fn in_shop(test: impl AsyncFnOnce(&TestApp, u32)) {
    let place = Place::sqlite();
    let program = Program::start(&place, &["--rate-limits", "off", "--workers", "2"]);
    let app = TestApp::at(program.address());
    runtime().block_on(async {
        for number in 0..50 {
            let goods = json!({ "description": "d".repeat(10_000) });
            app.goods(&vase_with(&format!("V-{number}"), goods)).await;
        }
        test(&app, program.pid()).await;
        app.get("/healthz").await.done();
    });
}

/// Does something beside a client who is served; how long that one waited at most.
async fn served_beside<T>(app: &TestApp, work: impl Future<Output = T>) -> (T, Duration) {
    let mut slowest = Duration::ZERO;
    let mut work = Box::pin(work);
    let mut ticks = interval(PACE / 5);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let asking = Box::pin(async {
            ticks.tick().await;
            let begun = Instant::now();
            app.get("/api/products?limit=1").await.expect(200);
            begun.elapsed()
        });
        match select(work, asking).await {
            Either::Left((outcome, _)) => return (outcome, slowest),
            Either::Right((waited, rest)) => {
                slowest = slowest.max(waited);
                work = rest;
            }
        }
    }
}

/// Sends a start, then a byte a second, until the server closes: when it did, and what it said.
async fn trickle(app: &TestApp, start: &str, byte: &[u8]) -> (Duration, String) {
    let stream = TcpStream::connect(app.address()).await;
    let begun = Instant::now();
    let (mut reader, mut writer) = stream.expect("a connection").into_split();
    writer.write_all(start.as_bytes()).await.expect("a start");
    let mut said = Vec::new();
    let mut ticks = interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let writing = async {
        // A server that has closed takes no more.
        while writer.write_all(byte).await.is_ok() {
            ticks.tick().await;
        }
    };
    // A reset is an end as well.
    let reading = async { drop(reader.read_to_end(&mut said).await) };
    tokio::join!(writing, reading);
    (begun.elapsed(), String::from_utf8_lossy(&said).into_owned())
}

/// Asks for more than the buffers of the machine hold, and takes none of it.
async fn stall(app: &TestApp) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    let stream = socket.connect(app.address()).await;
    let mut stream = stream.expect("a connection");
    let host = app.address();
    let request = format!("GET /api/products?limit=50 HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let asked = stream.write_all(request.repeat(40).as_bytes()).await;
    asked.expect("requests");
    stream
}

/// How many files and sockets a process has open.
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
        for (after, said) in &ends {
            assert!(*after <= HEAD_TIME, "{after:?}: {said}");
            assert!(
                said.is_empty() || said.starts_with("HTTP/1.1 408 "),
                "{said}"
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
        // Some are read, some belong to requests that need none.
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
        for ((after, said), start) in ends.iter().zip(&starts) {
            assert!(*after <= BODY_TIME, "{after:?}: {start} {said}");
        }
        let refused = ends
            .iter()
            .filter(|(_, said)| said.starts_with("HTTP/1.1 408 "))
            .count();
        assert_eq!(
            refused,
            count / 5 * 2,
            "those whose bodies are read are told"
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

#[test]
fn who_takes_no_answer_is_closed() {
    in_shop(async |app, pid| {
        let count = count(200);
        let idle = open_files(pid);
        let stalled = join_all((0..count).map(|_| stall(app))).await;
        let begun = Instant::now();
        let gone = async {
            let mut ticks = interval(PACE / 5);
            // The client beside them has a connection or two.
            while open_files(pid) > idle + 3 {
                ticks.tick().await;
                assert!(
                    begun.elapsed() < READ_TIME,
                    "{} files of {idle}",
                    open_files(pid)
                );
            }
            begun.elapsed()
        };
        let (last, waited) = served_beside(app, gone).await;
        drop(stalled);
        figure(
            "X8",
            format_args!(
                "{count} readers of nothing: closed after {last:.1?} at most, others served within {waited:.1?}"
            ),
        );
    });
}
