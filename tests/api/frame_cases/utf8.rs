//! Group 6: valid and invalid UTF-8.

use super::case::Outcome::{BadFrame, Close, Message};
use super::case::{Case, case, chat_event, refused};
use super::wire::{CONTINUATION, FIN, PING, TEXT, frame, text};

/// Strings with the first and last characters of each encoded length, and those next to invalid
/// ones.
const WORDS: [&str; 12] = [
    "Hello-µ@ßöäüàá-UTF-8!!",
    "κόσμε",
    "\u{7f}\u{80}",
    "\u{7ff}\u{800}",
    "\u{ffff}\u{10000}",
    "\u{d7ff}\u{e000}",
    "\u{fffd}\u{fffe}",
    "\u{10fffe}\u{10ffff}",
    "\u{1fffe}\u{fdd0}",
    "\u{feff}\u{200d}",
    "👩‍👩‍👧‍👦 🏳️‍🌈",
    "שלום 你好",
];

/// Invalid UTF-8, with a name.
const BROKEN: [(&str, &[u8]); 24] = [
    ("a lone continuation", b"\x80"),
    ("another lone continuation", b"\xbf"),
    ("many lone continuations", b"\x80\xbf\x80\xbf\x80\xbf"),
    ("a lead of two without more", b"\xc3 "),
    ("a lead of three without more", b"\xe2\x82 "),
    ("a lead of four without more", b"\xf0\x9f\x8f "),
    ("two bytes cut short", b"half: \xc3"),
    ("three bytes cut short", b"half: \xe2\x82"),
    ("four bytes cut short", b"half: \xf0\x9f\x8f"),
    ("a slash in two bytes", b"\xc0\xaf"),
    ("a slash in three bytes", b"\xe0\x80\xaf"),
    ("a slash in four bytes", b"\xf0\x80\x80\xaf"),
    ("zero in two bytes", b"\xc0\x80"),
    ("U+007F in two bytes", b"\xc1\xbf"),
    ("U+07FF in three bytes", b"\xe0\x9f\xbf"),
    ("U+FFFF in four bytes", b"\xf0\x8f\xbf\xbf"),
    ("the first surrogate", b"\xed\xa0\x80"),
    ("the last surrogate", b"\xed\xbf\xbf"),
    ("a pair of surrogates", b"\xed\xa0\x80\xed\xb0\x80"),
    ("U+110000", b"\xf4\x90\x80\x80"),
    ("five bytes", b"\xf8\x88\x80\x80\x80"),
    ("six bytes", b"\xfc\x84\x80\x80\x80\x80"),
    ("FE", b"\xfe"),
    ("FF", b"\xff"),
];

pub(crate) fn valid() -> Vec<Case> {
    let mut cases = Vec::new();
    for word in WORDS {
        let whole = format!("whole {word}");
        let frames = [text(chat_event(&whole))];
        cases.push(case(format!("whole {word:?}"), &frames, &[Message(whole)]));

        // One fragment per byte, so that every character is split at every position.
        let split = format!("split {word}");
        let frames = bytes_apart(chat_event(&split).as_bytes());
        cases.push(case(format!("split {word:?}"), &frames, &[Message(split)]));
    }
    cases.push(case("zero is a character", &[text(b"\0")], &[BadFrame]));
    cases
}

fn bytes_apart(payload: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = vec![frame(TEXT, b"")];
    frames.extend(payload.iter().map(|byte| frame(CONTINUATION, &[*byte])));
    frames.push(frame(FIN | CONTINUATION, b""));
    frames
}

pub(crate) fn invalid() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, bytes) in BROKEN {
        cases.push(refused(name, &[text(bytes)], 1007));
        cases.push(refused(format!("{name}, split"), &bytes_apart(bytes), 1007));
    }
    let late = frame(FIN | PING, b"late");
    let begin = |bytes: &[u8]| frame(TEXT, bytes);
    cases.extend([
        case(
            "invalid text between texts",
            &[text("?"), text(b"\xff"), text("?"), late],
            &[BadFrame, Close(Some(1007))],
        ),
        case(
            "invalid text before a broken frame",
            &[text("?"), text(b"\xff"), frame(FIN | 0x70, b"")],
            &[BadFrame, Close(Some(1007))],
        ),
        // Text that can no longer become valid is refused before its last part.
        refused("invalid text in a first part", &[begin(b"a\xff")], 1007),
        refused("a surrogate in a first part", &[begin(b"a\xed\xa0")], 1007),
        refused(
            "a character that its next part breaks",
            &[begin(b"\xf0\x9f"), frame(CONTINUATION, b"a")],
            1007,
        ),
        refused(
            "too large a character over two parts",
            &[begin(b"\xf4"), frame(CONTINUATION, b"\x90")],
            1007,
        ),
    ]);
    cases
}
