//! What a socket may send in a second.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::app::TestApp;
use crate::figure::figure;
use crate::frame_cases::wire::{CLOSE, FIN, PING, PONG, TEXT, Wire, frame, text};
use crate::place::Place;

const ON: &[&str] = &["--rate-limits", "on"];
/// Texts of the largest size; with rates, 32 of them come at once.
const LARGE: usize = 16_384;

/// What a socket was answered.
#[derive(Debug, Default)]
struct Answers {
    said: BTreeSet<String>,
    limited: BTreeSet<String>,
    bad_frames: usize,
    limited_unmarked: usize,
    pongs: usize,
    closed: Option<u16>,
}

impl Answers {
    fn texts(&self) -> usize {
        self.bad_frames + self.limited_unmarked
    }

    fn count(&mut self, text: &[u8]) {
        let frame: Value = serde_json::from_slice(text).expect("JSON");
        let data = &frame["data"];
        let nonce = data["nonce"].as_str().map(str::to_owned);
        match (frame["event"].as_str(), data["code"].as_str(), nonce) {
            (Some("chat-message"), _, Some(nonce)) => assert!(self.said.insert(nonce), "{frame}"),
            (Some("error"), Some("rate_limited"), Some(nonce)) => {
                assert!(self.limited.insert(nonce), "{frame}");
            }
            (Some("error"), Some("rate_limited"), None) => self.limited_unmarked += 1,
            (Some("error"), Some("bad_frame"), None) => self.bad_frames += 1,
            (Some("welcome" | "users" | "user" | "chat-messages"), ..) => {}
            _ => panic!("{frame}"),
        }
    }
}

/// Sends everything at once and reads until there is enough, or the end.
async fn answers(
    wire: &mut Wire,
    frames: &[Vec<u8>],
    enough: impl Fn(&Answers) -> bool,
) -> Answers {
    let bytes = frames.concat();
    let Wire { writer, reader } = wire;
    let writing = async {
        // Fails where the server closes before it has read everything, which the reader sees.
        let _ = writer.write_all(&bytes).await;
    };
    let reading = async {
        let mut answers = Answers::default();
        while !enough(&answers) {
            match reader.frame().await {
                None => break,
                Some((first, text)) if first == FIN | TEXT => answers.count(&text),
                Some((first, _)) if first == FIN | PONG => answers.pongs += 1,
                Some((first, code)) if first == FIN | CLOSE => {
                    answers.closed = Some(u16::from_be_bytes([code[0], code[1]]));
                }
                Some(other) => panic!("{other:x?}"),
            }
        }
        answers
    };
    tokio::join!(writing, reading).1
}

/// Answers up to the end.
async fn all_answers(app: &TestApp, frames: &[Vec<u8>]) -> Answers {
    let mut wire = Wire::open(app, "/ws/chat").await;
    answers(&mut wire, frames, |_| false).await
}

/// A join, and messages under marks of their own.
fn messages(count: usize) -> (Vec<Vec<u8>>, BTreeSet<String>) {
    let marks: BTreeSet<_> = (0..count).map(|number| format!("mark {number}")).collect();
    let join = json!({ "event": "join", "data": { "user": "ana@example.com" } });
    let say =
        |nonce| json!({ "event": "chat-message", "data": { "message": "hi", "nonce": nonce } });
    let events = std::iter::once(join).chain(marks.iter().map(say));
    let frames = events.map(|event| text(event.to_string())).collect();
    (frames, marks)
}

pub(crate) async fn messages_beyond_the_rate_are_refused_with_their_mark(place: &Place) {
    let app = TestApp::start(place, ON);
    let (frames, marks) = messages(100);
    let mut wire = Wire::open(&app, "/ws/chat").await;
    let all = |answers: &Answers| answers.said.len() + answers.limited.len() == marks.len();
    let answers = answers(&mut wire, &frames, all).await;
    // The join was one of the twenty.
    assert!(answers.said.len() >= 19, "{answers:?}");
    assert!(!answers.limited.is_empty(), "{answers:?}");
    let both: BTreeSet<_> = answers.said.union(&answers.limited).cloned().collect();
    assert_eq!(both, marks);
    let stored = app.get("/api/messages?limit=100").await.expect(200).json();
    let stored = stored["payload"].as_array().map(Vec::len);
    assert_eq!(
        stored,
        Some(answers.said.len()),
        "what was refused is not stored"
    );
}

pub(crate) async fn who_does_not_slow_down_is_closed(place: &Place) {
    let app = TestApp::start(place, ON);
    let answers = all_answers(&app, &vec![text("?"); 2_000]).await;
    assert_eq!(answers.closed, Some(1008), "{answers:?}");
    assert!(answers.bad_frames >= 20, "{answers:?}");
    assert!(answers.limited_unmarked > 0, "{answers:?}");
    figure(
        "X5",
        format_args!(
            "2,000 messages at once: {} answered, {} refused, then 1008",
            answers.bad_frames, answers.limited_unmarked
        ),
    );
}

pub(crate) async fn a_storm_of_pings_is_closed(place: &Place) {
    let app = TestApp::start(place, ON);
    for first in [FIN | PING, FIN | PONG] {
        let answers = all_answers(&app, &vec![frame(first, b"!"); 500]).await;
        assert_eq!(answers.closed, Some(1008), "{answers:?}");
        let pongs = if first == FIN | PING { 50..400 } else { 0..1 };
        assert!(pongs.contains(&answers.pongs), "{answers:?}");
        figure(
            "X5",
            format_args!(
                "500 controls {first:#x} at once: {} answered, then 1008",
                answers.pongs
            ),
        );
    }
}

pub(crate) async fn a_flood_of_bytes_is_closed(place: &Place) {
    let app = TestApp::start(place, ON);
    let answers = all_answers(&app, &vec![text(vec![b'*'; LARGE]); 200]).await;
    assert_eq!(answers.closed, Some(1008), "{answers:?}");
    assert!((32..200).contains(&answers.texts()), "{answers:?}");
}

pub(crate) async fn without_rates_only_sizes_are_refused(place: &Place) {
    let app = TestApp::start(place, &["--rate-limits", "off"]);
    let (mut frames, marks) = messages(60);
    frames.extend(vec![frame(FIN | PING, b"!"); 500]);
    frames.extend(vec![text(vec![b'*'; LARGE]); 200]);
    frames.extend(vec![text("?"); 2_000]);
    let mut wire = Wire::open(&app, "/ws/chat").await;
    let all = |answers: &Answers| {
        answers.said.len() == marks.len() && answers.pongs == 500 && answers.texts() == 2_200
    };
    let taken = answers(&mut wire, &frames, all).await;
    assert_eq!(taken.said, marks);
    assert_eq!(taken.limited_unmarked, 0);
    let refused = answers(&mut wire, &[text(vec![b'*'; LARGE + 1])], |_| false).await;
    assert_eq!(refused.closed, Some(1009));
}
