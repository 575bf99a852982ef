//! Fuzz tests: random bytes and strings, as hostile clients send them, against the code between a
//! socket and a session.
//!
//! - `frame_checks_…`: the guard, and a whole session, get streams of valid and invalid frames in
//!   random chunks; `model.rs` computes the expected result.
//! - `rate_limits_…`: the guard's rate limits against a model in integers.
//! - `chat_frames_…`: the decoder of client frames.
//! - `query_strings_…`, `bodies_…`, `image_forms_…`, `etags_…`, `damaged_requests_…`: the HTTP
//!   parsers in a whole shop, each against a model of the request.
//! - `hosts_and_origins_…`: the parsers of both.
//! - `import_rows_…`: the rows of an import.
//! - `every_mutant_is_found`: the tests of the guard and of the decoder find the bugs in
//!   `mutant.rs`.
//!
//! A failing seed is printed:
//!
//! ```text
//! # only that seed
//! VITRINA_FUZZ_SEED=17 cargo test --test fuzz chat_frames
//! # a long run
//! VITRINA_FUZZ_SEEDS=1000000 cargo test --test fuzz
//! # a run by time, which also checks that memory does not grow
//! VITRINA_FUZZ_SECONDS=300 cargo test --test fuzz query
//! ```

mod bodies;
mod chat_frame;
mod frames;
mod guard;
mod headers;
mod hosts;
mod model;
mod multipart;
mod mutant;
mod parameters;
mod query;
mod rates;
mod requests;
mod rows;
mod session;
mod shop;
mod timed_run;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use mutant::Mutant;
use vitrina_test_support::{figure, random};

/// Seeds within which each mutant must be found.
const MUTANT_SEEDS: u64 = 300;

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} must be a number, not {text}")))
}

/// Runs a case for each of `count` seeds, unless the environment sets a seed, a count or a time.
fn each_seed(target: &str, count: u64, case: impl Fn(u64) -> Result<(), String>) {
    let run = |seed| {
        let outcome = catch_unwind(AssertUnwindSafe(|| case(seed)));
        if let Err(error) = outcome.unwrap_or_else(|_| Err("panicked".into())) {
            panic!(
                "{target}: seed {seed}: {}\nVITRINA_FUZZ_SEED={seed} runs only this seed",
                truncated(&error, 2_000)
            );
        }
    };
    if let Some(seed) = setting("VITRINA_FUZZ_SEED") {
        return run(seed);
    }
    if let Some(seconds) = setting("VITRINA_FUZZ_SECONDS") {
        return timed_run::each_seed(target, Duration::from_secs(seconds), run);
    }
    let count = setting("VITRINA_FUZZ_SEEDS").unwrap_or(count);
    (0..count).for_each(run);
    figure::figure(
        "X16",
        format_args!("{target}: {count} cases, 0 crashes, 0 hangs"),
    );
}

/// Keeps long messages readable.
fn truncated(error: &str, length: usize) -> String {
    error.chars().take(length).collect()
}

#[test]
fn frame_checks_do_not_depend_on_chunking() {
    let session = session::Target::start();
    each_seed("frames", 500, |seed| {
        guard::check(seed, None)?;
        session.check(seed)
    });
}

#[test]
fn rate_limits_are_exact() {
    each_seed("rates", 150, rates::check);
}

#[test]
fn chat_frames_are_decoded_exactly() {
    each_seed("chat", 6_000, |seed| chat_frame::check(seed, None));
}

#[test]
fn query_strings_select_the_expected_products() {
    let target = query::Target::start();
    each_seed("query", 150, |seed| target.check(seed));
}

#[test]
fn bodies_are_decoded_exactly() {
    let target = bodies::Target::start();
    each_seed("bodies", 150, |seed| target.check(seed));
}

#[test]
fn image_forms_leave_exactly_the_accepted_files() {
    let target = multipart::Target::start();
    each_seed("multipart", 80, |seed| target.check(seed));
}

#[test]
fn etags_and_idempotency_keys_are_read_in_every_form() {
    let target = headers::Target::start();
    each_seed("tags", 80, |seed| target.check(seed));
}

#[test]
fn hosts_and_origins_are_parsed_exactly() {
    each_seed("hosts", 20_000, hosts::check);
}

#[test]
fn damaged_requests_do_not_affect_the_next_one() {
    let target = requests::Target::start();
    each_seed("requests", 150, |seed| target.check(seed));
}

#[test]
fn import_rows_do_not_depend_on_chunking() {
    each_seed("rows", 4_000, rows::check);
}

#[test]
fn every_mutant_is_found() {
    let mut missed = Vec::new();
    for mutant in Mutant::ALL {
        let case = if mutant.is_in_chat_decoder() {
            chat_frame::check
        } else {
            guard::check
        };
        let found =
            (0..MUTANT_SEEDS).find_map(|seed| Some((seed, case(seed, Some(mutant)).err()?)));
        match found {
            Some((seed, error)) => {
                let line = error.replace('\n', " ");
                eprintln!("{mutant:?}: seed {seed}: {}", truncated(&line, 200));
            }
            None => missed.push(mutant),
        }
    }
    assert!(
        missed.is_empty(),
        "not found in {MUTANT_SEEDS} seeds: {missed:?}"
    );
}
