//! Frames that announce more than anybody may send, and messages that never end: what is read of them, and what they
//! cost in memory.

use tokio::io::AsyncWriteExt;

use crate::app::{TestApp, runtime};
use crate::figure::figure;
use crate::frame_cases::wire::{BINARY, CLOSE, CONTINUATION, FIN, TEXT, Wire, frame};
use crate::place::Place;
use crate::program::{Program, status};

/// Whoever never ends is closed before so much was sent, in bytes.
const MOST_SENT: usize = 128 << 10;
/// What all of them may cost, in kB.
const MOST_MEMORY: i64 = 4 << 10;
/// Each is sent by so many at once.
const SENDERS: usize = 20;

/// A header that announces a length, in the longest form.
fn announcing(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first, 0x80 | 127];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0; 4]);
    bytes
}

/// Sends bytes and no more, and reads until the server closes: with which code.
async fn closed(app: &TestApp, bytes: &[u8]) -> Option<u16> {
    let Wire {
        mut writer,
        mut reader,
    } = Wire::open(app, "/ws/chat").await;
    let writing = async {
        // A server that has seen enough takes no more.
        let _ = writer.write_all(bytes).await;
    };
    let reading = async {
        while let Some((first, payload)) = reader.frame().await {
            if first == FIN | CLOSE {
                return payload
                    .get(..2)
                    .map(|code| u16::from_be_bytes([code[0], code[1]]));
            }
        }
        None
    };
    tokio::join!(writing, reading).1
}

/// A beginning, and what goes on for ever, as far as it is sent.
fn endless(start: &[u8], piece: &[u8]) -> Vec<u8> {
    let pieces = (MOST_SENT - start.len()) / piece.len();
    [start, &piece.repeat(pieces)].concat()
}

#[test]
fn what_is_announced_or_never_ends_is_cut_early() {
    let place = Place::sqlite();
    let program = Program::start(&place, &["--rate-limits", "off", "--workers", "1"]);
    let app = TestApp::at(program.address());
    let cases = [
        ("a text of 1 GiB", announcing(FIN | TEXT, 1 << 30), 1009),
        ("binary of 1 GiB", announcing(FIN | BINARY, 1 << 30), 1003),
        ("a text of 2^63", announcing(FIN | TEXT, 1 << 63), 1002),
        (
            "a continuation of 1 GiB",
            [frame(TEXT, b"a"), announcing(CONTINUATION, 1 << 30)].concat(),
            1009,
        ),
        (
            "fragments of a byte",
            endless(&frame(TEXT, b"a"), &frame(CONTINUATION, b"a")),
            1008,
        ),
        (
            "empty fragments",
            endless(&frame(TEXT, b""), &frame(CONTINUATION, b"")),
            1008,
        ),
    ];
    runtime().block_on(async {
        // What the first ones need once is no cost of theirs.
        for (_, bytes, code) in &cases {
            assert_eq!(closed(&app, bytes).await, Some(*code));
        }
        let idle = status(program.pid(), "VmRSS:");
        let mut told = Vec::new();
        for (name, bytes, code) in &cases {
            let all = (0..SENDERS).map(|_| closed(&app, bytes));
            let ends = futures_util::future::join_all(all).await;
            assert!(
                ends.iter().all(|end| *end == Some(*code)),
                "{name}: {ends:?}"
            );
            told.push(format!("{name}: {code} after {} bytes", bytes.len()));
        }
        let rise = status(program.pid(), "VmRSS:") - idle;
        assert!(rise <= MOST_MEMORY, "{rise} kB");
        figure(
            "X2",
            format_args!(
                "{} senders of each: {}; memory {:+.1} MB",
                SENDERS,
                told.join(", "),
                rise as f64 / 1024.0
            ),
        );
    });
}
