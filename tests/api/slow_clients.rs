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
use crate::frame_cases::wire::handshake;
use crate::goods::*;
use crate::place::Place;
use crate::program::{Program, status};

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

async fn connect_with_small_buffer(app: &TestApp) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    let stream = socket.connect(app.address()).await;
    stream.expect("a connection")
}

/// Asks for more than the buffers of the machine hold, and takes none of it.
async fn stall(app: &TestApp) -> TcpStream {
    let mut stream = connect_with_small_buffer(app).await;
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

/// Nobody told how long these are; they come a chunk of a byte at a time.
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
            let (after, said) = trickle(app, start, b"1\r\n \r\n").await;
            assert!(said.starts_with(expected), "{start}{said}");
            assert!(after <= BODY_TIME, "{after:?}: {start}{said}");
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

/// A request for a socket where there is none is answered as any other, however large the answer.
#[test]
fn an_upgrade_that_is_none_keeps_no_answer_in_memory() {
    in_shop(async |app, pid| {
        let product = app.vase("NOISE").await;
        let noise = noise(1_500);
        let file = [("img", "a.png", &noise[..])];
        let stored = app.upload(id(&product), &file).await.expect(202).payload();
        let name = thumbnails(&stored).remove(0);
        let upgrade = handshake(app, &format!("/uploads/{name}"));
        let (mut whole, mut stream) = (Vec::new(), connect_with_small_buffer(app).await);
        stream
            .write_all(upgrade.as_bytes())
            .await
            .expect("a request");
        stream.read_to_end(&mut whole).await.expect("an answer");
        assert!(whole.starts_with(b"HTTP/1.1 200 "));
        assert!(whole.len() > noise.len(), "{} bytes", whole.len());

        let idle = status(pid, "VmRSS:");
        let count = 40;
        let mut held = Vec::new();
        for _ in 0..count {
            let mut stream = connect_with_small_buffer(app).await;
            stream
                .write_all(upgrade.as_bytes())
                .await
                .expect("a request");
            // Its answer has begun; no more of it is taken.
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
                "{count} readers of nothing ask {size} MiB and a socket: memory +{rise} MiB"
            ),
        );
    });
}

/// A picture that no encoder makes smaller.
fn noise(side: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let picture = image::RgbImage::from_fn(side, side, |_, _| {
        image::Rgb([0; 3].map(|_: u8| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        }))
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    let written = picture.write_to(&mut bytes, image::ImageFormat::Png);
    written.expect("an image");
    bytes.into_inner()
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
