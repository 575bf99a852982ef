//! A case: frames, and what they must lead to. Each is played twice, its bytes sent at once and one
//! by one.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::wire::{CLOSE, FIN, PING, PONG, TEXT, Wire, WireReader, goodbye, text};
use crate::app::TestApp;

/// A case that takes longer hangs.
const CASE_TIME: Duration = Duration::from_secs(60);

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
}

/// A case; one that does not end in a close is closed by the client, and must be answered.
pub(crate) fn case(name: impl Into<String>, frames: &[Vec<u8>], outcomes: &[Outcome]) -> Case {
    let mut case = Case {
        name: name.into(),
        frames: frames.to_vec(),
        outcomes: outcomes.to_vec(),
    };
    if !matches!(outcomes.last(), Some(Outcome::Close(_))) {
        case.frames.push(goodbye(1000, b""));
        case.outcomes.push(Outcome::Close(Some(1000)));
    }
    case
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
    message.chars().take(40).collect()
}

/// Plays all cases of a group at the same time, and names all that failed.
pub(crate) async fn play(app: &TestApp, cases: &[Case]) {
    assert!(!cases.is_empty());
    let plays = cases.iter().flat_map(|case| {
        let modes = [("at once", true), ("byte by byte", false)];
        modes.map(|(mode, whole)| async move {
            let played = timeout(CASE_TIME, case.play(app, whole)).await;
            let seen = played.unwrap_or_else(|_| vec!["no end".to_owned()]);
            let expected: Vec<_> = case.outcomes.iter().map(described).collect();
            (seen != expected)
                .then(|| format!("{} {mode}: {seen:?} in place of {expected:?}", case.name))
        })
    });
    let failed: Vec<_> = join_all(plays).await.into_iter().flatten().collect();
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

/// In words, not longer than can be read.
fn described(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Pong(payload) => format!("Pong of {}: {payload:02x?}", payload.len()),
        other => format!("{other:?}"),
    }
}

impl Case {
    /// What came, up to the end of the connection.
    async fn play(&self, app: &TestApp, whole: bool) -> Vec<String> {
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
        let bytes = self.frames.concat();
        let Wire { mut writer, reader } = wire;
        let step = if whole { bytes.len() } else { 1 };
        let writing = async {
            for part in bytes.chunks(step) {
                if writer.write_all(part).await.is_err() {
                    // Closed already; the code that it sent before is read below.
                    break;
                }
            }
        };
        tokio::join!(writing, seen(reader, user)).1
    }
}

/// What comes up to the end of the connection, which must follow a close.
async fn seen(mut reader: WireReader, user: &str) -> Vec<String> {
    let mut seen = Vec::new();
    while let Some((first, payload)) = reader.frame().await {
        let outcome = match (first ^ FIN, &payload[..]) {
            (TEXT, text) => match said(text, user) {
                Some(outcome) => outcome,
                None => continue,
            },
            (PONG, payload) => Outcome::Pong(payload.to_vec()),
            (PING, _) => continue,
            (CLOSE, []) => Outcome::Close(None),
            (CLOSE, [high, low, ..]) => Outcome::Close(Some(u16::from_be_bytes([*high, *low]))),
            _ => {
                seen.push(format!("a frame {first:#x} of {payload:02x?}"));
                continue;
            }
        };
        seen.push(described(&outcome));
    }
    seen
}

/// What a text of the server says to this user; `None` for what others are told, or what passes.
fn said(text: &[u8], user: &str) -> Option<Outcome> {
    let frame: Value = serde_json::from_slice(text).expect("JSON");
    let data = &frame["data"];
    match frame["event"].as_str() {
        Some("error") if data["code"] == "bad_frame" => Some(Outcome::BadFrame),
        Some("chat-message") => {
            let message = data["message"].as_str().expect("a text");
            let is_own = data["user"] == user && data["nonce"] == mark(message);
            is_own.then(|| Outcome::Said(message.to_owned()))
        }
        Some(event) if PASSING.contains(&event) => None,
        _ => panic!("{frame}"),
    }
}
