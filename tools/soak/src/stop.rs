//! SIGTERM with open sockets and running requests.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use vitrina_test_support::Outcome;
use vitrina_test_support::socket::{Received, Socket};

use crate::frames::client;
use crate::report::Report;
use crate::rest::Rest;
use crate::shop::Shop;
use crate::test_store::TestStore;

/// Requests whose bodies are half sent at the signal.
const REQUESTS: usize = 50;
/// Delay after the signal until the rest of their bodies is sent.
const REST_OF_BODY: Duration = Duration::from_millis(300);
/// How long the stop may take.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// How long to wait for the process and for responses.
const TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) async fn run(store: &TestStore, sockets: usize, report: &mut Report) -> Outcome<()> {
    let mut shop = Shop::start(store).await?;
    let address = shop.address();
    Rest::new(address)?.create("first").await?;
    let mut open = JoinSet::new();
    for number in 0..sockets {
        open.spawn(connect(address, number));
    }
    let mut waiting = JoinSet::new();
    while let Some(socket) = open.join_next().await {
        waiting.spawn(read_to_end(socket??));
    }
    let mut requests = Vec::new();
    for number in 0..REQUESTS {
        requests.push(begin_request(address, number).await?);
    }
    // Only a request whose head has been read counts as running.
    sleep(Duration::from_millis(300)).await;

    let signalled = Instant::now();
    shop.signal("TERM")?;
    let mut running = JoinSet::new();
    for (stream, rest) in requests {
        running.spawn(finish_request(stream, rest));
    }
    let status = shop.ended(TIMEOUT).await?;
    let stopped = signalled.elapsed();

    let mut endings = Vec::new();
    while let Some(ending) = waiting.join_next().await {
        endings.push(ending?);
    }
    let mut responses = Vec::new();
    while let Some(response) = running.join_next().await {
        responses.push(response?);
    }
    check(report, &endings, &responses);
    let is_ok = status.is_some_and(|status| status.success()) && stopped < STOP_LIMIT;
    report.check(
        "exit 0 within 5 s",
        format!("{} after {stopped:.2?}", crate::shop::status(status)),
        is_ok,
    );
    let restarted = Shop::start(store).await?;
    let stored = Rest::new(restarted.address())?.products().await?.len();
    let all = stored == REQUESTS + 1;
    report.check("products stored by the running requests", stored - 1, all);
    Ok(())
}

fn check(report: &mut Report, endings: &[Ending], responses: &[Option<String>]) {
    let is_good = |ending: &&Ending| {
        let reason = &ending.reason;
        let seconds = reason.strip_prefix("reconnect in ");
        let seconds = seconds.and_then(|rest| rest.strip_suffix(" s"));
        ending.code == Some(1001) && seconds.is_some_and(|text| text.parse::<u32>().is_ok())
    };
    let good = endings.iter().filter(is_good).count();
    let closed = format!("{good} of {}", endings.len());
    let all = good == endings.len();
    report.check("sockets closed with 1001 `reconnect in N s`", closed, all);
    if let Some(bad) = endings.iter().find(|ending| !is_good(ending)) {
        report.figure("one that was not", format!("{bad:?}"));
    }
    let created = responses.iter().flatten();
    let created = created.filter(|response| response.starts_with("HTTP/1.1 201"));
    let created = created.count();
    let completed = format!("{created} of {REQUESTS}");
    report.check(
        "running requests that returned 201",
        completed,
        created == REQUESTS,
    );
    let is_other = |response: &&Option<String>| {
        !response
            .as_ref()
            .is_some_and(|response| response.starts_with("HTTP/1.1 201"))
    };
    if let Some(other) = responses.iter().find(is_other) {
        report.figure("one that was not", format!("{other:?}"));
    }
}

/// How a socket ended.
#[derive(Debug)]
struct Ending {
    code: Option<u16>,
    reason: String,
}

async fn connect(address: SocketAddr, number: usize) -> Outcome<Socket> {
    if number.is_multiple_of(2) {
        return Socket::open(address, "/ws/products").await;
    }
    let mut socket = Socket::open(address, "/ws/chat").await?;
    let user = format!("reader-{number}@example.com");
    socket
        .send(&client("join", &json!({ "user": user })))
        .await?;
    Ok(socket)
}

async fn read_to_end(mut socket: Socket) -> Ending {
    loop {
        match socket.next().await {
            Received::Text(_) => {}
            Received::Ping(payload) => {
                // A failure here shows as the end of the connection.
                let _ = socket.pong(&payload).await;
            }
            Received::Close(code, reason) => {
                return Ending {
                    code: Some(code),
                    reason,
                };
            }
            Received::End => {
                return Ending {
                    code: None,
                    reason: String::new(),
                };
            }
        }
    }
}

/// Sends the head and half of the body; returns the other half.
async fn begin_request(address: SocketAddr, number: usize) -> Outcome<(TcpStream, String)> {
    let body = json!({ "title": "Vase", "code": format!("R-{number}"), "price": 1, "stock": 1 });
    let body = body.to_string();
    let head = format!(
        "POST /api/products HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    let (half, rest) = body.split_at(body.len() / 2);
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("{head}{half}").as_bytes()).await?;
    Ok((stream, rest.to_owned()))
}

/// Sends the other half and reads the response.
async fn finish_request(mut stream: TcpStream, rest: String) -> Option<String> {
    sleep(REST_OF_BODY).await;
    stream.write_all(rest.as_bytes()).await.ok()?;
    let mut response = vec![0; 4096];
    let read = timeout(TIMEOUT, stream.read(&mut response)).await.ok()?;
    response.truncate(read.ok()?);
    Some(String::from_utf8_lossy(&response).into_owned())
}
