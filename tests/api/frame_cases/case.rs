//! A case: frames and the expected outcomes. Each case runs twice, with its bytes sent at once and
//! one by one.

use std::cell::RefCell;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::wire::{CLOSE, FIN, PING, PONG, TEXT, Wire, WireReader, close_frame, text};
use crate::app::TestApp;
use crate::figure::figure;

/// A case that takes longer hangs.
const CASE_TIMEOUT: Duration = Duration::from_secs(20);

/// Events that are skipped: ephemeral ones, and replies to the join.
const SKIPPED: [&str; 5] = ["welcome", "users", "user", "chat-messages", "position"];

/// A reaction of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The error for a text that is not an event.
    BadFrame,
    /// A chat message, sent to all including its sender.
    Message(String),
    /// A pong with the payload of a ping.
    Pong(Vec<u8>),
    /// A close frame, with this code or none.
    Close(Option<u16>),
}

/// Frames, and exactly the outcomes that must follow, in order.
pub(crate) struct Case {
    name: String,
    frames: Vec<Vec<u8>>,
    outcomes: Vec<Outcome>,
    /// After this many outcomes the client sends a close frame.
    close_after: Option<usize>,
}

/// A case; if its outcomes do not end in a close, the client closes and expects a close frame.
pub(crate) fn case(name: impl Into<String>, frames: &[Vec<u8>], outcomes: &[Outcome]) -> Case {
    let mut outcomes = outcomes.to_vec();
    let is_open = !matches!(outcomes.last(), Some(Outcome::Close(_)));
    let close_after = is_open.then_some(outcomes.len());
    if is_open {
        outcomes.push(Outcome::Close(Some(1000)));
    }
    Case {
        name: name.into(),
        frames: frames.to_vec(),
        outcomes,
        close_after,
    }
}

/// A case that the server must close with a code.
pub(crate) fn refused(name: impl Into<String>, frames: &[Vec<u8>], code: u16) -> Case {
    case(name, frames, &[Outcome::Close(Some(code))])
}

/// The event with a chat message. The nonce is made from the text, which differs between cases.
pub(crate) fn chat_event(message: &str) -> String {
    json!({ "event": "chat-message", "data": { "message": message, "nonce": nonce_of(message) } })
        .to_string()
}

fn nonce_of(message: &str) -> String {
    let printable = message.chars().filter(|c| !c.is_control());
    printable.take(40).collect()
}

/// Runs all cases of a group at the same time, and names all that failed.
pub(crate) async fn play(app: &TestApp, group: &str, cases: &[Case]) {
    assert!(!cases.is_empty());
    let runs = cases.iter().flat_map(|case| {
        let modes = [("at once", true), ("byte by byte", false)];
        modes.map(|(mode, at_once)| async move {
            let actual = RefCell::new(Vec::new());
            let finished = timeout(CASE_TIMEOUT, case.play(app, at_once, &actual)).await;
            let mut actual = actual.into_inner();
            if finished.is_err() {
                actual.push("no end".to_owned());
            }
            let expected: Vec<_> = case.outcomes.iter().map(readable).collect();
            (actual != expected)
                .then(|| format!("{} {mode}: {actual:?} instead of {expected:?}", case.name))
        })
    });
    let failed: Vec<_> = join_all(runs).await.into_iter().flatten().collect();
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
    let count = cases.len();
    figure(
        "X1",
        format_args!("{group}: {count} cases as expected, at once and byte by byte"),
    );
}

/// A readable form of an outcome.
fn readable(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Pong(payload) => format!("Pong of {}: {payload:02x?}", payload.len()),
        other => format!("{other:?}"),
    }
}

impl Case {
    /// Records outcomes up to the end of the connection.
    async fn play(&self, app: &TestApp, at_once: bool, actual: &RefCell<Vec<String>>) {
        let user = match at_once {
            true => "whole@example.com",
            false => "bytes@example.com",
        };
        let mut wire = Wire::open(app, "/ws/chat").await;
        let is_message = |outcome: &Outcome| matches!(outcome, Outcome::Message(_));
        if self.outcomes.iter().any(is_message) {
            let join = json!({ "event": "join", "data": { "user": user } });
            wire.send(&text(join.to_string())).await;
        }
        let Wire { mut writer, reader } = wire;
        let answered = Notify::new();
        let writing = async {
            let bytes = self.frames.concat();
            let step = if at_once { bytes.len() } else { 1 };
            let mut sent = write(&mut writer, &bytes, step).await;
            if self.close_after.is_some() {
                answered.notified().await;
                let bytes = close_frame(1000, b"");
                let step = if at_once { bytes.len() } else { 1 };
                sent = sent.and(write(&mut writer, &bytes, step).await);
            }
            sent
        };
        let reading = async {
            self.read(reader, user, actual, &answered).await;
            // Wakes a client that still waits for an outcome.
            answered.notify_one();
        };
        // Writing fails once the server has closed; the outcomes are recorded anyway.
        let (_, ()) = tokio::join!(writing, reading);
    }

    async fn read(
        &self,
        mut reader: WireReader,
        user: &str,
        actual: &RefCell<Vec<String>>,
        answered: &Notify,
    ) {
        if self.close_after == Some(0) {
            answered.notify_one();
        }
        while let Some((first, payload)) = reader.frame().await {
            let Some(outcome) = self.outcome(first, &payload, user) else {
                continue;
            };
            actual.borrow_mut().push(outcome);
            if self.close_after == Some(actual.borrow().len()) {
                answered.notify_one();
            }
        }
    }

    /// The outcome in a frame of the server; `None` if the frame is skipped or belongs to another
    /// case.
    fn outcome(&self, first: u8, payload: &[u8], user: &str) -> Option<String> {
        let outcome = match (first ^ FIN, payload) {
            (TEXT, text) => self.text_outcome(text, user)?,
            (PONG, payload) => Outcome::Pong(payload.to_vec()),
            (PING, _) => return None,
            (CLOSE, []) => Outcome::Close(None),
            (CLOSE, [high, low, ..]) => Outcome::Close(Some(u16::from_be_bytes([*high, *low]))),
            _ => return Some(format!("a frame {first:#x} of {payload:02x?}")),
        };
        Some(readable(&outcome))
    }

    fn text_outcome(&self, text: &[u8], user: &str) -> Option<Outcome> {
        let frame: Value = serde_json::from_slice(text).expect("JSON");
        let data = &frame["data"];
        match frame["event"].as_str() {
            Some("error") if data["code"] == "bad_frame" => Some(Outcome::BadFrame),
            Some("chat-message") => {
                let message = data["message"].as_str().expect("a string");
                let message_outcome = Outcome::Message(message.to_owned());
                let is_own = data["user"] == user && self.outcomes.contains(&message_outcome);
                assert!(!is_own || data["nonce"] == nonce_of(message), "{frame}");
                is_own.then_some(message_outcome)
            }
            Some(event) if SKIPPED.contains(&event) => None,
            _ => panic!("{frame}"),
        }
    }
}

async fn write(writer: &mut OwnedWriteHalf, bytes: &[u8], step: usize) -> std::io::Result<()> {
    for part in bytes.chunks(step) {
        writer.write_all(part).await?;
    }
    Ok(())
}
