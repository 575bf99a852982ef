//! Who is asked for a sign of life, and what counts as one.

use std::time::{Duration, Instant};

use tokio::select;
use tokio::time::interval;

use crate::app::TestApp;
use crate::frame_cases::wire::{CLOSE, FIN, PING, PONG, TEXT, Wire, frame, text};
use crate::place::Place;

/// Reads up to the goodbye and answers nothing; gives its code and how many pings came before.
async fn silent(wire: &mut Wire) -> (u16, usize) {
    let mut pings = 0;
    loop {
        match wire.reader.frame().await.expect("a goodbye") {
            (first, _) if first == FIN | PING => pings += 1,
            (first, code) if first == FIN | CLOSE => {
                return (u16::from_be_bytes([code[0], code[1]]), pings);
            }
            (first, _) => assert_eq!(first, FIN | TEXT),
        }
    }
}

/// Sends a frame, a byte at a time, and takes each away from what is left.
async fn slow(wire: &mut Wire, left: &mut &[u8]) {
    let mut turns = interval(Duration::from_secs(1));
    while let Some((byte, rest)) = left.split_first() {
        turns.tick().await;
        wire.send(&[*byte]).await;
        *left = rest;
    }
}

/// Answers every ping, for ever.
async fn answering(wire: &mut Wire) {
    loop {
        let (first, payload) = wire.reader.frame().await.expect("an open socket");
        if first == FIN | PING {
            wire.send(&frame(FIN | PONG, &payload)).await;
        }
    }
}

/// Three sockets, of which the last that was opened is silent: when it is closed, the others would
/// have been, had they given no sign of life.
pub(crate) async fn who_gives_none_is_closed_and_nobody_else(place: &Place) {
    let app = TestApp::start(place, &[]);
    let mut at_work = Wire::open(&app, "/ws/chat").await;
    let mut well = Wire::open(&app, "/ws/chat").await;
    let opened = Instant::now();
    let mut quiet = Wire::open(&app, "/ws/chat").await;
    let long = text([b'*'; 100]);
    let mut left = &long[..];
    select! {
        end = silent(&mut quiet) => assert_eq!(end, (4009, 1)),
        () = slow(&mut at_work, &mut left) => panic!("nobody was closed"),
        () = answering(&mut well) => unreachable!("it answers for ever"),
    }
    let after = opened.elapsed();
    assert!(after >= Duration::from_secs(30), "closed too early");
    crate::figure::figure(
        "F2",
        format_args!(
            "a peer that answers no ping: closed with 4009 after {after:.1?}, those that give a sign of life stay"
        ),
    );
    well.send(&text("?")).await;
    assert_eq!(well.reader.event("error").await["code"], "bad_frame");
    at_work.send(left).await;
    assert_eq!(at_work.reader.event("error").await["code"], "bad_frame");
}
