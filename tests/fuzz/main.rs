//! Random bytes and texts, as hostile clients send them, against what stands between a socket and a session.
//!
//! - `frames_are_judged_alike_however_they_are_cut`: the guard and a whole session are given streams of
//!   frames, sound and broken, cut into random pieces; `model.rs` says what must come of it.
//! - `rates_are_kept_to_the_token`: the guard's rates against whole numbers.
//! - `chat_frames_mean_what_they_say`: the decoder of client frames.
//! - `query_strings_…`, `bodies_…`, `forms_of_images_…`, `tags_and_keys_…`, `requests_in_pieces_…`: the readers of HTTP, by
//!   way of a whole shop, each against a model of what is asked; `hosts_and_origins_…`: theirs alone.
//! - `rows_…`: the rows of an import.
//! - `every_planted_bug_is_found`: each of these finds bugs that the harness makes (`plant.rs`).
//!
//! A seed that fails prints itself:
//!
//! ```text
//! VITRINA_FUZZ_SEED=17 cargo test --test fuzz chat_frames        that seed alone
//! VITRINA_FUZZ_SEEDS=1000000 cargo test --test fuzz              a long run
//! VITRINA_FUZZ_SECONDS=300 cargo test --test fuzz query          one by time, which must not grow either
//! ```

mod chat_frame;
#[path = "../battery/figure.rs"]
mod figure;
mod heads;
mod hosts;
mod listener;
mod long;
mod members;
mod model;
mod multipart;
mod octets;
mod parameters;
mod pieces;
mod plant;
mod query;
#[path = "../simulation/random.rs"]
mod random;
mod rates;
mod rows;
mod shop;
mod tags;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use plant::Plant;

/// Seeds in which a planted bug must be found.
const PLANT_SEEDS: u64 = 300;

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
}

/// Runs a case for each seed: for so many, unless the environment says which, how many or how long.
fn each_seed(target: &str, count: u64, case: impl Fn(u64) -> Result<(), String>) {
    let run = |seed| {
        let outcome = catch_unwind(AssertUnwindSafe(|| case(seed)));
        if let Err(complaint) = outcome.unwrap_or_else(|_| Err("it panics".into())) {
            panic!(
                "{target}: seed {seed}: {}\nVITRINA_FUZZ_SEED={seed} runs it alone",
                clipped(&complaint, 2_000)
            );
        }
    };
    if let Some(seed) = setting("VITRINA_FUZZ_SEED") {
        return run(seed);
    }
    if let Some(seconds) = setting("VITRINA_FUZZ_SECONDS") {
        return long::each_seed(target, Duration::from_secs(seconds), run);
    }
    let count = setting("VITRINA_FUZZ_SEEDS").unwrap_or(count);
    (0..count).for_each(run);
    figure::figure(
        "X16",
        format_args!("{target}: {count} cases, 0 crashes, 0 hangs"),
    );
}

/// As much of a complaint as a person reads.
fn clipped(complaint: &str, length: usize) -> String {
    complaint.chars().take(length).collect()
}

#[test]
fn frames_are_judged_alike_however_they_are_cut() {
    let listener = listener::Listener::start();
    each_seed("frames", 500, |seed| {
        pieces::check(seed, None)?;
        listener.check(seed)
    });
}

#[test]
fn rates_are_kept_to_the_token() {
    each_seed("rates", 150, rates::check);
}

#[test]
fn chat_frames_mean_what_they_say() {
    each_seed("chat", 6_000, |seed| chat_frame::check(seed, None));
}

#[test]
fn query_strings_find_what_they_ask_for() {
    let target = query::Target::start();
    each_seed("query", 150, |seed| target.check(seed));
}

#[test]
fn bodies_mean_what_they_say() {
    let target = members::Target::start();
    each_seed("bodies", 150, |seed| target.check(seed));
}

#[test]
fn forms_of_images_leave_what_they_must() {
    let target = multipart::Target::start();
    each_seed("multipart", 80, |seed| target.check(seed));
}

#[test]
fn tags_and_keys_are_known_in_any_form() {
    let target = tags::Target::start();
    each_seed("tags", 80, |seed| target.check(seed));
}

#[test]
fn hosts_and_origins_are_read_as_they_stand() {
    each_seed("hosts", 20_000, hosts::check);
}

#[test]
fn requests_in_pieces_poison_nothing() {
    let target = heads::Target::start();
    each_seed("requests", 150, |seed| target.check(seed));
}

#[test]
fn rows_are_read_back_however_they_are_cut() {
    each_seed("rows", 4_000, rows::check);
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
