//! What is measured beside the rounds: stalled readers, a very large crowd, and how fast the chat
//! can be stored.

use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::candidate::Candidate;
use crate::crowd::Crowd;
use crate::load::{self, Measured, SPEAKERS};
use crate::options::Options;
use crate::plan::{DELIVERIES, PUBLISHERS, in_turn, named};

/// Latency beside readers that do not read.
#[derive(Debug, Clone)]
pub(crate) struct Stalled {
    pub(crate) candidate: Candidate,
    /// Without them, from the sender's echo: median and 99th percentile, in ms.
    pub(crate) without: [f64; 2],
    pub(crate) with: [f64; 2],
    /// The rise of resident memory while they stood still, in bytes.
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
/// Rounds of it.
const ROUNDS: usize = 3;
const LARGE: usize = 15_000;

pub(crate) fn stalled(options: &Options, payload: usize) -> io::Result<Vec<Stalled>> {
    let mut all = Vec::new();
    for round in 0..ROUNDS.min(options.rounds) {
        for candidate in in_turn(&options.only, round) {
            let one = beside_stalled(candidate, payload, options.time)
                .map_err(|error| named(candidate, READERS, &error))?;
            eprintln!(
                "{:12} 5 % stalled: {:?} ms, without {:?} ms, memory +{:.1} MB",
                candidate.word(),
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
    let mut crowd = Crowd::new(server.address, candidate.dialect(), payload)?;
    crowd.open(READERS, STALLED).map_err(io::Error::other)?;
    crowd.join().map_err(io::Error::other)?;
    let per_second = DELIVERIES / READERS as f64;
    let without = load::at_rate(&mut crowd, &server, per_second, time);
    let without = without.map_err(io::Error::other)?;
    let memory = server.memory()?;
    crowd.stall(STALLED)?;
    crowd.begin(SPEAKERS);
    load::rate_for(&mut crowd, per_second, FILLING).map_err(io::Error::other)?;
    let with = load::at_rate(&mut crowd, &server, per_second, time);
    Ok(Stalled {
        candidate,
        without: without.from_echo,
        with: with.map_err(io::Error::other)?.from_echo,
        memory: server.memory()?.saturating_sub(memory) as f64,
    })
}

pub(crate) fn large(payload: usize) -> io::Result<Vec<Large>> {
    let mut all = Vec::new();
    for candidate in [Candidate::Floor, Candidate::Direct, Candidate::Response] {
        let one =
            among_many(candidate, payload).map_err(|error| named(candidate, LARGE, &error))?;
        eprintln!("{one:?}");
        all.push(one);
    }
    Ok(all)
}

fn among_many(candidate: Candidate, payload: usize) -> io::Result<Large> {
    let server = candidate.start()?;
    let mut crowd = Crowd::new(server.address, candidate.dialect(), payload)?;
    let before = server.memory()?;
    crowd.open(LARGE, 0).map_err(io::Error::other)?;
    crowd.join().map_err(io::Error::other)?;
    let memory = server.memory()?;
    // Two messages a second: each finds everybody at rest.
    let measured = load::at_rate(&mut crowd, &server, 2.0, Duration::from_secs(10));
    Ok(Large {
        candidate,
        memory,
        idle: memory.saturating_sub(before) as f64 / LARGE as f64,
        measured: measured.map_err(io::Error::other)?,
    })
}

/// A hundred senders who are the only readers, on all processors.
pub(crate) fn chat(time: Duration) -> io::Result<Vec<Chat>> {
    let mongod = mongod(&["start", "--for", &std::process::id().to_string()])?;
    let stores = [("SQLite", None), ("MongoDB", Some(mongod.trim()))];
    let mut all = Vec::new();
    for (store, url) in stores {
        let one = speak(store, url, time)?;
        eprintln!(
            "chat on {store}: {:.0} messages a second, {:?} ms from sending",
            one.measured.messages as f64 / one.measured.seconds,
            one.measured.from_sending
        );
        all.push(one);
    }
    mongod_stop()?;
    Ok(all)
}

fn speak(store: &'static str, url: Option<&str>, time: Duration) -> io::Result<Chat> {
    let candidate = Candidate::Direct;
    let server = candidate.start_on(url, None)?;
    let mut crowd = Crowd::new(server.address, candidate.dialect(), 0)?;
    crowd.open(PUBLISHERS, 0).map_err(io::Error::other)?;
    crowd.join().map_err(io::Error::other)?;
    let measured = load::saturated(&mut crowd, &server, PUBLISHERS, time);
    Ok(Chat {
        store,
        measured: measured.map_err(io::Error::other)?,
    })
}

fn mongod_stop() -> io::Result<()> {
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
