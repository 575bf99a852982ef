//! The loads: at a rate, one message at a time; and saturated, from many publishers.

use std::time::{Duration, Instant};

use crate::crowd::Crowd;
use crate::process::Server;

/// What a load cost and how long its messages took.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) messages: u64,
    pub(crate) seconds: f64,
    /// Processor time per delivery in microseconds, without the store's.
    pub(crate) cost: f64,
    /// The store's.
    pub(crate) store_cost: f64,
    /// From the sender's echo to the receipt, in ms: median and 99th percentile.
    pub(crate) from_echo: [f64; 2],
    /// The same from the sending.
    pub(crate) from_sending: [f64; 2],
    /// Messages that a client found at one time, on average.
    pub(crate) per_read: f64,
    /// Bytes of a frame.
    pub(crate) frame: f64,
}

/// Publishers of a load at a rate take turns.
pub(crate) const SPEAKERS: usize = 10;
/// What a load runs before it is measured.
const WARM_UP: Duration = Duration::from_millis(500);
/// Waits are no shorter than this: the poll counts in milliseconds.
const GRAIN: Duration = Duration::from_millis(1);

/// So many messages a second for so long, one at a time.
pub(crate) fn at_rate(
    crowd: &mut Crowd,
    server: &Server,
    per_second: f64,
    time: Duration,
) -> Result<Measured, String> {
    crowd.begin(SPEAKERS);
    rate_for(crowd, per_second, WARM_UP)?;
    measure(crowd, server, SPEAKERS, |crowd| {
        rate_for(crowd, per_second, time)
    })
}

/// Each of `publishers` sends its next message when its last one has come back.
pub(crate) fn saturated(
    crowd: &mut Crowd,
    server: &Server,
    publishers: usize,
    time: Duration,
) -> Result<Measured, String> {
    crowd.begin(publishers);
    saturate_for(crowd, publishers, WARM_UP)?;
    measure(crowd, server, publishers, |crowd| {
        saturate_for(crowd, publishers, time)
    })
}

/// Messages leave no faster than the rate, and one only when everybody has read the one before:
/// on a busy machine they would meet otherwise, and joined they cost less.
pub(crate) fn rate_for(crowd: &mut Crowd, per_second: f64, time: Duration) -> Result<(), String> {
    let gap = Duration::from_secs_f64(1.0 / per_second);
    let count = (time.as_secs_f64() * per_second).ceil() as usize;
    for number in 0..count {
        let due = Instant::now() + gap;
        crowd.say(number % SPEAKERS)?;
        crowd.drain()?;
        while let Some(left) = due.checked_duration_since(Instant::now()) {
            crowd.turn(left.max(GRAIN))?;
        }
    }
    Ok(())
}

fn saturate_for(crowd: &mut Crowd, publishers: usize, time: Duration) -> Result<(), String> {
    let end = Instant::now() + time;
    (0..publishers).try_for_each(|publisher| crowd.say(publisher))?;
    while Instant::now() < end {
        crowd.turn(Duration::from_millis(50))?;
        while let Some(publisher) = crowd.echoed.pop_front() {
            crowd.say(publisher)?;
        }
    }
    crowd.drain()
}

/// Runs a load from rest to rest, so that each delivery is counted with what it cost.
fn measure(
    crowd: &mut Crowd,
    server: &Server,
    publishers: usize,
    load: impl FnOnce(&mut Crowd) -> Result<(), String>,
) -> Result<Measured, String> {
    crowd.begin(publishers);
    let failed = |error: std::io::Error| error.to_string();
    let before = server.cpu().map_err(failed)?;
    let start = Instant::now();
    load(crowd)?;
    let seconds = start.elapsed().as_secs_f64();
    let spent = server.cpu().map_err(failed)?.since(before);
    let story = &crowd.story;
    let each = |time: Duration| time.as_secs_f64() * 1e6 / story.deliveries as f64;
    Ok(Measured {
        messages: story.messages() as u64,
        seconds,
        cost: each(spent.own),
        store_cost: each(spent.store),
        from_echo: [0.5, 0.99].map(|share| story.from_echo.quantile(share)),
        from_sending: [0.5, 0.99].map(|share| story.from_sending.quantile(share)),
        per_read: story.deliveries as f64 / crowd.reads as f64,
        frame: story.frame_length(),
    })
}
