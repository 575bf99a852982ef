//! How a connection ends.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{interval, timeout};

use crate::app::TestApp;
use crate::frame_cases::wire::{BINARY, CLOSE, FIN, PING, Wire, frame, goodbye};
use crate::place::Place;

const SOCKETS: [&str; 2] = ["/ws/products", "/ws/chat"];
/// The server ends the connection this soon behind its goodbye.
const END: Duration = Duration::from_secs(2);
/// A peer that does not end its side is dropped within this time, a busy machine's included.
const DROPPED: Duration = Duration::from_secs(8);

/// Reads up to the server's goodbye, and gives its code.
async fn goodbye_of(wire: &mut Wire) -> u16 {
    loop {
        let (first, payload) = wire.reader.frame().await.expect("a goodbye");
        if first == FIN | CLOSE {
            return u16::from_be_bytes([payload[0], payload[1]]);
        }
    }
}

/// Nothing but the end follows, though this side stays open.
async fn ends(wire: &mut Wire) {
    let ended = timeout(END, wire.reader.frame()).await;
    assert_eq!(ended.expect("an end in time"), None);
}

pub(crate) async fn a_goodbye_is_returned_and_the_connection_ended(place: &Place) {
    let app = TestApp::start(place, &[]);
    for path in SOCKETS {
        for code in [1000, 1001, 3456] {
            let mut wire = Wire::open(&app, path).await;
            wire.send(&goodbye(code, b"bye")).await;
            assert_eq!(goodbye_of(&mut wire).await, code);
            ends(&mut wire).await;
        }
    }
}

pub(crate) async fn a_peer_that_never_says_goodbye_is_dropped(place: &Place) {
    let app = TestApp::start(place, &[]);
    for path in SOCKETS {
        let mut wire = Wire::open(&app, path).await;
        wire.send(&frame(FIN | BINARY, b"")).await;
        assert_eq!(goodbye_of(&mut wire).await, 1003);
        ends(&mut wire).await;
        // What is sent to a connection that is gone is met by a reset.
        let ping = frame(FIN | PING, b"still here");
        let mut turns = interval(Duration::from_millis(50));
        let talking = async {
            loop {
                turns.tick().await;
                if wire.writer.write_all(&ping).await.is_err() {
                    break;
                }
            }
        };
        timeout(DROPPED, talking).await.expect("dropped in time");
    }
}

pub(crate) async fn a_peer_that_ends_its_side_is_told_nothing_more(place: &Place) {
    let app = TestApp::start(place, &[]);
    for rest in [&b""[..], &frame(FIN | PING, b"half")[..3]] {
        let mut wire = Wire::open(&app, "/ws/chat").await;
        wire.reader.event("welcome").await;
        wire.send(rest).await;
        wire.writer.shutdown().await.expect("an open socket");
        ends(&mut wire).await;
    }
}

pub(crate) async fn a_stop_spreads_those_who_come_back(place: &Place) {
    let app = TestApp::start(place, &[]);
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
