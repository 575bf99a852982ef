//! The realtime engine under a seeded scheduler.

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

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use plan::Plan;
use tally::Tally;

const SEEDS: u64 = 3_000;

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

#[test]
fn no_seed_has_a_hole_a_double_or_a_wrong_order() {
    let seeds = match setting("VITRINA_SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..setting("VITRINA_SIMULATION_SEEDS").unwrap_or(SEEDS),
    };
    let next = AtomicU64::new(seeds.start);
    let total = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut own = Tally::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    match world::run(&Plan::new(seed), None) {
                        Ok(tally) => own.add(tally),
                        Err(_) => {
                            let (plan, failure) = shrink::shrink(&Plan::new(seed), None);
                            panic!("{}", shrink::tell(seed, &plan, &failure));
                        }
                    }
                }
                total.lock().expect("no panic").add(own);
            });
        }
    });
    let total = total.into_inner().expect("no panic");
    eprintln!("{total:?}");
}

#[test]
fn every_planted_bug_is_found() {
    use plant::Plant::*;
    for plant in [
        ResumeOneTooFar,
        OpenAtTheEnd,
        ReplayPassing,
        TrimmedIsKnown,
        LivesMixed,
        WelcomeAdopted,
        PartialSnapshotAdopted,
        LastChunkDropped,
        EnteredAfterSnapshot,
        LapseIgnored,
        HistoryNotCut,
        SecondJoinFollowsOn,
        ChatConflated,
        BatchTwice,
        BatchesSwapped,
        NotFlushed,
        LoadLeavesSocketsOpen,
        FeedGapKept,
        NewestSeqKept,
        PlaceOfTheLog,
        TailForgotten,
        AlwaysSlow,
        TabsForgotten,
    ] {
        let mut found = Vec::new();
        let mut seed = 0;
        while found.len() < 5 && seed < 2000 {
            if let Err(failure) = world::run(&Plan::new(seed), Some(plant)) {
                found.push((seed, failure));
            }
            seed += 1;
        }
        let seeds: Vec<_> = found.iter().map(|(seed, _)| seed).collect();
        let Some((seed, _)) = found.first() else {
            eprintln!("{plant:?} NOT FOUND");
            continue;
        };
        let (plan, failure) = shrink::shrink(&Plan::new(*seed), Some(plant));
        eprintln!(
            "{plant:?} {seeds:?} {} steps: {}",
            plan.steps.len(),
            failure.complaint
        );
    }
}
