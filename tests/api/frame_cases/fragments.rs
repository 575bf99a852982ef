//! Groups 5 and 10: texts in parts.

use super::case::Outcome::{BadFrame, Close, Pong, Said};
use super::case::{Case, case, refused, say};
use super::wire::{BINARY, CONTINUATION, FIN, PING, PONG, TEXT, frame, goodbye, text};

/// A text in parts of a size, the last one marked as such.
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
    let mut cases = sound();
    cases.extend(out_of_order());
    cases
}

fn sound() -> Vec<Case> {
    let said = |message: &str| Said(message.to_owned());
    let pong = |payload: &[u8]| Pong(payload.to_vec());
    let in_two = say("in two parts");
    let around = say("around a ping");
    let (one, two) = in_two.split_at(20);
    let (before, behind) = around.split_at(20);
    let mut with_pings = Vec::new();
    let mut answers = Vec::new();
    let many = say("among many pings");
    let parts = in_parts(many.as_bytes(), many.len().div_ceil(10));
    for (number, part) in (0..).zip(parts) {
        with_pings.extend([ping(&[number]), part]);
        answers.push(pong(&[number]));
    }
    answers.push(said("among many pings"));
    let mut most = vec![first(b"")];
    most.resize(255, next(b""));
    let mut too_many = most.clone();
    most.push(last(b"x"));
    too_many.extend([next(b""), last(b"x")]);
    vec![
        case(
            "two parts",
            &[first(one.as_bytes()), last(two.as_bytes())],
            &[said("in two parts")],
        ),
        case(
            "two parts around a ping",
            &[
                first(before.as_bytes()),
                ping(b"!"),
                last(behind.as_bytes()),
            ],
            &[pong(b"!"), said("around a ping")],
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
        case("256 parts", &most, &[BadFrame]),
        refused("257 parts", &too_many, 1008),
        case(
            "a goodbye inside of a text",
            &[first(b"a"), goodbye(1000, b""), last(b"b")],
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
            "a part behind a text",
            &[text("?"), last(b"x")],
            &[BadFrame, Close(Some(1002))],
        ),
        case(
            "a part behind a text in parts",
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

/// A library that splits texts by itself.
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
            &in_parts(say(&message).as_bytes(), size),
            &[Said(message)],
        ));
    }
    cases
}
