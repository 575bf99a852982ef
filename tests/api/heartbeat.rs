//! Heartbeat: which sockets are pinged, and what counts as activity.

use std::time::{Duration, Instant};

use tokio::select;
use tokio::time::interval;

use crate::app::TestApp;
use crate::frame_cases::wire::{CLOSE, FIN, PING, PONG, TEXT, Wire, frame, text};
use crate::test_store::TestStore;

/// Reads up to the close frame without answering pings; returns its code and the number of pings.
async fn read_silently(wire: &mut Wire) -> (u16, usize) {
    let mut pings = 0;
    loop {
        match wire.reader.frame().await.expect("a close frame") {
            (first, _) if first == FIN | PING => pings += 1,
            (first, code) if first == FIN | CLOSE => {
                return (u16::from_be_bytes([code[0], code[1]]), pings);
            }
            (first, _) => assert_eq!(first, FIN | TEXT),
        }
    }
}

/// Sends a frame one byte a second; `left` is the unsent rest.
async fn send_slowly(wire: &mut Wire, left: &mut &[u8]) {
    let mut ticks = interval(Duration::from_secs(1));
    while let Some((byte, rest)) = left.split_first() {
        ticks.tick().await;
        wire.send(&[*byte]).await;
        *left = rest;
    }
}

/// Answers every ping, endlessly.
async fn answer_pings(wire: &mut Wire) {
    loop {
        let (first, payload) = wire.reader.frame().await.expect("an open socket");
        if first == FIN | PING {
            wire.send(&frame(FIN | PONG, &payload)).await;
        }
    }
}

/// Of three sockets the last one opened is silent. When it is closed, the others would have been
/// closed before, had their activity not counted.
pub(crate) async fn only_a_silent_socket_is_closed(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let mut sends_slowly = Wire::open(&app, "/ws/chat").await;
    let mut answers_pings = Wire::open(&app, "/ws/chat").await;
    let opened = Instant::now();
    let mut silent = Wire::open(&app, "/ws/chat").await;
    let long = text([b'*'; 100]);
    let mut left = &long[..];
    select! {
        end = read_silently(&mut silent) => assert_eq!(end, (4009, 1)),
        () = send_slowly(&mut sends_slowly, &mut left) => panic!("the silent socket was not closed"),
        () = answer_pings(&mut answers_pings) => unreachable!("it never returns"),
    }
    let after = opened.elapsed();
    assert!(after >= Duration::from_secs(30), "closed too early");
    crate::figure::figure(
        "F2",
        format_args!(
            "a peer that answers no ping: closed with 4009 after {after:.1?}, active ones stay open"
        ),
    );
    answers_pings.send(&text("?")).await;
    assert_eq!(
        answers_pings.reader.event("error").await["code"],
        "bad_frame"
    );
    sends_slowly.send(left).await;
    assert_eq!(
        sends_slowly.reader.event("error").await["code"],
        "bad_frame"
    );
}
