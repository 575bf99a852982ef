//! History tests: random histories of a small shop, on both stores, with crashes.
//!
//! A seed decides the requests: purchases, all-or-nothing and partial, by several buyers at once,
//! repeated requests with the same key, other requests with that key, edits of stock and price,
//! deletions, cancellations, and in every third history also holds and their expiry. It also
//! decides when the server crashes: before or after any statement, in the middle of a commit, or
//! between requests. The model (`model.rs`) knows only requests and answers. After each batch of
//! parallel requests, and after each crash, the whole shop is read. There must be an order of the
//! requests in which the model gives exactly the received answers and ends in exactly the state
//! that was read; a request without an answer takes part completely or not at all. So no unit is
//! oversold, lost or held for no cart, and no order exists without its units, twice, or with
//! another content than was acknowledged. `mutant.rs` lists the bugs that must each be found.
//!
//! The same histories run against the server over HTTP, where a crash is `kill -9`. There only
//! requests that take an idempotency key have one, and holds do not expire.
//!
//! A failing seed is printed with its transcript and the command that repeats it:
//!
//! ```text
//! # only that seed
//! VITRINA_HISTORIES_SEED=8572 cargo test --test histories sales_on_sqlite
//! # a long run
//! VITRINA_HISTORIES=10000 cargo test --test histories sales_on_sqlite -- --nocapture
//! # a long run on MongoDB
//! VITRINA_HISTORIES=1000 scripts/mongod run \
//!     cargo test --test histories sales_on_mongodb -- --nocapture
//! ```

mod backend;
mod crash_injector;
mod crash_points;
mod disk_snapshot;
mod driver;
mod history;
mod http_shop;
mod model;
mod mutant;
mod mutant_store;
mod plan;
mod proxy;
mod request;
mod search;

use std::future::Future;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use backend::Kind;
use crash_points::CrashPoints;
use mutant::Mutant;
use vitrina_test_support::tally::Tally;
use vitrina_test_support::{command, process, random, tally, test_mongo};

/// Histories of an ordinary run.
const SQLITE: u64 = 150;
const MONGODB: u64 = 10;
const SERVERS: u64 = 4;
/// Time after which a history counts as hanging.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Histories within which each mutant must be found.
const MUTANT_HISTORIES: u64 = 300;
/// Events that a long run must cover; otherwise it shows nothing.
const COVERED: [&str; 12] = [
    "bought",
    "bought in part",
    "cancelled",
    "crashes",
    "crashes between calls",
    "expired",
    "key mismatch",
    "price changed",
    "refused",
    "replayed",
    "short",
    "unanswered",
];

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} must be a number, not {text}")),
    )
}

/// Runs a future to its end on a new runtime, within `TIMEOUT`.
fn run<T>(history: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().expect("a runtime");
    let history = async { tokio::time::timeout(TIMEOUT, history).await };
    runtime.block_on(history).expect("the history ends in time")
}

/// Runs histories in parallel. The error is a seed that failed, with the reason.
fn sweep(seeds: &Range<u64>, kind: Kind, mutant: Option<Mutant>) -> Result<Tally, (u64, String)> {
    // On MongoDB a history mostly waits.
    let threads = match kind {
        Kind::Sqlite => 2,
        Kind::SqliteServer => 4,
        Kind::Mongo | Kind::MongoServer => 6,
    };
    let next = AtomicU64::new(seeds.start);
    let thread = || {
        let mut own = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                return Ok(own);
            }
            let history = AssertUnwindSafe(|| run(history::run(seed, kind, mutant)));
            let ended = catch_unwind(history);
            match ended.unwrap_or_else(|_| Err("panicked, see above".into())) {
                Ok(tally) => own.add(tally),
                Err(error) => {
                    next.store(seeds.end, Ordering::Relaxed);
                    return Err((seed, error));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(thread)).collect();
        let mut all = Tally::default();
        for thread in threads {
            all.add(thread.join().expect("no thread panicked")?);
        }
        Ok(all)
    })
}

