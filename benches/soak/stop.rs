//! SIGTERM among open sockets and running requests.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::Outcome;
use crate::figures::Report;
use crate::frames::client;
use crate::place::Place;
use crate::rest::Rest;
use crate::shop::Shop;
use crate::socket::{Received, Socket};

/// Requests whose bodies are half sent when the signal comes.
const REQUESTS: usize = 50;
/// When the rest of their bodies is sent, after the signal.
const REST_OF_BODY: Duration = Duration::from_millis(300);
/// How long a stop may take.
const LIMIT: Duration = Duration::from_secs(5);
/// Nothing takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs it.
pub(crate) async fn run(place: &Place, sockets: usize, report: &mut Report) -> Outcome<()> {
    let mut shop = Shop::start(place).await?;
    let address = shop.address();
    Rest::new(address)?.create("first").await?;
    let mut open = JoinSet::new();
    for number in 0..sockets {
        open.spawn(arrive(address, number));
    }
    let mut waiting = JoinSet::new();
    while let Some(socket) = open.join_next().await {
        waiting.spawn(goodbye(socket??));
    }
    let mut requests = Vec::new();
    for number in 0..REQUESTS {
        requests.push(begin(address, number).await?);
    }
    // A request that the shop has not begun to read is none that runs.
    sleep(Duration::from_millis(300)).await;

    let signalled = Instant::now();
    shop.signal("TERM")?;
    let mut running = JoinSet::new();
    for (stream, rest) in requests {
        running.spawn(finish(stream, rest));
    }
    let status = shop.ended(PATIENCE).await?;
    let stopped = signalled.elapsed();

    let mut goodbyes = Vec::new();
    while let Some(goodbye) = waiting.join_next().await {
        goodbyes.push(goodbye?);
    }
    let mut answers = Vec::new();
    while let Some(answer) = running.join_next().await {
        answers.push(answer?);
    }
    tell(report, &goodbyes, &answers);
    let was_good = status.is_some_and(|status| status.success()) && stopped < LIMIT;
    report.promise(
        "exit 0 within 5 s",
        format!("{} after {stopped:.2?}", crate::shop::status(status)),
        was_good,
    );
    let again = Shop::start(place).await?;
    let stored = Rest::new(again.address())?.products().await?.len();
    let all = stored == REQUESTS + 1;
    report.promise("products stored by the running requests", stored - 1, all);
    Ok(())
}

fn tell(report: &mut Report, goodbyes: &[Goodbye], answers: &[Option<String>]) {
    let is_good = |goodbye: &&Goodbye| {
        let reason = &goodbye.reason;
        let seconds = reason.strip_prefix("reconnect in ");
        let seconds = seconds.and_then(|rest| rest.strip_suffix(" s"));
        goodbye.code == Some(1001) && seconds.is_some_and(|text| text.parse::<u32>().is_ok())
    };
    let good = goodbyes.iter().filter(is_good).count();
    let told = format!("{good} of {}", goodbyes.len());
    let all = good == goodbyes.len();
    report.promise("sockets told 1001 `reconnect in N s`", told, all);
    if let Some(bad) = goodbyes.iter().find(|goodbye| !is_good(goodbye)) {
        report.figure("one that was not", format!("{bad:?}"));
    }
    let created = answers.iter().flatten();
    let created = created.filter(|answer| answer.starts_with("HTTP/1.1 201"));
    let created = created.count();
    let told = format!("{created} of {REQUESTS}");
    report.promise("running requests answered 201", told, created == REQUESTS);
    let is_other = |answer: &&Option<String>| {
        !answer
            .as_ref()
            .is_some_and(|answer| answer.starts_with("HTTP/1.1 201"))
    };
    if let Some(other) = answers.iter().find(is_other) {
        report.figure("one that was not", format!("{other:?}"));
    }
}

/// How a socket ended.
#[derive(Debug)]
struct Goodbye {
    code: Option<u16>,
    reason: String,
}

async fn arrive(address: SocketAddr, number: usize) -> Outcome<Socket> {
    if number.is_multiple_of(2) {
        return Socket::open(address, "/ws/products").await;
    }
    let mut socket = Socket::open(address, "/ws/chat").await?;
    let user = format!("chatter-{number}@example.com");
    socket
        .send(&client("join", &json!({ "user": user })))
        .await?;
    Ok(socket)
}

/// Reads to the end.
async fn goodbye(mut socket: Socket) -> Goodbye {
    loop {
        match socket.next().await {
            Received::Text(_) => {}
            Received::Ping(payload) => {
                // What cannot be answered ends soon.
                let _ = socket.pong(&payload).await;
            }
            Received::Close(code, reason) => {
                return Goodbye {
                    code: Some(code),
                    reason,
                };
            }
            Received::End => {
                return Goodbye {
                    code: None,
                    reason: String::new(),
                };
            }
        }
    }
}

/// Sends the head and half of the body; gives the other half.
async fn begin(address: SocketAddr, number: usize) -> Outcome<(TcpStream, String)> {
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

/// Sends the rest and reads the answer.
async fn finish(mut stream: TcpStream, rest: String) -> Option<String> {
    sleep(REST_OF_BODY).await;
    stream.write_all(rest.as_bytes()).await.ok()?;
    let mut answer = vec![0; 4096];
    let read = timeout(PATIENCE, stream.read(&mut answer)).await.ok()?;
    answer.truncate(read.ok()?);
    Some(String::from_utf8_lossy(&answer).into_owned())
}
