//! Groups 5 and 10: fragmented messages.

use super::case::Outcome::{BadFrame, Close, Message, Pong};
use super::case::{Case, case, chat_event, refused};
use super::wire::{BINARY, CONTINUATION, FIN, PING, PONG, TEXT, close_frame, frame, text};

/// A text message in fragments of a size.
fn in_parts(payload: &[u8], size: usize) -> Vec<Vec<u8>> {
    let mut parts: Vec<_> = payload.chunks(size).collect();
    let last = parts.pop().expect("a payload");
    let mut frames = Vec::new();
    for part in parts {
        let opcode = if frames.is_empty() {
            TEXT
        } else {
            CONTINUATION
        };
        frames.push(frame(opcode, part));
    }
    let opcode = if frames.is_empty() {
        TEXT
    } else {
        CONTINUATION
    };
    frames.push(frame(FIN | opcode, last));
    frames
}

fn first(payload: &[u8]) -> Vec<u8> {
    frame(TEXT, payload)
}

fn next(payload: &[u8]) -> Vec<u8> {
    frame(CONTINUATION, payload)
}

fn last(payload: &[u8]) -> Vec<u8> {
    frame(FIN | CONTINUATION, payload)
}

fn ping(payload: &[u8]) -> Vec<u8> {
    frame(FIN | PING, payload)
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = valid();
    cases.extend(out_of_order());
    cases
}

fn valid() -> Vec<Case> {
    let message = |message: &str| Message(message.to_owned());
    let pong = |payload: &[u8]| Pong(payload.to_vec());
    let in_two = chat_event("in two parts");
    let around = chat_event("around a ping");
    let (one, two) = in_two.split_at(20);
    let (before, after) = around.split_at(20);
    let mut with_pings = Vec::new();
    let mut answers = Vec::new();
    let many = chat_event("among many pings");
    let parts = in_parts(many.as_bytes(), many.len().div_ceil(10));
    for (number, part) in (0..).zip(parts) {
        with_pings.extend([ping(&[number]), part]);
        answers.push(pong(&[number]));
    }
    answers.push(message("among many pings"));
    let mut longest = vec![first(b"")];
    longest.resize(255, next(b""));
    let mut too_many = longest.clone();
    longest.push(last(b"x"));
    too_many.extend([next(b""), last(b"x")]);
    vec![
        case(
            "two parts",
            &[first(one.as_bytes()), last(two.as_bytes())],
            &[message("in two parts")],
        ),
        case(
            "two parts around a ping",
            &[first(before.as_bytes()), ping(b"!"), last(after.as_bytes())],
            &[pong(b"!"), message("around a ping")],
        ),
        case("ten parts among pings", &with_pings, &answers),
        case(
            "two parts around a pong",
            &[first(b"hel"), frame(FIN | PONG, b"?"), last(b"lo")],
            &[BadFrame],
        ),
        case(
            "three empty parts",
            &[first(b""), next(b""), last(b"")],
            &[BadFrame],
        ),
        case(
            "an empty part between others",
            &[first(b"a"), next(b""), last(b"b")],
            &[BadFrame],
        ),
        case(
            "two texts in parts",
            &[first(b"a"), last(b"b"), first(b"c"), last(b"d")],
            &[BadFrame, BadFrame],
        ),
        case("256 parts", &longest, &[BadFrame]),
        refused("257 parts", &too_many, 1008),
        case(
            "a close frame inside of a text",
            &[first(b"a"), close_frame(1000, b""), last(b"b")],
            &[Close(Some(1000))],
        ),
    ]
}

fn out_of_order() -> Vec<Case> {
    vec![
        refused("a last part of nothing", &[last(b"x")], 1002),
        refused("a part of nothing", &[next(b"x"), text("?")], 1002),
        refused("an empty part of nothing", &[last(b"")], 1002),
        case(
            "a part after a text",
            &[text("?"), last(b"x")],
            &[BadFrame, Close(Some(1002))],
        ),
        case(
            "a part after a text in parts",
            &[first(b"a"), last(b"b"), next(b"c")],
            &[BadFrame, Close(Some(1002))],
        ),
        refused("a text inside of a text", &[first(b"a"), text("?")], 1002),
        refused(
            "the beginning of a text inside of a text",
            &[first(b"a"), first(b"b")],
            1002,
        ),
        refused(
            "binary inside of a text",
            &[first(b"a"), frame(FIN | BINARY, b"b")],
            1002,
        ),
        refused("binary in parts", &[frame(BINARY, b"a"), last(b"b")], 1003),
    ]
}

/// Messages as a library splits them by itself.
pub(crate) fn automatic() -> Vec<Case> {
    let full = vec![b'*'; 16_384];
    let over = vec![b'*'; 16_385];
    let mut cases = Vec::new();
    for size in [64, 100, 1_300, 4_096, 16_383] {
        let name = format!("in parts of {size} bytes");
        cases.push(case(
            format!("16384 bytes {name}"),
            &in_parts(&full, size),
            &[BadFrame],
        ));
    }
    for size in [100, 1_300, 8_192, 16_384] {
        let name = format!("16385 bytes in parts of {size} bytes");
        cases.push(refused(name, &in_parts(&over, size), 1009));
    }
    for size in [7, 97, 333] {
        let message = format!("parts of {size} {}", "µ".repeat(400));
        let name = format!("a message in parts of {size} bytes");
        cases.push(case(
            name,
            &in_parts(chat_event(&message).as_bytes(), size),
            &[Message(message)],
        ));
    }
    cases
}
