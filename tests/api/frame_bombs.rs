//! Frames that announce huge lengths, and messages that never end: how much the server reads of
//! them, and how much memory they take.

use tokio::io::AsyncWriteExt;

use crate::app::{TestApp, runtime};
use crate::figure::figure;
use crate::frame_cases::wire::{BINARY, CLOSE, CONTINUATION, FIN, TEXT, Wire, frame};
use crate::program::{Program, status};
use crate::test_store::TestStore;

/// An endless message is closed before this many bytes.
const MAX_SENT: usize = 128 << 10;
/// Memory that all of them together may take, in kB.
const MAX_MEMORY: i64 = 4 << 10;
/// Parallel senders of each case.
const SENDERS: usize = 20;

/// A header that announces a length, in the longest form.
fn header_announcing(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first, 0x80 | 127];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0; 4]);
    bytes
}

/// Sends bytes and reads until the server closes; returns the close code.
async fn closed(app: &TestApp, bytes: &[u8]) -> Option<u16> {
    let Wire {
        mut writer,
        mut reader,
    } = Wire::open(app, "/ws/chat").await;
    let writing = async {
        // Fails if the server has closed.
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

/// A message that would never end, up to `MAX_SENT`.
fn endless(start: &[u8], fragment: &[u8]) -> Vec<u8> {
    let count = (MAX_SENT - start.len()) / fragment.len();
    [start, &fragment.repeat(count)].concat()
}

#[test]
fn huge_and_endless_messages_are_cut_early() {
    let store = TestStore::sqlite();
    let program = Program::start(&store, &["--rate-limits", "off", "--workers", "1"]);
    let app = TestApp::at(program.address());
    let cases = [
        (
            "a text of 1 GiB",
            header_announcing(FIN | TEXT, 1 << 30),
            1009,
        ),
        (
            "binary of 1 GiB",
            header_announcing(FIN | BINARY, 1 << 30),
            1003,
        ),
        (
            "a text of 2^63",
            header_announcing(FIN | TEXT, 1 << 63),
            1002,
        ),
        (
            "a continuation of 1 GiB",
            [frame(TEXT, b"a"), header_announcing(CONTINUATION, 1 << 30)].concat(),
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
        // The first round is not measured: it allocates what is needed once.
        for (_, bytes, code) in &cases {
            assert_eq!(closed(&app, bytes).await, Some(*code));
        }
        let idle = status(program.pid(), "VmRSS:");
        let mut results = Vec::new();
        for (name, bytes, code) in &cases {
            let all = (0..SENDERS).map(|_| closed(&app, bytes));
            let ends = futures_util::future::join_all(all).await;
            assert!(
                ends.iter().all(|end| *end == Some(*code)),
                "{name}: {ends:?}"
            );
            results.push(format!("{name}: {code} after {} bytes", bytes.len()));
        }
        let rise = status(program.pid(), "VmRSS:") - idle;
        assert!(rise <= MAX_MEMORY, "{rise} kB");
        figure(
            "X2",
            format_args!(
                "{} senders of each: {}; memory {:+.1} MB",
                SENDERS,
                results.join(", "),
                rise as f64 / 1024.0
            ),
        );
    });
}
