//! Close frames, and how connections end.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{interval, timeout};

use crate::app::TestApp;
use crate::frame_cases::wire::{BINARY, CLOSE, FIN, PING, Wire, close_frame, frame};
use crate::test_store::TestStore;

const SOCKETS: [&str; 2] = ["/ws/products", "/ws/chat"];
/// The server ends the connection this soon after its close frame.
const END_TIMEOUT: Duration = Duration::from_secs(2);
/// A peer that does not end its side is dropped within this time, even on a busy machine.
const DROP_TIMEOUT: Duration = Duration::from_secs(8);

/// Reads up to the close frame of the server, and returns its code.
async fn close_code(wire: &mut Wire) -> u16 {
    loop {
        let (first, payload) = wire.reader.frame().await.expect("a close frame");
        if first == FIN | CLOSE {
            return u16::from_be_bytes([payload[0], payload[1]]);
        }
    }
}

/// Asserts that the server ends the connection though this side stays open.
async fn assert_ends(wire: &mut Wire) {
    let ended = timeout(END_TIMEOUT, wire.reader.frame()).await;
    assert_eq!(ended.expect("an end in time"), None);
}

pub(crate) async fn a_close_frame_is_returned_and_the_connection_ends(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    for path in SOCKETS {
        for code in [1000, 1001, 3456] {
            let mut wire = Wire::open(&app, path).await;
            wire.send(&close_frame(code, b"bye")).await;
            assert_eq!(close_code(&mut wire).await, code);
            assert_ends(&mut wire).await;
        }
    }
}

pub(crate) async fn a_peer_that_never_closes_is_dropped(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    for path in SOCKETS {
        let mut wire = Wire::open(&app, path).await;
        wire.send(&frame(FIN | BINARY, b"")).await;
        assert_eq!(close_code(&mut wire).await, 1003);
        assert_ends(&mut wire).await;
        // Writes to a connection that is gone fail with a reset.
        let ping = frame(FIN | PING, b"still here");
        let mut ticks = interval(Duration::from_millis(50));
        let writing = async {
            loop {
                ticks.tick().await;
                if wire.writer.write_all(&ping).await.is_err() {
                    break;
                }
            }
        };
        timeout(DROP_TIMEOUT, writing)
            .await
            .expect("dropped in time");
    }
}

pub(crate) async fn nothing_is_sent_after_the_peer_shuts_down(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    for rest in [&b""[..], &frame(FIN | PING, b"half")[..3]] {
        let mut wire = Wire::open(&app, "/ws/chat").await;
        wire.reader.event("welcome").await;
        wire.send(rest).await;
        wire.writer.shutdown().await.expect("an open socket");
        assert_ends(&mut wire).await;
    }
}

pub(crate) async fn a_stop_spreads_reconnects(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let mut sockets = Vec::new();
    for _ in 0..6 {
        sockets.push(app.products_socket_after_snapshot().await);
        sockets.push(app.chat_socket("").await.0);
    }
    let stopping = tokio::task::spawn_blocking(move || drop(app));
    let mut waits = BTreeSet::new();
    for socket in &mut sockets {
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 1001);
        let seconds = reason.strip_prefix("reconnect in ");
        let seconds = seconds.and_then(|rest| rest.strip_suffix(" s"));
        let seconds: u32 = seconds.and_then(|s| s.parse().ok()).expect(&reason);
        assert!((1..=60).contains(&seconds), "{reason}");
        waits.insert(seconds);
    }
    assert!(waits.len() >= 5, "{waits:?}");
    drop(sockets);
    stopping.await.expect("a stop");
}
