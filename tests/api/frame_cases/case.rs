//! A case: frames, and what they must lead to. Each is played twice, its bytes sent at once and one
//! by one.

use std::cell::RefCell;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::wire::{CLOSE, FIN, PING, PONG, TEXT, Wire, WireReader, goodbye, text};
use crate::app::TestApp;
use crate::figure::figure;

/// A case that takes longer hangs.
const CASE_TIME: Duration = Duration::from_secs(20);

/// What passes at any time, or answers the join.
const PASSING: [&str; 5] = ["welcome", "users", "user", "chat-messages", "position"];

/// What the server does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It answers a text that is no event.
    BadFrame,
    /// It tells the message to all, its sender included.
    Said(String),
    /// It repeats a ping.
    Pong(Vec<u8>),
    /// It closes, with this code or none.
    Close(Option<u16>),
}

/// Frames with what they must lead to, in order, and nothing else.
pub(crate) struct Case {
    name: String,
    frames: Vec<Vec<u8>>,
    outcomes: Vec<Outcome>,
    /// How many outcomes there must be until the client says goodbye.
    goodbye_after: Option<usize>,
}

/// A case; one that does not end in a close is closed by the client, and must be answered.
pub(crate) fn case(name: impl Into<String>, frames: &[Vec<u8>], outcomes: &[Outcome]) -> Case {
    let mut outcomes = outcomes.to_vec();
    let is_open = !matches!(outcomes.last(), Some(Outcome::Close(_)));
    let goodbye_after = is_open.then_some(outcomes.len());
    if is_open {
        outcomes.push(Outcome::Close(Some(1000)));
    }
    Case {
        name: name.into(),
        frames: frames.to_vec(),
        outcomes,
        goodbye_after,
    }
}

/// A case that must be closed with a code.
pub(crate) fn refused(name: impl Into<String>, frames: &[Vec<u8>], code: u16) -> Case {
    case(name, frames, &[Outcome::Close(Some(code))])
}

/// The event that says a text, marked with the text itself: no two cases say the same.
pub(crate) fn say(message: &str) -> String {
    json!({ "event": "chat-message", "data": { "message": message, "nonce": mark(message) } })
        .to_string()
}

fn mark(message: &str) -> String {
    let plain = message.chars().filter(|c| !c.is_control());
    plain.take(40).collect()
}

/// Plays all cases of a group at the same time, and names all that failed.
pub(crate) async fn play(app: &TestApp, group: &str, cases: &[Case]) {
    assert!(!cases.is_empty());
    let plays = cases.iter().flat_map(|case| {
        let modes = [("at once", true), ("byte by byte", false)];
        modes.map(|(mode, whole)| async move {
            let seen = RefCell::new(Vec::new());
            let played = timeout(CASE_TIME, case.play(app, whole, &seen)).await;
            let mut seen = seen.into_inner();
            if played.is_err() {
                seen.push("no end".to_owned());
            }
            let expected: Vec<_> = case.outcomes.iter().map(described).collect();
            (seen != expected)
                .then(|| format!("{} {mode}: {seen:?} in place of {expected:?}", case.name))
        })
    });
    let failed: Vec<_> = join_all(plays).await.into_iter().flatten().collect();
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
    let count = cases.len();
    figure(
        "X1",
        format_args!("{group}: {count} cases as expected, at once and byte by byte"),
    );
}

/// In words, not longer than can be read.
fn described(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Pong(payload) => format!("Pong of {}: {payload:02x?}", payload.len()),
        other => format!("{other:?}"),
    }
}

impl Case {
    /// Notes what comes, up to the end of the connection.
    async fn play(&self, app: &TestApp, whole: bool, seen: &RefCell<Vec<String>>) {
        let user = match whole {
            true => "whole@example.com",
            false => "bytes@example.com",
        };
        let mut wire = Wire::open(app, "/ws/chat").await;
        let speaks = |outcome: &Outcome| matches!(outcome, Outcome::Said(_));
        if self.outcomes.iter().any(speaks) {
            let join = json!({ "event": "join", "data": { "user": user } });
            wire.send(&text(join.to_string())).await;
        }
        let Wire { mut writer, reader } = wire;
        let answered = Notify::new();
        let writing = async {
            let bytes = self.frames.concat();
            let step = if whole { bytes.len() } else { 1 };
            let mut sent = write(&mut writer, &bytes, step).await;
            if self.goodbye_after.is_some() {
                answered.notified().await;
                let bytes = goodbye(1000, b"");
                let step = if whole { bytes.len() } else { 1 };
                sent = sent.and(write(&mut writer, &bytes, step).await);
            }
            sent
        };
        let reading = async {
            self.read(reader, user, seen, &answered).await;
            // A client that waits for an answer waits no longer.
            answered.notify_one();
        };
        // A server that has closed takes nothing more; what it said is seen all the same.
        let (_, ()) = tokio::join!(writing, reading);
    }

    async fn read(
        &self,
        mut reader: WireReader,
        user: &str,
        seen: &RefCell<Vec<String>>,
        answered: &Notify,
    ) {
        if self.goodbye_after == Some(0) {
            answered.notify_one();
        }
        while let Some((first, payload)) = reader.frame().await {
            let Some(outcome) = self.outcome(first, &payload, user) else {
                continue;
            };
            seen.borrow_mut().push(outcome);
            if self.goodbye_after == Some(seen.borrow().len()) {
                answered.notify_one();
            }
        }
    }

    /// What a frame of the server says to this case; `None` for what passes, or is said to others.
    fn outcome(&self, first: u8, payload: &[u8], user: &str) -> Option<String> {
        let outcome = match (first ^ FIN, payload) {
            (TEXT, text) => self.told(text, user)?,
            (PONG, payload) => Outcome::Pong(payload.to_vec()),
            (PING, _) => return None,
            (CLOSE, []) => Outcome::Close(None),
            (CLOSE, [high, low, ..]) => Outcome::Close(Some(u16::from_be_bytes([*high, *low]))),
            _ => return Some(format!("a frame {first:#x} of {payload:02x?}")),
        };
        Some(described(&outcome))
    }

    fn told(&self, text: &[u8], user: &str) -> Option<Outcome> {
        let frame: Value = serde_json::from_slice(text).expect("JSON");
        let data = &frame["data"];
        match frame["event"].as_str() {
            Some("error") if data["code"] == "bad_frame" => Some(Outcome::BadFrame),
            Some("chat-message") => {
                let message = data["message"].as_str().expect("a text");
                let said = Outcome::Said(message.to_owned());
                let is_own = data["user"] == user && self.outcomes.contains(&said);
                assert!(!is_own || data["nonce"] == mark(message), "{frame}");
                is_own.then_some(said)
            }
            Some(event) if PASSING.contains(&event) => None,
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
