//! Rate limits of one socket.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::app::TestApp;
use crate::figure::figure;
use crate::frame_cases::wire::{CLOSE, FIN, PING, PONG, TEXT, Wire, frame, text};
use crate::test_store::TestStore;

const ON: &[&str] = &["--rate-limits", "on"];
/// Size of the largest text frame; with rate limits, 32 of them are accepted at once.
const LARGE: usize = 16_384;

/// Frames that a socket received.
#[derive(Debug, Default)]
struct ReceivedFrames {
    accepted: BTreeSet<String>,
    limited: BTreeSet<String>,
    bad_frames: usize,
    limited_without_nonce: usize,
    pongs: usize,
    closed: Option<u16>,
}

impl ReceivedFrames {
    fn text_errors(&self) -> usize {
        self.bad_frames + self.limited_without_nonce
    }

    fn count(&mut self, text: &[u8]) {
        let frame: Value = serde_json::from_slice(text).expect("JSON");
        let data = &frame["data"];
        let nonce = data["nonce"].as_str().map(str::to_owned);
        match (frame["event"].as_str(), data["code"].as_str(), nonce) {
            (Some("chat-message"), _, Some(nonce)) => {
                assert!(self.accepted.insert(nonce), "{frame}")
            }
            (Some("error"), Some("rate_limited"), Some(nonce)) => {
                assert!(self.limited.insert(nonce), "{frame}");
            }
            (Some("error"), Some("rate_limited"), None) => self.limited_without_nonce += 1,
            (Some("error"), Some("bad_frame"), None) => self.bad_frames += 1,
            (Some("welcome" | "users" | "user" | "chat-messages"), ..) => {}
            _ => panic!("{frame}"),
        }
    }
}

/// Sends everything at once and reads until a condition holds, or to the end.
async fn send_and_receive(
    wire: &mut Wire,
    frames: &[Vec<u8>],
    is_done: impl Fn(&ReceivedFrames) -> bool,
) -> ReceivedFrames {
    let bytes = frames.concat();
    let Wire { writer, reader } = wire;
    let writing = async {
        // Fails if the server closes early, which the reader notices.
        let _ = writer.write_all(&bytes).await;
    };
    let reading = async {
        let mut received = ReceivedFrames::default();
        while !is_done(&received) {
            match reader.frame().await {
                None => break,
                Some((first, text)) if first == FIN | TEXT => received.count(&text),
                Some((first, _)) if first == FIN | PONG => received.pongs += 1,
                Some((first, code)) if first == FIN | CLOSE => {
                    received.closed = Some(u16::from_be_bytes([code[0], code[1]]));
                }
                Some(other) => panic!("{other:x?}"),
            }
        }
        received
    };
    tokio::join!(writing, reading).1
}

/// Everything received up to the end.
async fn receive_all(app: &TestApp, frames: &[Vec<u8>]) -> ReceivedFrames {
    let mut wire = Wire::open(app, "/ws/chat").await;
    send_and_receive(&mut wire, frames, |_| false).await
}

/// A join and messages, and the nonces of the messages.
fn messages(count: usize) -> (Vec<Vec<u8>>, BTreeSet<String>) {
    let nonces: BTreeSet<_> = (0..count).map(|number| format!("nonce {number}")).collect();
    let join = json!({ "event": "join", "data": { "user": "ana@example.com" } });
    let message =
        |nonce| json!({ "event": "chat-message", "data": { "message": "hi", "nonce": nonce } });
    let events = std::iter::once(join).chain(nonces.iter().map(message));
    let frames = events.map(|event| text(event.to_string())).collect();
    (frames, nonces)
}

pub(crate) async fn messages_over_the_rate_are_refused_with_their_nonce(store: &TestStore) {
    let app = TestApp::start(store, ON);
    let (frames, nonces) = messages(100);
    let mut wire = Wire::open(&app, "/ws/chat").await;
    let is_all = |received: &ReceivedFrames| {
        received.accepted.len() + received.limited.len() == nonces.len()
    };
    let received = send_and_receive(&mut wire, &frames, is_all).await;
    // The join was one of the twenty allowed at once.
    assert!(received.accepted.len() >= 19, "{received:?}");
    assert!(!received.limited.is_empty(), "{received:?}");
    let all_nonces: BTreeSet<_> = received
        .accepted
        .union(&received.limited)
        .cloned()
        .collect();
    assert_eq!(all_nonces, nonces);
    let stored = app.get("/api/messages?limit=100").await.expect(200).json();
    let stored = stored["payload"].as_array().map(Vec::len);
    assert_eq!(
        stored,
        Some(received.accepted.len()),
        "a refused message was stored"
    );
}

pub(crate) async fn a_client_that_does_not_slow_down_is_closed(store: &TestStore) {
    let app = TestApp::start(store, ON);
    let received = receive_all(&app, &vec![text("?"); 2_000]).await;
    assert_eq!(received.closed, Some(1008), "{received:?}");
    assert!(received.bad_frames >= 20, "{received:?}");
    assert!(received.limited_without_nonce > 0, "{received:?}");
    figure(
        "X5",
        format_args!(
            "2,000 messages at once: {} answered, {} refused, then 1008",
            received.bad_frames, received.limited_without_nonce
        ),
    );
}

pub(crate) async fn a_flood_of_pings_is_closed(store: &TestStore) {
    let app = TestApp::start(store, ON);
    for first in [FIN | PING, FIN | PONG] {
        let received = receive_all(&app, &vec![frame(first, b"!"); 500]).await;
        assert_eq!(received.closed, Some(1008), "{received:?}");
        let pongs = if first == FIN | PING { 50..400 } else { 0..1 };
        assert!(pongs.contains(&received.pongs), "{received:?}");
        figure(
            "X5",
            format_args!(
                "500 controls {first:#x} at once: {} answered, then 1008",
                received.pongs
            ),
        );
    }
}

pub(crate) async fn a_flood_of_bytes_is_closed(store: &TestStore) {
    let app = TestApp::start(store, ON);
    let received = receive_all(&app, &vec![text(vec![b'*'; LARGE]); 200]).await;
    assert_eq!(received.closed, Some(1008), "{received:?}");
    assert!((32..200).contains(&received.text_errors()), "{received:?}");
}

pub(crate) async fn without_rates_only_sizes_are_refused(store: &TestStore) {
    let app = TestApp::start(store, &["--rate-limits", "off"]);
    let (mut frames, nonces) = messages(60);
    frames.extend(vec![frame(FIN | PING, b"!"); 500]);
    frames.extend(vec![text(vec![b'*'; LARGE]); 200]);
    frames.extend(vec![text("?"); 2_000]);
    let mut wire = Wire::open(&app, "/ws/chat").await;
    let is_all = |received: &ReceivedFrames| {
        received.accepted.len() == nonces.len()
            && received.pongs == 500
            && received.text_errors() == 2_200
    };
    let received = send_and_receive(&mut wire, &frames, is_all).await;
    assert_eq!(received.accepted, nonces);
    assert_eq!(received.limited_without_nonce, 0);
    let refused = send_and_receive(&mut wire, &[text(vec![b'*'; LARGE + 1])], |_| false).await;
    assert_eq!(refused.closed, Some(1009));
}
