//! Group 2: pings and pongs.

use super::case::Outcome::{BadFrame, Close, Pong};
use super::case::{Case, case, refused};
use super::wire::{FIN, PING, PONG, frame, text};

fn ping(payload: &[u8]) -> Vec<u8> {
    frame(FIN | PING, payload)
}

fn pong(payload: &[u8]) -> Vec<u8> {
    frame(FIN | PONG, payload)
}

pub(crate) fn cases() -> Vec<Case> {
    let bytes: Vec<u8> = (0..125).map(|n| n ^ 0xFF).collect();
    let numbers: Vec<_> = (0..10u8).map(|n| vec![n; 3]).collect();
    let ten: Vec<_> = numbers.iter().map(|number| ping(number)).collect();
    let answers: Vec<_> = numbers.iter().map(|number| Pong(number.clone())).collect();
    let hello = Pong(b"hello".to_vec());
    vec![
        case("an empty ping", &[ping(b"")], &[Pong(vec![])]),
        case("a ping", &[ping(b"hello")], std::slice::from_ref(&hello)),
        case(
            "a ping that is not UTF-8",
            &[ping(b"\xFF\x00\xFE")],
            &[Pong(b"\xFF\x00\xFE".to_vec())],
        ),
        case(
            "a ping of 125 bytes",
            &[ping(&bytes)],
            &[Pong(bytes.clone())],
        ),
        refused("a ping of 126 bytes", &[ping(&[0xFE; 126])], 1002),
        refused("a ping of 65536 bytes", &[ping(&[0xFE; 65_536])], 1002),
        case("an empty pong", &[pong(b"")], &[]),
        case("a pong", &[pong(b"unasked")], &[]),
        case("a pong of 125 bytes", &[pong(&bytes)], &[]),
        refused("a pong of 126 bytes", &[pong(&[0xFE; 126])], 1002),
        case(
            "a pong and a ping",
            &[pong(b"unasked"), ping(b"hello")],
            std::slice::from_ref(&hello),
        ),
        case("ten pings", &ten, &answers),
        case(
            "pings around a text",
            &[ping(b"hello"), text("?"), ping(b"")],
            &[hello.clone(), BadFrame, Pong(vec![])],
        ),
        refused(
            "a ping in fragments",
            &[frame(PING, b"hel"), frame(FIN, b"lo")],
            1002,
        ),
        refused(
            "a pong in fragments",
            &[frame(PONG, b"hel"), frame(FIN, b"lo")],
            1002,
        ),
        case(
            "a ping and a bad one",
            &[ping(b"hello"), frame(PING, b"")],
            &[hello, Close(Some(1002))],
        ),
    ]
}
