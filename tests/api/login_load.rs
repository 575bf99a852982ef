//! Many admin logins at once do not delay the chat.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::app::{TestApp, runtime};
use crate::figure::figure;
use crate::program::Program;
use crate::socket::Socket;
use crate::test_store::TestStore;

const TOKEN: &str = "a-token-of-twenty-one";
const LOGINS: usize = 100;
/// Time between two messages.
const PACE: Duration = Duration::from_millis(100);
/// Limit of the p99 delay; asserted only for the long run, on a quiet machine.
const MAX_DELAY: Duration = Duration::from_millis(500);
/// People in the chat and messages, of an ordinary run and of the one that `VITRINA_LOG_INS`
/// selects.
const LOADS: [(usize, usize); 2] = [(50, 30), (1_000, 600)];

/// The data of the next frame of an event; others are skipped.
async fn next(socket: &mut Socket, event: &str) -> Value {
    loop {
        let mut frame = socket.next().await;
        if frame["event"] == event {
            return frame["data"].take();
        }
    }
}

/// The delay of each message at one socket, in order of arrival.
async fn read(socket: &mut Socket, messages: usize, started: Instant) -> Vec<Duration> {
    let mut delays = Vec::new();
    for number in 0..messages {
        let message = next(socket, "chat-message").await;
        let text = message["message"].as_str().expect("a string");
        let (index, sent) = text.split_once(' ').expect("a number and a time");
        assert_eq!(index, number.to_string(), "a message is lost or duplicated");
        let sent = Duration::from_micros(sent.parse().expect("microseconds"));
        delays.push(started.elapsed().saturating_sub(sent));
    }
    delays
}

/// One login; every second one has a wrong token.
async fn log_in(app: &TestApp, number: usize) {
    let token = if number.is_multiple_of(2) {
        TOKEN
    } else {
        "a-wrong-token-of-it"
    };
    let reply = app.post_form("/admin/login", &[("password", token)]).await;
    reply.expect(if token == TOKEN { 303 } else { 401 });
}

#[test]
fn logins_do_not_delay_the_chat() {
    let is_long_run = std::env::var_os("VITRINA_LOG_INS").is_some();
    let (people, messages) = LOADS[usize::from(is_long_run)];
    let store = TestStore::sqlite();
    let settings = ["--rate-limits", "off", "--admin-token", TOKEN];
    let program = Program::start(&store, &settings);
    let app = TestApp::at(program.address());
    runtime().block_on(async {
        let mut sockets = Vec::new();
        for number in 0..people {
            let (mut socket, _) = app.chat_socket("").await;
            socket.join(&format!("reader-{number}@example.com")).await;
            next(&mut socket, "chat-messages").await;
            sockets.push(socket);
        }
        let started = Instant::now();
        let reading = join_all(sockets.iter_mut().map(|socket| read(socket, messages, started)));
        let writing = async {
            let mut ticks = interval(PACE);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            for number in 0..messages {
                ticks.tick().await;
                let text = format!("{number} {}", started.elapsed().as_micros());
                let body = json!({ "user": "ana@example.com", "message": text });
                app.post("/api/messages", &body).await.expect(201);
                if number == messages / 3 {
                    join_all((0..LOGINS).map(|number| log_in(&app, number))).await;
                }
            }
        };
        let (delays, ()) = tokio::join!(reading, writing);
        let mut delays = delays.concat();
        delays.sort_unstable();
        let p99 = delays[delays.len() * 99 / 100];
        assert!(!is_long_run || p99 <= MAX_DELAY, "p99 {p99:?}");
        let measured = format_args!("{LOGINS} logins at once beside {people} in the chat: {} deliveries, none lost, p99 {p99:.1?}", delays.len());
        figure("L7", measured);
    });
}
