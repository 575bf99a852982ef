//! Cases outside the rounds: stalled readers, very many sockets, and how fast chat messages are
//! stored.

use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::candidate::Candidate;
use crate::clients::Clients;
use crate::load::{self, Measured, RATE_PUBLISHERS};
use crate::options::Options;
use crate::plan::{DELIVERIES, PUBLISHERS, in_order, with_context};

/// Latency beside stalled readers.
#[derive(Debug, Clone)]
pub(crate) struct Stalled {
    pub(crate) candidate: Candidate,
    /// Without them, from the sender's echo: median and 99th percentile, in ms.
    pub(crate) without: [f64; 2],
    pub(crate) with: [f64; 2],
    /// Growth of the memory while they were stalled, in bytes.
    pub(crate) memory: f64,
}

/// Many sockets on one process.
#[derive(Debug, Clone)]
pub(crate) struct Large {
    pub(crate) candidate: Candidate,
    pub(crate) memory: u64,
    pub(crate) idle: f64,
    pub(crate) measured: Measured,
}

/// Messages stored and broadcast.
#[derive(Debug, Clone)]
pub(crate) struct Chat {
    pub(crate) store: &'static str,
    pub(crate) measured: Measured,
}

/// Sockets of the measurement with stalled readers, and how many of them stall.
const READERS: usize = 1000;
const STALLED: usize = 50;
/// How long the load runs until the stalled readers' buffers are full.
const FILLING: Duration = Duration::from_secs(4);
/// Rounds of that measurement.
const ROUNDS: usize = 2;
const LARGE: usize = 15_000;

pub(crate) fn stalled(options: &Options, payload: usize) -> io::Result<Vec<Stalled>> {
    let mut all = Vec::new();
    for round in 0..ROUNDS.min(options.rounds) {
        for candidate in in_order(&options.only, round) {
            let one = beside_stalled(candidate, payload, options.time)
                .map_err(|error| with_context(candidate, READERS, &error))?;
            eprintln!(
                "{:12} 5 % stalled: {:?} ms, without {:?} ms, memory +{:.1} MB",
                candidate.name(),
                one.with,
                one.without,
                one.memory / 1e6
            );
            all.push(one);
        }
    }
    Ok(all)
}

fn beside_stalled(candidate: Candidate, payload: usize, time: Duration) -> io::Result<Stalled> {
    let server = candidate.start()?;
    let mut clients = Clients::new(server.address, candidate.protocol(), payload)?;
    clients.open(READERS, STALLED).map_err(io::Error::other)?;
    clients.join().map_err(io::Error::other)?;
    let per_second = DELIVERIES / READERS as f64;
    let without = load::at_rate(&mut clients, &server, per_second, time);
    let without = without.map_err(io::Error::other)?;
    let memory = server.memory()?;
    clients.stall(STALLED)?;
    clients.begin(RATE_PUBLISHERS);
    load::rate_for(&mut clients, per_second, FILLING).map_err(io::Error::other)?;
    let with = load::at_rate(&mut clients, &server, per_second, time);
    Ok(Stalled {
        candidate,
        without: without.from_echo,
        with: with.map_err(io::Error::other)?.from_echo,
        memory: server.memory()?.saturating_sub(memory) as f64,
    })
}

pub(crate) fn large(payload: usize) -> io::Result<Vec<Large>> {
    let mut all = Vec::new();
    for candidate in [Candidate::Baseline, Candidate::Direct, Candidate::Response] {
        let one = among_many(candidate, payload)
            .map_err(|error| with_context(candidate, LARGE, &error))?;
        eprintln!("{one:?}");
        all.push(one);
    }
    Ok(all)
}

fn among_many(candidate: Candidate, payload: usize) -> io::Result<Large> {
    let server = candidate.start()?;
    let mut clients = Clients::new(server.address, candidate.protocol(), payload)?;
    let before = server.memory()?;
    clients.open(LARGE, 0).map_err(io::Error::other)?;
    clients.join().map_err(io::Error::other)?;
    let memory = server.memory()?;
    // Two messages a second: each is delivered before the next.
    let measured = load::at_rate(&mut clients, &server, 2.0, Duration::from_secs(5));
    Ok(Large {
        candidate,
        memory,
        idle: memory.saturating_sub(before) as f64 / LARGE as f64,
        measured: measured.map_err(io::Error::other)?,
    })
}

/// A hundred senders that are the only readers, on all CPUs.
pub(crate) fn chat(time: Duration) -> io::Result<Vec<Chat>> {
    let mongod = mongod(&["start", "--for", &std::process::id().to_string()])?;
    let stores = [("SQLite", None), ("MongoDB", Some(mongod.trim()))];
    let mut all = Vec::new();
    for (store, url) in stores {
        let one = store_messages(store, url, time)?;
        eprintln!(
            "chat on {store}: {:.0} messages a second, {:?} ms from sending",
            one.measured.messages as f64 / one.measured.seconds,
            one.measured.from_sending
        );
        all.push(one);
    }
    stop_mongod()?;
    Ok(all)
}

fn store_messages(store: &'static str, url: Option<&str>, time: Duration) -> io::Result<Chat> {
    let candidate = Candidate::Direct;
    let server = candidate.start_on(url, None)?;
    let mut clients = Clients::new(server.address, candidate.protocol(), 0)?;
    clients.open(PUBLISHERS, 0).map_err(io::Error::other)?;
    clients.join().map_err(io::Error::other)?;
    let measured = load::saturated(&mut clients, &server, PUBLISHERS, time);
    Ok(Chat {
        store,
        measured: measured.map_err(io::Error::other)?,
    })
}

fn stop_mongod() -> io::Result<()> {
    mongod(&["stop", "--for", &std::process::id().to_string()]).map(drop)
}

fn mongod(arguments: &[&str]) -> io::Result<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/mongod");
    let output = Command::new(script).args(arguments).output()?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(io::Error::other(format!(
            "no MongoDB: {}",
            String::from_utf8_lossy(&output.stderr)
        ))),
    }
}
