//! Simulation tests: the realtime engine under a seeded scheduler.
//!
//! `FrameLog`, `ReplicaOffset`, `LogCursor`, the catch-ups and `Presence` are the production types.
//! Only the store, the clock, the mailboxes and the sockets belong to the harness, and the seed
//! decides everything: their sizes, the order of steps, which worker is late, which peer reads one
//! byte at a time, when the feed loses its position, when the server starts with a backup. After
//! each step simple models of the logs (`model_log.rs`), of the chat room (`chat_room.rs`) and of
//! every client (`client.rs`) are compared with the real state: no missing, duplicate or reordered
//! frame, no state older than one sent before, `resumed` exactly when the log holds the position,
//! and never more than one unfinished write per peer. At the end all clients reconnect and must
//! show what the store holds. `mutant.rs` lists the bugs that the harness can inject, each of which
//! must be found.
//!
//! A failing seed is shrunk and printed step by step, with the command that repeats it:
//!
//! ```text
//! # only that seed
//! VITRINA_SIMULATION_SEED=8572 cargo test --test simulation no_seed
//! # a long run
//! VITRINA_SIMULATION_SEEDS=100000 cargo test --test simulation no_seed -- --nocapture
//! ```

mod chat_room;
mod client;
mod connection;
mod hub;
mod model_log;
mod mutant;
mod plan;
mod shrink;
mod socket;
mod store;
mod wire;
mod world;

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use mutant::Mutant;
use plan::Plan;
use vitrina_test_support::tally::Tally;
use vitrina_test_support::{random, tally};

/// Seeds of an ordinary run.
const SEEDS: u64 = 4_000;
/// Seeds within which each mutant must be found.
const MUTANT_SEEDS: u64 = 500;
/// Events that an ordinary run must cover; otherwise it shows nothing.
const COVERED: [&str; 10] = [
    "closed by the server",
    "conflated",
    "feeds lost",
    "histories",
    "lags",
    "logs replaced",
    "not resumed",
    "positions",
    "resumed",
    "snapshots",
];

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} must be a number, not {text}")),
    )
}

/// Runs all seeds on two threads. The error is a seed that failed.
fn sweep(seeds: &Range<u64>) -> Result<Tally, u64> {
    let next = AtomicU64::new(seeds.start);
    let outcome = Mutex::new(Ok(Tally::default()));
    let work = || {
        let mut own = Ok(Tally::default());
        while let Ok(tally) = &mut own {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                break;
            }
            match world::run(&Plan::new(seed), None) {
                Ok(of_seed) => tally.add(of_seed),
                Err(_) => {
                    next.store(seeds.end, Ordering::Relaxed);
                    own = Err(seed);
                }
            }
        }
        let mut outcome = outcome.lock().expect("no other thread panicked");
        match (&mut *outcome, own) {
            (Ok(all), Ok(tally)) => all.add(tally),
            (Ok(_), Err(seed)) => *outcome = Err(seed),
            (Err(_), _) => {}
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    outcome.into_inner().expect("no thread panicked")
}

#[test]
fn no_seed_loses_duplicates_or_reorders_frames() {
    let seeds = match setting("VITRINA_SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..setting("VITRINA_SIMULATION_SEEDS").unwrap_or(SEEDS),
    };
    let started = Instant::now();
    let tally = sweep(&seeds).unwrap_or_else(|seed| {
        let (plan, failure) = shrink::shrink(&Plan::new(seed), None);
        panic!("{}", shrink::describe(seed, &plan, &failure));
    });
    eprintln!(
        "{} seeds, {} steps, {} frames checked in {:.1?}: {:?}",
        seeds.end - seeds.start,
        tally.of("steps"),
        tally.of("frames"),
        started.elapsed(),
        tally
    );
    if seeds.end - seeds.start >= SEEDS {
        for event in COVERED {
            assert!(tally.of(event) > 0, "no seed covers: {event}");
        }
    }
}

#[test]
fn every_mutant_is_found() {
    let mut missed = Vec::new();
    for mutant in Mutant::ALL {
        let failing = |seed: &u64| world::run(&Plan::new(*seed), Some(mutant)).is_err();
        let Some(seed) = (0..MUTANT_SEEDS).find(failing) else {
            missed.push(mutant);
            continue;
        };
        let unmutated = world::run(&Plan::new(seed), None);
        assert!(
            unmutated.is_ok(),
            "seed {seed} also fails without {mutant:?}"
        );
        let (plan, failure) = shrink::shrink(&Plan::new(seed), Some(mutant));
        let (steps, message) = (plan.steps.len(), failure.message);
        eprintln!("{mutant:?}: seed {seed}, {steps} steps: {message}");
    }
    assert!(
        missed.is_empty(),
        "not found in {MUTANT_SEEDS} seeds: {missed:?}"
    );
}
