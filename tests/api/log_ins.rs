//! Many at the admin's door at once, beside a chat: nobody in the chat waits for them.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::app::{TestApp, runtime};
use crate::figure::figure;
use crate::place::Place;
use crate::program::Program;
use crate::socket::Socket;

const TOKEN: &str = "a-token-of-twenty-one";
const LOG_INS: usize = 100;
/// Between two messages.
const PACE: Duration = Duration::from_millis(100);
/// What most deliveries keep below; asserted for the whole crowd, which `VITRINA_LOG_INS` asks for on a quiet machine.
const DELAY: Duration = Duration::from_millis(500);
/// People in the chat, and messages: few, and the whole crowd.
const CROWDS: [(usize, usize); 2] = [(50, 30), (1_000, 600)];

/// The data of the next frame of an event; whoever comes and goes meanwhile is passed over.
async fn next(socket: &mut Socket, event: &str) -> Value {
    loop {
        let mut frame = socket.next().await;
        if frame["event"] == event {
            return frame["data"].take();
        }
    }
}

/// Each message's way to one reader, in the order in which they come.
async fn read(socket: &mut Socket, messages: usize, begun: Instant) -> Vec<Duration> {
    let mut delays = Vec::new();
    for number in 0..messages {
        let message = next(socket, "chat-message").await;
        let text = message["message"].as_str().expect("a text");
        let (place, sent) = text.split_once(' ').expect("a number and a moment");
        assert_eq!(place, number.to_string(), "none lost, none twice");
        let sent = Duration::from_micros(sent.parse().expect("microseconds"));
        delays.push(begun.elapsed().saturating_sub(sent));
    }
    delays
}

/// One at the door; every other one has a wrong token.
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
fn log_ins_delay_nobody_in_the_chat() {
    let is_whole = std::env::var_os("VITRINA_LOG_INS").is_some();
    let (people, messages) = CROWDS[usize::from(is_whole)];
    let place = Place::sqlite();
    let settings = ["--rate-limits", "off", "--admin-token", TOKEN];
    let program = Program::start(&place, &settings);
    let app = TestApp::at(program.address());
    runtime().block_on(async {
        let mut sockets = Vec::new();
        for number in 0..people {
            let (mut socket, _) = app.chat_socket("").await;
            socket.join(&format!("reader-{number}@example.com")).await;
            next(&mut socket, "chat-messages").await;
            sockets.push(socket);
        }
        let begun = Instant::now();
        let reading = join_all(sockets.iter_mut().map(|socket| read(socket, messages, begun)));
        let saying = async {
            let mut ticks = interval(PACE);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            for number in 0..messages {
                ticks.tick().await;
                let text = format!("{number} {}", begun.elapsed().as_micros());
                let body = json!({ "user": "ana@example.com", "message": text });
                app.post("/api/messages", &body).await.expect(201);
                if number == messages / 3 {
                    join_all((0..LOG_INS).map(|number| log_in(&app, number))).await;
                }
            }
        };
        let (delays, ()) = tokio::join!(reading, saying);
        let mut delays = delays.concat();
        delays.sort_unstable();
        let late = delays[delays.len() * 99 / 100];
        assert!(!is_whole || late <= DELAY, "p99 {late:?}");
        let told = format_args!("{LOG_INS} log-ins at once beside {people} in the chat: {} deliveries, none lost, p99 {late:.1?}", delays.len());
        figure("L7", told);
    });
}