fn print_summary(holds: bool, crash_points: &CrashPoints) {
    let CrashPoints {
        done,
        not_done,
        longest,
    } = crash_points;
    eprintln!(
        "holds {holds}: done {done}, not done {not_done}; next requests took up to {longest:.0?}"
    );
}

fn check_histories(kind: Kind, ordinary: u64, name: &str) {
    if kind.is_mongodb() && test_mongo::server().is_none() {
        return;
    }
    let seeds = match setting("VITRINA_HISTORIES_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..setting("VITRINA_HISTORIES").unwrap_or(ordinary),
    };
    let (started, count) = (Instant::now(), seeds.end - seeds.start);
    let tally = sweep(&seeds, kind, None).unwrap_or_else(|(seed, error)| {
        panic!(
            "history {seed}: {error}\n\
             VITRINA_HISTORIES_SEED={seed} cargo test --test histories {name} runs only this seed"
        )
    });
    eprintln!(
        "{count} histories {name} in {:.1?}: {tally:?}",
        started.elapsed()
    );
    if count >= SQLITE && !kind.is_server() {
        for event in COVERED {
            assert!(tally.of(event) > 0, "no history covers: {event}");
        }
    }
}

#[test]
fn sales_on_sqlite_are_never_oversold_lost_or_duplicated() {
    check_histories(Kind::Sqlite, SQLITE, "sales_on_sqlite");
}

#[test]
fn sales_on_mongodb_are_never_oversold_lost_or_duplicated() {
    check_histories(Kind::Mongo, MONGODB, "sales_on_mongodb");
}

#[test]
fn kills_of_the_server_on_sqlite_never_oversell_lose_or_duplicate() {
    check_histories(Kind::SqliteServer, SERVERS, "kills_of_the_server_on_sqlite");
}

#[test]
fn kills_of_the_server_on_mongodb_never_oversell_lose_or_duplicate() {
    check_histories(Kind::MongoServer, SERVERS, "kills_of_the_server_on_mongodb");
}

/// A part is a prefix of the commit in 1/256; the longest one may contain all of it.
#[test]
fn purchases_on_sqlite_survive_a_crash_at_every_statement() {
    for holds in [false, true] {
        let parts = (0..=240).step_by(48);
        let crash_points = run(crash_points::crash_everywhere(Kind::Sqlite, parts, holds));
        assert!(
            crash_points.done > 0 && crash_points.not_done > 0,
            "{crash_points:?}"
        );
        print_summary(holds, &crash_points);
    }
}

#[test]
fn purchases_on_mongodb_survive_a_crash_at_every_command() {
    if test_mongo::server().is_none() {
        return;
    }
    for holds in [false, true] {
        let parts = std::iter::empty();
        let crash_points = run(crash_points::crash_everywhere(Kind::Mongo, parts, holds));
        assert!(
            crash_points.done > 0 && crash_points.not_done > 0,
            "{crash_points:?}"
        );
        print_summary(holds, &crash_points);
    }
}

#[test]
fn every_mutant_is_found() {
    let mut missed = Vec::new();
    for mutant in Mutant::ALL {
        match sweep(&(0..MUTANT_HISTORIES), Kind::Sqlite, Some(mutant)) {
            Ok(_) => missed.push(mutant),
            Err((seed, error)) => {
                let unmutated = run(history::run(seed, Kind::Sqlite, None));
                assert!(
                    unmutated.is_ok(),
                    "history {seed} also fails without {mutant:?}"
                );
                let summary = error.lines().take_while(|line| !line.starts_with("start:"));
                eprintln!(
                    "{mutant:?}: history {seed}: {}",
                    summary.collect::<Vec<_>>().join("")
                );
            }
        }
    }
    assert!(
        missed.is_empty(),
        "not found in {MUTANT_HISTORIES} histories: {missed:?}"
    );
}
