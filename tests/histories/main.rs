//! Selling without overselling, as random histories on both stores.
//!
//! A seed decides what a small shop is asked: purchases, whole and partial, by several buyers at once,
//! retries with the same key, other requests with it, edits of stock and price, deletions, cancellations,
//! in every third shop also holds and their ends; and when the program dies: before and after any
//! statement, in the midst of a commit, or between requests. The model (`model.rs`) knows only requests
//! and answers. After each handful of parallel requests, and after each crash, the whole shop is read, and
//! there must be an order of the requests in which the model gives the very answers and ends as that shop;
//! a request that was not answered is in it whole, or not at all. So no unit is oversold, kept for nobody or
//! lost, no order is there without its units, twice, or with another content than was acknowledged.
//! `plant.rs` lists the bugs that must each be found.
//!
//! The same histories run against the program itself, over HTTP, where a crash is `kill -9`; there only what
//! takes an idempotency key has one, and time cannot be let go by.
//!
//! A seed that fails is printed, with all that happened and how to run it again:
//!
//! ```text
//! VITRINA_HISTORIES_SEED=8572 cargo test --test histories on_sqlite_nothing                that seed alone
//! VITRINA_HISTORIES=10000 cargo test --test histories on_sqlite_nothing -- --nocapture    a long run
//! VITRINA_HISTORIES=1000 scripts/mongod run cargo test --test histories on_mongodb_nothing -- --nocapture
//! ```

mod axe;
#[path = "../../benches/rest/command.rs"]
mod command;
mod ground;
mod history;
mod model;
mod photo;
mod plan;
mod plant;
mod planted;
#[allow(dead_code, reason = "the benches use the rest of it")]
#[path = "../../benches/rest/process.rs"]
mod process;
mod proxy;
#[path = "../simulation/random.rs"]
mod random;
mod request;
mod search;
mod site;
mod steps;
#[path = "../simulation/tally.rs"]
mod tally;
mod till;

use std::error::Error;
use std::future::Future;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ground::Kind;
use plant::Plant;
use steps::Deaths;
use tally::Tally;

/// Histories of an ordinary run.
const SQLITE: u64 = 150;
const MONGODB: u64 = 10;
const PROGRAMS: u64 = 4;
/// A history that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);
/// Histories in which a planted bug must be found.
const PLANTED: u64 = 300;
/// What a long enough run must come by, or it proves nothing.
const REACHED: [&str; 12] = [
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

/// What starting and stopping a program returns.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {text}")),
    )
}

/// Runs what must end on a runtime of its own.
fn run<T>(history: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().expect("a runtime");
    let history = async { tokio::time::timeout(PATIENCE, history).await };
    runtime.block_on(history).expect("it ends")
}

/// Runs histories, several at a time. An error is a seed that failed, and why.
fn sweep(seeds: &Range<u64>, kind: Kind, plant: Option<Plant>) -> Result<Tally, (u64, String)> {
    // On MongoDB a history waits more than it works.
    let lanes = match kind {
        Kind::Sqlite => 2,
        Kind::SqliteProgram => 4,
        Kind::Mongo | Kind::MongoProgram => 6,
    };
    let next = AtomicU64::new(seeds.start);
    let lane = || {
        let mut own = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                return Ok(own);
            }
            let history = AssertUnwindSafe(|| run(history::run(seed, kind, plant)));
            let ended = catch_unwind(history);
            match ended.unwrap_or_else(|_| Err("it panics, see above".into())) {
                Ok(tally) => own.add(tally),
                Err(complaint) => {
                    next.store(seeds.end, Ordering::Relaxed);
                    return Err((seed, complaint));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes).map(|_| scope.spawn(lane)).collect();
        let mut all = Tally::default();
        for lane in lanes {
            all.add(lane.join().expect("a lane that ends")?);
        }
        Ok(all)
    })
}

fn tell(holds: bool, deaths: &Deaths) {
    let Deaths {
        done,
        not_done,
        longest,
    } = deaths;
    eprintln!(
        "holds {holds}: done {done}, not done {not_done}; who came next waited {longest:.0?} at most"
    );
}

fn prove(kind: Kind, ordinary: u64, name: &str) {
    let alone = setting("VITRINA_HISTORIES_SEED");
    let seeds = match alone {
        Some(seed) => seed..seed + 1,
        None => 0..setting("VITRINA_HISTORIES").unwrap_or(ordinary),
    };
    let (started, count) = (Instant::now(), seeds.end - seeds.start);
    let tally = sweep(&seeds, kind, None).unwrap_or_else(|(seed, complaint)| {
        panic!(
            "history {seed}: {complaint}\n\
             VITRINA_HISTORIES_SEED={seed} cargo test --test histories {name} runs it alone"
        )
    });
    eprintln!(
        "{count} histories {name} in {:.1?}: {tally:?}",
        started.elapsed()
    );
    if count >= SQLITE && !kind.is_program() {
        for what in REACHED {
            assert!(tally.of(what) > 0, "no history came by: {what}");
        }
    }
}

#[test]
fn on_sqlite_nothing_is_oversold_lost_or_doubled() {
    prove(Kind::Sqlite, SQLITE, "on_sqlite_nothing");
}

#[test]
fn on_mongodb_nothing_is_oversold_lost_or_doubled() {
    prove(Kind::Mongo, MONGODB, "on_mongodb_nothing");
}

#[test]
fn on_sqlite_no_kill_of_the_program_oversells_loses_or_doubles() {
    prove(Kind::SqliteProgram, PROGRAMS, "on_sqlite_no_kill");
}

#[test]
fn on_mongodb_no_kill_of_the_program_oversells_loses_or_doubles() {
    prove(Kind::MongoProgram, PROGRAMS, "on_mongodb_no_kill");
}

/// A part is the commit's first bytes, in 1/256: at the last of them it may be whole.
#[test]
fn on_sqlite_a_purchase_may_die_at_every_statement() {
    for holds in [false, true] {
        let parts = (0..=240).step_by(48);
        let deaths = run(steps::die_everywhere(Kind::Sqlite, parts, holds));
        assert!(deaths.done > 0 && deaths.not_done > 0, "{deaths:?}");
        tell(holds, &deaths);
    }
}

#[test]
fn on_mongodb_a_purchase_may_die_at_every_command() {
    for holds in [false, true] {
        let parts = std::iter::empty();
        let deaths = run(steps::die_everywhere(Kind::Mongo, parts, holds));
        assert!(deaths.done > 0 && deaths.not_done > 0, "{deaths:?}");
        tell(holds, &deaths);
    }
}

#[test]
fn every_planted_bug_is_found() {
    let mut missed = Vec::new();
    for plant in Plant::ALL {
        match sweep(&(0..PLANTED), Kind::Sqlite, Some(plant)) {
            Ok(_) => missed.push(plant),
            Err((seed, complaint)) => {
                let without = run(history::run(seed, Kind::Sqlite, None));
                assert!(
                    without.is_ok(),
                    "history {seed} fails without {plant:?} too"
                );
                let told = complaint
                    .lines()
                    .take_while(|line| !line.starts_with("begins"));
                eprintln!(
                    "{plant:?}: history {seed}: {}",
                    told.collect::<Vec<_>>().join("")
                );
            }
        }
    }
    assert!(
        missed.is_empty(),
        "not found in {PLANTED} histories: {missed:?}"
    );
}
