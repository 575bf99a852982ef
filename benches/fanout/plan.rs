//! The rounds: every candidate in turn, so that what the machine does meanwhile meets them all.

use std::io;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::candidate::{Candidate, prepare_peers};
use crate::crowd::Crowd;
use crate::load::{self, Measured, SPEAKERS};
use crate::options::Options;
use crate::single::{self, Chat, Large, Stalled};

/// All that a run found out.
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

/// What sockets cost that only are there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Idle {
    /// Bytes of memory for each that is open.
    pub(crate) open: f64,
    /// The same when it takes part as well: in the chat, after the join and its answers.
    pub(crate) joined: f64,
    /// Processor time of an accepted handshake in microseconds.
    pub(crate) handshake: f64,
    /// Handshakes a second, the load's own work included.
    pub(crate) handshakes: f64,
}

/// Deliveries a second at the fixed rate: the load's own work has to fit on the processor as well,
/// or messages would wait for each other and leave together.
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
                for candidate in in_turn(&options.only, round) {
                    let outcome = session(candidate, *size, round, payload, options.time)
                        .map_err(|error| named(candidate, *size, &error))?;
                    tell(&outcome);
                    results.outcomes.push(outcome);
                }
            }
        }
    }
    if options.has("stalled") {
        results.stalled = single::stalled(options, payload)?;
    }
    if options.has("crowd") {
        results.large = single::large(payload)?;
    }
    if options.has("chat") {
        pin(None)?;
        results.chat = single::chat(options.time)?;
    }
    Ok(results)
}

/// The candidates, beginning with another one in each round.
pub(crate) fn in_turn(all: &[Candidate], round: usize) -> impl Iterator<Item = Candidate> {
    (0..all.len()).map(move |turn| all[(turn + round) % all.len()])
}

fn tell(outcome: &Outcome) {
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
        outcome.candidate.word(),
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

/// One server with so many clients: opened, idle, at a rate, saturated.
fn session(
    candidate: Candidate,
    size: usize,
    round: usize,
    payload: usize,
    time: Duration,
) -> io::Result<Outcome> {
    let server = candidate.start()?;
    let mut crowd = Crowd::new(server.address, candidate.dialect(), payload)?;
    // The first sockets pay for what is made once.
    crowd.open(FIRST, 0).map_err(io::Error::other)?;
    crowd.settle().map_err(io::Error::other)?;
    let (memory, cpu) = (server.memory()?, server.cpu()?);
    let start = Instant::now();
    crowd.open(size, 0).map_err(io::Error::other)?;
    let seconds = start.elapsed().as_secs_f64();
    let opened = server.cpu()?.since(cpu);
    crowd.settle().map_err(io::Error::other)?;
    let (count, more) = (size as f64, (size - FIRST) as f64);
    let risen = |before: u64, now: u64| now.saturating_sub(before) as f64;
    let at_rest = server.memory()?;
    let open = risen(memory, at_rest) / more;
    crowd.join().map_err(io::Error::other)?;
    let idle = Idle {
        open,
        joined: open + risen(at_rest, server.memory()?) / count,
        handshake: opened.own.as_secs_f64() * 1e6 / more,
        handshakes: more / seconds,
    };
    let rate = load::at_rate(&mut crowd, &server, DELIVERIES / count, time);
    let rate = rate.map_err(io::Error::other)?;
    let saturated = load::saturated(&mut crowd, &server, PUBLISHERS.min(size), time);
    Ok(Outcome {
        candidate,
        size,
        round,
        idle,
        rate,
        saturated: saturated.map_err(io::Error::other)?,
    })
}

/// The payload of vitrina's broadcast, which the others are to send as well.
fn payload() -> io::Result<usize> {
    const PER_SECOND: f64 = 500.0;
    /// Frames here are longer than 125 bytes and shorter than 65,536.
    const HEADER: usize = 4;

    let candidate = Candidate::Direct;
    let server = candidate.start()?;
    let mut crowd = Crowd::new(server.address, candidate.dialect(), 0)?;
    crowd.open(SPEAKERS, 0).map_err(io::Error::other)?;
    crowd.join().map_err(io::Error::other)?;
    let told = load::at_rate(&mut crowd, &server, PER_SECOND, Duration::from_secs(1));
    let frame = told.map_err(io::Error::other)?.frame.round();
    Ok(frame as usize - HEADER)
}

/// As many descriptors as the system allows, for this process and its children.
fn raise_limit() -> io::Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: maximum,
        maximum,
    };
    Ok(setrlimit(Resource::Nofile, limit)?)
}

/// Binds this process and its children to come to one processor, or to all.
fn pin(cpu: Option<usize>) -> io::Result<()> {
    let mut set = CpuSet::new();
    match cpu {
        Some(cpu) => set.set(cpu),
        None => (0..CpuSet::MAX_CPU).for_each(|cpu| set.set(cpu)),
    }
    Ok(sched_setaffinity(None, &set)?)
}

pub(crate) fn named(candidate: Candidate, size: usize, error: &io::Error) -> io::Error {
    io::Error::other(format!("{} with {size} sockets: {error}", candidate.word()))
}
