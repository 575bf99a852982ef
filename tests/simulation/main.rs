//! The realtime engine under a seeded scheduler.
//!
//! The very types that serve run here: `FrameLog`, `Supply`, `Reader`, the entrances, `Presence`. Only
//! the store, the clock, the mailboxes and the sockets are this harness's, and a seed decides everything:
//! how large they are, what happens next, which worker is late, which peer reads one byte, when the feed
//! loses its place or the server starts with a backup. After each step a slow twin of each log
//! (`ring.rs`), of the room (`room.rs`) and of every client (`client.rs`) says what must be: no hole, no
//! double, no wrong order, no state older than told, `resumed` exactly when the log holds the place, no
//! more kept for a peer than one write. At the end all clients come back, and must show what the store
//! holds. `plant.rs` lists the bugs that the harness can make, each of which must be found.
//!
//! A seed that fails is made as short as it gets and printed step by step, with how to run it again:
//!
//! ```text
//! VITRINA_SIMULATION_SEED=8572 cargo test --test simulation no_seed           that seed alone
//! VITRINA_SIMULATION_SEEDS=100000 cargo test --test simulation no_seed -- --nocapture    a long run
//! ```

mod client;
mod connection;
mod hub;
mod plan;
mod plant;
mod random;
mod ring;
mod room;
mod shrink;
mod socket;
mod store;
mod tally;
mod wire;
mod world;

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use plan::Plan;
use plant::Plant;
use tally::Tally;

/// Seeds of an ordinary run.
const SEEDS: u64 = 4_000;
/// Seeds in which a planted bug must be found.
const PLANT_SEEDS: u64 = 500;
/// What an ordinary run must come by, or it proves nothing.
const REACHED: [&str; 10] = [
    "closed by the server",
    "conflated",
    "feeds lost",
    "histories",
    "lapses",
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
            .unwrap_or_else(|_| panic!("{name} is a number, not {text}")),
    )
}

/// Runs all seeds on two threads. An error is a seed that failed.
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
fn no_seed_has_a_hole_a_double_or_a_wrong_order() {
    let alone = setting("VITRINA_SIMULATION_SEED");
    let seeds = match alone {
        Some(seed) => seed..seed + 1,
        None => 0..setting("VITRINA_SIMULATION_SEEDS").unwrap_or(SEEDS),
    };
    let started = Instant::now();
    let tally = sweep(&seeds).unwrap_or_else(|seed| {
        let (plan, failure) = shrink::shrink(&Plan::new(seed), None);
        panic!("{}", shrink::tell(seed, &plan, &failure));
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
        for what in REACHED {
            assert!(tally.of(what) > 0, "no seed came by: {what}");
        }
    }
}

#[test]
fn every_planted_bug_is_found() {
    let mut missed = Vec::new();
    for plant in Plant::ALL {
        let failing = |seed: &u64| world::run(&Plan::new(*seed), Some(plant)).is_err();
        let Some(seed) = (0..PLANT_SEEDS).find(failing) else {
            missed.push(plant);
            continue;
        };
        let without = world::run(&Plan::new(seed), None);
        assert!(without.is_ok(), "seed {seed} fails without {plant:?} too");
        let (plan, failure) = shrink::shrink(&Plan::new(seed), Some(plant));
        let (steps, complaint) = (plan.steps.len(), failure.complaint);
        eprintln!("{plant:?}: seed {seed}, {steps} steps: {complaint}");
    }
    assert!(
        missed.is_empty(),
        "not found in {PLANT_SEEDS} seeds: {missed:?}"
    );
}
