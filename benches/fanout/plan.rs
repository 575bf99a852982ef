//! The rounds, in which every candidate is measured: a disturbance of the machine affects all
//! alike.

use std::io;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::candidate::{Candidate, prepare_peers};
use crate::clients::Clients;
use crate::extra_cases::{self, Chat, Large, Stalled};
use crate::load::{self, Measured, RATE_PUBLISHERS};
use crate::options::Options;

#[derive(Debug, Default)]
pub(crate) struct Results {
    /// The payload of a frame, in bytes.
    pub(crate) payload: usize,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) stalled: Vec<Stalled>,
    pub(crate) large: Vec<Large>,
    pub(crate) chat: Vec<Chat>,
}

/// One candidate in one round.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) candidate: Candidate,
    pub(crate) size: usize,
    pub(crate) round: usize,
    pub(crate) idle: Idle,
    pub(crate) rate: Measured,
    pub(crate) saturated: Measured,
}

/// The cost of idle sockets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Idle {
    /// Bytes of memory of an open socket.
    pub(crate) open: f64,
    /// Bytes of memory of a joined socket.
    pub(crate) joined: f64,
    /// CPU time of a handshake in microseconds.
    pub(crate) handshake: f64,
    /// Handshakes a second, including the work of the load.
    pub(crate) handshakes: f64,
}

/// Deliveries a second at the fixed rate. The load must fit on the same CPU, or messages would
/// queue and be sent together.
pub(crate) const DELIVERIES: f64 = 60_000.0;

/// Sockets that are opened before the memory of the others is measured.
const FIRST: usize = 10;

/// Publishers of a saturating load.
pub(crate) const PUBLISHERS: usize = 100;

pub(crate) fn run(options: &Options) -> io::Result<Results> {
    raise_limit()?;
    prepare_peers()?;
    pin(Some(options.cpu))?;
    let mut results = Results {
        payload: payload()?,
        ..Results::default()
    };
    let payload = results.payload;
    if options.has("rounds") {
        for round in 0..options.rounds {
            for size in &options.sizes {
                for candidate in in_order(&options.only, round) {
                    let outcome = session(candidate, *size, round, payload, options.time)
                        .map_err(|error| with_context(candidate, *size, &error))?;
                    print(&outcome);
                    results.outcomes.push(outcome);
                }
            }
        }
    }
    if options.has("stalled") {
        results.stalled = extra_cases::stalled(options, payload)?;
    }
    if options.has("many") {
        results.large = extra_cases::large(payload)?;
    }
    if options.has("chat") {
        pin(None)?;
        results.chat = extra_cases::chat(options.time)?;
    }
    Ok(results)
}

/// The candidates, in each round with another first one.
pub(crate) fn in_order(all: &[Candidate], round: usize) -> impl Iterator<Item = Candidate> {
    (0..all.len())
        .map(move |index| all[(index + round) % all.len()])
        .filter(move |candidate| candidate.runs_in(round))
}

fn print(outcome: &Outcome) {
    let Outcome {
        idle,
        rate,
        saturated,
        ..
    } = outcome;
    eprintln!(
        "{:2} {:12} {:5}: {:.3} µs (store {:.3}), {:.2} a read, echo {:.1}/{:.1} ms, sent {:.1}/{:.1} ms | \
         saturated {:.4} µs (store {:.4}), {:.0} msg/s | idle {:.0} B, joined {:.0} B, handshake {:.0} µs, {:.0}/s",
        outcome.round + 1,
        outcome.candidate.name(),
        outcome.size,
        rate.cost,
        rate.store_cost,
        rate.per_read,
        rate.from_echo[0],
        rate.from_echo[1],
        rate.from_sending[0],
        rate.from_sending[1],
        saturated.cost,
        saturated.store_cost,
        saturated.messages as f64 / saturated.seconds,
        idle.open,
        idle.joined,
        idle.handshake,
        idle.handshakes,
    );
}

/// Measures one server: opening, idle, at a fixed rate, saturated.
fn session(
    candidate: Candidate,
    size: usize,
    round: usize,
    payload: usize,
    time: Duration,
) -> io::Result<Outcome> {
    let server = candidate.start()?;
    let mut clients = Clients::new(server.address, candidate.protocol(), payload)?;
    // The first sockets bear the one-time allocations.
    clients.open(FIRST, 0).map_err(io::Error::other)?;
    clients.wait_until_idle().map_err(io::Error::other)?;
    let (memory, cpu) = (server.memory()?, server.cpu()?);
    let start = Instant::now();
    clients.open(size, 0).map_err(io::Error::other)?;
    let seconds = start.elapsed().as_secs_f64();
    let opened = server.cpu()?.since(cpu);
    clients.wait_until_idle().map_err(io::Error::other)?;
    let (count, more) = (size as f64, (size - FIRST) as f64);
    let risen = |before: u64, now: u64| now.saturating_sub(before) as f64;
    let idle_memory = server.memory()?;
    let open = risen(memory, idle_memory) / more;
    clients.join().map_err(io::Error::other)?;
    let idle = Idle {
        open,
        joined: open + risen(idle_memory, server.memory()?) / count,
        handshake: opened.own.as_secs_f64() * 1e6 / more,
        handshakes: more / seconds,
    };
    let rate = load::at_rate(&mut clients, &server, DELIVERIES / count, time);
    let rate = rate.map_err(io::Error::other)?;
    let saturated = load::saturated(&mut clients, &server, PUBLISHERS.min(size), time);
    Ok(Outcome {
        candidate,
        size,
        round,
        idle,
        rate,
        saturated: saturated.map_err(io::Error::other)?,
    })
}

/// The payload of a frame of vitrina; the others send as much.
fn payload() -> io::Result<usize> {
    const PER_SECOND: f64 = 500.0;
    /// Frames here are longer than 125 bytes and shorter than 65,536.
    const HEADER: usize = 4;

    let candidate = Candidate::Direct;
    let server = candidate.start()?;
    let mut clients = Clients::new(server.address, candidate.protocol(), 0)?;
    clients.open(RATE_PUBLISHERS, 0).map_err(io::Error::other)?;
    clients.join().map_err(io::Error::other)?;
    let measured = load::at_rate(&mut clients, &server, PER_SECOND, Duration::from_secs(1));
    let frame = measured.map_err(io::Error::other)?.frame.round();
    Ok(frame as usize - HEADER)
}

/// Raises the limit on open files to the maximum, for this process and its children.
fn raise_limit() -> io::Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: maximum,
        maximum,
    };
    Ok(setrlimit(Resource::Nofile, limit)?)
}

/// Pins this process and its future children to one CPU, or to all.
fn pin(cpu: Option<usize>) -> io::Result<()> {
    let mut set = CpuSet::new();
    match cpu {
        Some(cpu) => set.set(cpu),
        None => (0..CpuSet::MAX_CPU).for_each(|cpu| set.set(cpu)),
    }
    Ok(sched_setaffinity(None, &set)?)
}

pub(crate) fn with_context(candidate: Candidate, size: usize, error: &io::Error) -> io::Error {
    io::Error::other(format!("{} with {size} sockets: {error}", candidate.name()))
}
