//! Group 7: close frames.

use super::case::Outcome::{BadFrame, Close, Pong};
use super::case::{Case, case, refused};
use super::wire::{CLOSE, FIN, PING, TEXT, close_frame, frame, text};

pub(crate) fn close_frames() -> Vec<Case> {
    let empty = frame(FIN | CLOSE, b"");
    let plain = close_frame(1000, b"");
    let ping = frame(FIN | PING, b"?");
    let answered = |code: u16| [Close(Some(code))];
    vec![
        case("without a code", &[empty], &[Close(None)]),
        case("with a code", std::slice::from_ref(&plain), &answered(1000)),
        case(
            "with a reason",
            &[close_frame(1000, "hasta mañana".as_bytes())],
            &answered(1000),
        ),
        case(
            "with the longest reason",
            &[close_frame(1000, &[b'*'; 123])],
            &answered(1000),
        ),
        refused(
            "with too long a reason",
            &[close_frame(1000, &[b'*'; 124])],
            1002,
        ),
        refused("with half a code", &[frame(FIN | CLOSE, b"\x03")], 1002),
        refused(
            "with a reason that is not UTF-8",
            &[close_frame(1000, b"\xff")],
            1007,
        ),
        refused(
            "with half a character",
            &[close_frame(1000, b"bye \xf0\x9f")],
            1007,
        ),
        refused(
            "with a surrogate",
            &[close_frame(1000, b"\xed\xa0\x80")],
            1007,
        ),
        refused(
            "in fragments",
            &[frame(CLOSE, b"\x03"), frame(FIN, b"\xe8")],
            1002,
        ),
        case("twice", &[plain.clone(), plain.clone()], &answered(1000)),
        case(
            "twice with other codes",
            &[close_frame(1001, b""), plain.clone()],
            &answered(1001),
        ),
        case("and a text", &[plain.clone(), text("?")], &answered(1000)),
        case(
            "and a ping",
            &[plain.clone(), ping.clone()],
            &answered(1000),
        ),
        case(
            "and a broken frame",
            &[plain.clone(), frame(FIN | 0x7, b"")],
            &answered(1000),
        ),
        case(
            "after a text and a ping",
            &[text("?"), ping, plain.clone()],
            &[BadFrame, Pong(b"?".to_vec()), Close(Some(1000))],
        ),
        case(
            "after half a text",
            &[frame(TEXT, b"half"), plain],
            &answered(1000),
        ),
    ]
}

pub(crate) fn codes() -> Vec<Case> {
    let mut cases = Vec::new();
    let registered = [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
    ];
    for code in registered.into_iter().chain([3000, 3999, 4000, 4999]) {
        for reason in ["", "why not"] {
            let name = format!("code {code} {reason:?}");
            cases.push(case(
                name,
                &[close_frame(code, reason.as_bytes())],
                &[Close(Some(code))],
            ));
        }
    }
    for code in [
        0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
    ] {
        let name = format!("code {code} is invalid");
        cases.push(refused(name, &[close_frame(code, b"why not")], 1002));
    }
    cases
}
