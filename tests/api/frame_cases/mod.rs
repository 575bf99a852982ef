//! What becomes of every kind of frame, sent whole and byte by byte: the groups of the Autobahn
//! suite, in our own words and with our own bounds.

mod cases;
mod wire;

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use self::wire::{CLOSE, FIN, PING, PONG, RawSocket, Received, TEXT, frame};
use crate::app::TestApp;

pub(crate) use self::cases::*;

/// What takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(20);
/// The mark of the text that follows what the server shall pass over.
const END: &str = "the end";

/// What the server makes of frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It read a text with this mark in it, whole and unharmed.
    Read(&'static str),
    /// It read a text that is no frame of ours.
    Unknown,
    /// It answered a ping.
    Pong(Vec<u8>),
    /// It closed with this code, or none.
    Closed(Option<u16>),
}

/// A case: what it is called, what is sent, and what comes of it.
pub(crate) struct Case {
    name: String,
    frames: Vec<Vec<u8>>,
    outcomes: Vec<Outcome>,
}

/// A case that ends with its outcomes.
fn case(name: &str, frames: Vec<Vec<u8>>, outcomes: Vec<Outcome>) -> Case {
    let name = name.to_owned();
    Case {
        name,
        frames,
        outcomes,
    }
}

/// A text with a mark, which the server repeats because nobody has joined.
fn marked(mark: &str) -> Vec<u8> {
    let text = serde_json::json!({
        "event": "chat-message",
        "data": { "message": "hello", "nonce": mark },
    });
    text.to_string().into_bytes()
}

/// Runs all cases at once, each whole and byte by byte.
async fn run(app: &TestApp, cases: Vec<Case>) {
    let runs = cases.iter().flat_map(|case| {
        let pieces = [false, true];
        pieces.map(|byte_by_byte| run_one(app, case, byte_by_byte))
    });
    futures_util::future::join_all(runs).await;
}

async fn run_one(app: &TestApp, case: &Case, byte_by_byte: bool) {
    let how = if byte_by_byte {
        "byte by byte"
    } else {
        "whole"
    };
    let outcomes = timeout(PATIENCE, outcomes(app, case, byte_by_byte)).await;
    let outcomes = outcomes.unwrap_or_else(|_| panic!("{}, {how}: no end", case.name));
    assert_eq!(outcomes, case.outcomes, "{}, {how}", case.name);
}

/// What the server says to a case; then it has closed, or has read what followed.
async fn outcomes(app: &TestApp, case: &Case, byte_by_byte: bool) -> Vec<Outcome> {
    let mut socket = RawSocket::open(app, b"").await;
    socket.receive().await.expect("a welcome");
    let ends_by_itself = matches!(case.outcomes.last(), Some(Outcome::Closed(_)));
    let mut bytes = case.frames.concat();
    if !ends_by_itself {
        bytes.extend(frame(FIN | TEXT, &marked(END)));
    }
    let mut seen = Vec::new();
    socket.send(&bytes, byte_by_byte).await;
    while let Some(received) = socket.receive().await {
        match outcome(received) {
            Some(Outcome::Read(END)) => return seen,
            Some(outcome) => seen.push(outcome),
            None => {}
        }
    }
    seen
}

fn outcome(received: Received) -> Option<Outcome> {
    match received.opcode {
        TEXT => text_outcome(&received.payload),
        PONG => Some(Outcome::Pong(received.payload)),
        CLOSE => {
            let code = received.payload.first_chunk();
            Some(Outcome::Closed(code.map(|code| u16::from_be_bytes(*code))))
        }
        PING => None,
        other => panic!("the server sent opcode {other}"),
    }
}

fn text_outcome(payload: &[u8]) -> Option<Outcome> {
    let event: Value = serde_json::from_slice(payload).expect("JSON");
    assert_eq!(event["event"], "error", "{event}");
    let data = &event["data"];
    Some(match data["code"].as_str() {
        Some("bad_frame") => Outcome::Unknown,
        Some("not_joined") => {
            let marks = [END, cases::MARK];
            let mark = marks.into_iter().find(|mark| data["nonce"] == *mark);
            Outcome::Read(mark.unwrap_or_else(|| panic!("{data} was harmed")))
        }
        _ => panic!("{data}"),
    })
}
