//! Random bytes and texts, as hostile clients send them, against what stands between a socket and a session.
//!
//! - `frames_are_judged_alike_however_they_are_cut`: the guard and a whole session are given streams of
//!   frames, sound and broken, cut into random pieces; `model.rs` says what must come of it.
//! - `rates_are_kept_to_the_token`: the guard's rates against whole numbers.
//! - `chat_frames_mean_what_they_say`: the decoder of client frames.
//! - `every_planted_bug_is_found`: each of these finds bugs that the harness makes (`plant.rs`).
//!
//! A seed that fails prints itself:
//!
//! ```text
//! VITRINA_FUZZ_SEED=17 cargo test --test fuzz chat_frames        that seed alone
//! VITRINA_FUZZ_SEEDS=1000000 cargo test --test fuzz              a long run
//! ```

mod chat_frame;
mod listener;
mod model;
mod octets;
mod pieces;
mod plant;
#[path = "../simulation/random.rs"]
mod random;
mod rates;

use std::panic::{AssertUnwindSafe, catch_unwind};

use plant::Plant;

/// Seeds in which a planted bug must be found.
const PLANT_SEEDS: u64 = 300;

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
}

/// Runs a case for each seed: for so many, unless the environment says which or how many.
fn each_seed(count: u64, case: impl Fn(u64) -> Result<(), String>) {
    let seeds = match setting("VITRINA_FUZZ_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..setting("VITRINA_FUZZ_SEEDS").unwrap_or(count),
    };
    for seed in seeds {
        let outcome = catch_unwind(AssertUnwindSafe(|| case(seed)));
        if let Err(complaint) = outcome.unwrap_or_else(|_| Err("it panics".into())) {
            panic!(
                "seed {seed}: {}\nVITRINA_FUZZ_SEED={seed} runs it alone",
                clipped(&complaint, 2_000)
            );
        }
    }
}

/// As much of a complaint as a person reads.
fn clipped(complaint: &str, length: usize) -> String {
    complaint.chars().take(length).collect()
}

#[test]
fn frames_are_judged_alike_however_they_are_cut() {
    let listener = listener::Listener::start();
    each_seed(500, |seed| {
        pieces::check(seed, None)?;
        listener.check(seed)
    });
}

#[test]
fn rates_are_kept_to_the_token() {
    each_seed(150, rates::check);
}

#[test]
fn chat_frames_mean_what_they_say() {
    each_seed(6_000, |seed| chat_frame::check(seed, None));
}

#[test]
fn every_planted_bug_is_found() {
    let mut missed = Vec::new();
    for plant in Plant::ALL {
        let case = if plant.is_of_chat() {
            chat_frame::check
        } else {
            pieces::check
        };
        let found = (0..PLANT_SEEDS).find_map(|seed| Some((seed, case(seed, Some(plant)).err()?)));
        match found {
            Some((seed, complaint)) => {
                let line = complaint.replace('\n', " ");
                eprintln!("{plant:?}: seed {seed}: {}", clipped(&line, 200));
            }
            None => missed.push(plant),
        }
    }
    assert!(
        missed.is_empty(),
        "not found in {PLANT_SEEDS} seeds: {missed:?}"
    );
}
