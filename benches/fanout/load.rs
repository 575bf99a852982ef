//! The loads: one message at a time at a fixed rate, and saturated by many publishers.

use std::time::{Duration, Instant};

use crate::clients::Clients;
use crate::process::Server;

/// The cost of a load, and the delays of its messages.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) messages: u64,
    pub(crate) seconds: f64,
    /// CPU time per delivery in microseconds, without the store.
    pub(crate) cost: f64,
    /// CPU time of the store.
    pub(crate) store_cost: f64,
    /// From the sender's echo to the receipt, in ms: median and 99th percentile.
    pub(crate) from_echo: [f64; 2],
    /// From sending to the receipt, likewise.
    pub(crate) from_sending: [f64; 2],
    /// Messages per read of a client, on average.
    pub(crate) per_read: f64,
    /// Bytes of a frame, on average.
    pub(crate) frame: f64,
}

/// Publishers of a load at a fixed rate, one after the other.
pub(crate) const RATE_PUBLISHERS: usize = 10;
/// How long a load runs before it is measured.
const WARM_UP: Duration = Duration::from_millis(500);
/// Shortest wait: polling has a resolution of milliseconds.
const MIN_WAIT: Duration = Duration::from_millis(1);

/// Messages at a fixed rate, one at a time.
pub(crate) fn at_rate(
    clients: &mut Clients,
    server: &Server,
    per_second: f64,
    time: Duration,
) -> Result<Measured, String> {
    clients.begin(RATE_PUBLISHERS);
    rate_for(clients, per_second, WARM_UP)?;
    measure(clients, server, RATE_PUBLISHERS, |clients| {
        rate_for(clients, per_second, time)
    })
}

/// Each of `publishers` sends its next message when its last one has come back.
pub(crate) fn saturated(
    clients: &mut Clients,
    server: &Server,
    publishers: usize,
    time: Duration,
) -> Result<Measured, String> {
    clients.begin(publishers);
    saturate_for(clients, publishers, WARM_UP)?;
    measure(clients, server, publishers, |clients| {
        saturate_for(clients, publishers, time)
    })
}

/// Sends a message only when all clients have read the one before: on a busy machine messages would
/// be batched otherwise, and cost less.
pub(crate) fn rate_for(
    clients: &mut Clients,
    per_second: f64,
    time: Duration,
) -> Result<(), String> {
    let gap = Duration::from_secs_f64(1.0 / per_second);
    let count = (time.as_secs_f64() * per_second).ceil() as usize;
    for number in 0..count {
        let next = Instant::now() + gap;
        clients.publish(number % RATE_PUBLISHERS)?;
        clients.drain()?;
        while let Some(left) = next.checked_duration_since(Instant::now()) {
            clients.poll(left.max(MIN_WAIT))?;
        }
    }
    Ok(())
}

fn saturate_for(clients: &mut Clients, publishers: usize, time: Duration) -> Result<(), String> {
    let end = Instant::now() + time;
    (0..publishers).try_for_each(|publisher| clients.publish(publisher))?;
    while Instant::now() < end {
        clients.poll(Duration::from_millis(50))?;
        while let Some(publisher) = clients.echoed.pop_front() {
            clients.publish(publisher)?;
        }
    }
    clients.drain()
}

/// Runs a load from idle to idle, so that the cost of every delivery is included.
fn measure(
    clients: &mut Clients,
    server: &Server,
    publishers: usize,
    load: impl FnOnce(&mut Clients) -> Result<(), String>,
) -> Result<Measured, String> {
    clients.begin(publishers);
    let failed = |error: std::io::Error| error.to_string();
    let before = server.cpu().map_err(failed)?;
    let start = Instant::now();
    load(clients)?;
    let seconds = start.elapsed().as_secs_f64();
    let used = server.cpu().map_err(failed)?.since(before);
    let transcript = &clients.transcript;
    let each = |time: Duration| time.as_secs_f64() * 1e6 / transcript.deliveries as f64;
    Ok(Measured {
        messages: transcript.messages() as u64,
        seconds,
        cost: each(used.own),
        store_cost: each(used.store),
        from_echo: [0.5, 0.99].map(|share| transcript.from_echo.quantile(share)),
        from_sending: [0.5, 0.99].map(|share| transcript.from_sending.quantile(share)),
        per_read: transcript.deliveries as f64 / clients.reads as f64,
        frame: transcript.frame_length(),
    })
}
