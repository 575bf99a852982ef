//! Long runs that show what no short test can: nothing is lost through disconnects, restarts and
//! kills, hostile clients cost little, and thousands of sockets fit.
//!
//! `cargo run --release -p vitrina-soak -- NAME` starts the server as a child process, prints
//! figures and exits with 1 when a check fails. It takes the server from its own target folder, so
//! `cargo build --release` comes first. In an unoptimised build delays are reported but not
//! checked: `cargo test --workspace --bin vitrina-soak -- NAME`.

mod capacity;
mod crowd;
mod disconnects;
mod frames;
mod hostile;
mod mixed_attack;
mod readers;
mod report;
mod rest;
mod shop;
mod stop;
mod test_store;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use tokio::runtime::Builder;
use vitrina_test_support::{Outcome, proc};

use self::report::Report;
use self::test_store::{StoreKind, TestStore};

/// Load tests of a Vitrina server
#[derive(Debug, Parser)]
struct Options {
    /// Which run
    run: Run,
    /// Which store
    #[arg(long, value_enum, default_value_t = StoreKind::Sqlite)]
    store: StoreKind,
    /// The server to test (default: `vitrina` from the same target folder)
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    /// Number of sockets; each run has its own default
    #[arg(long)]
    sockets: Option<usize>,
    /// Duration of the load, for the runs that have one
    #[arg(long)]
    seconds: Option<u64>,
    /// Rounds of `mixed-attack` and `hostile`, with and without attackers
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only the loads of `mixed-attack` whose names contain this
    #[arg(long, default_value = "")]
    only: String,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Run {
    /// Random disconnects, a restart and a kill: nothing is lost, duplicated or out of order
    Disconnects,
    /// Clients that stop reading or announce huge frames, beside healthy ones
    Hostile,
    /// As many sockets as the limit on open files allows
    Crowd,
    /// 5,000 sockets opened as fast as possible
    Ramp,
    /// 1,000 in one chat room, 10 messages a second
    Room,
    /// As `room`, with a hundred admin log-ins at once
    Logins,
    /// 2,000 product sockets, 20 edits a second
    Watchers,
    /// Requests over 64 connections
    Catalogue,
    /// 500 sockets, of which 20 are replaced each second
    Churn,
    /// All attacks at once, beside healthy sockets and requests
    MixedAttack,
    /// SIGTERM with open sockets and running requests
    Stop,
}

impl Run {
    /// The row of the acceptance tests that it covers.
    fn row(self) -> Option<&'static str> {
        match self {
            Self::Hostile => Some("F1"),
            Self::Stop => Some("F3"),
            Self::Disconnects => Some("F5"),
            Self::Ramp => Some("L1"),
            Self::Room => Some("L2"),
            Self::Watchers => Some("L3"),
            Self::Catalogue => Some("L4"),
            Self::Churn => Some("L5"),
            Self::Logins => Some("L7"),
            Self::Crowd | Self::MixedAttack => None,
        }
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    match try_run(&options) {
        Ok(report) => report.end(),
        Err(error) => {
            eprintln!("soak: {error}");
            let causes = std::iter::successors(error.source(), |cause| (*cause).source());
            causes.for_each(|cause| eprintln!("  because: {cause}"));
            ExitCode::FAILURE
        }
    }
}

fn try_run(options: &Options) -> Outcome<Report> {
    proc::raise_file_limit()?;
    let program = match &options.program {
        Some(program) => program.clone(),
        None => built_program()?,
    };
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let title = format!("{:?} on {:?}", options.run, options.store);
    let mut report = Report::new(&title, options.run.row());
    let mut new_store = || TestStore::new(options.store, &program);
    runtime.block_on(perform(options, &mut new_store, &mut report))?;
    // Sockets that are still open would keep their tasks.
    runtime.shutdown_background();
    Ok(report)
}

/// The server that Cargo built beside this program.
fn built_program() -> Outcome<PathBuf> {
    let own = std::env::current_exe()?;
    // `cargo test` puts this program into `deps`.
    let folders = own.ancestors().skip(1).take(2);
    let found = folders
        .map(|folder| folder.join("vitrina"))
        .find(|program| program.is_file());
    let build = match cfg!(debug_assertions) {
        true => "cargo test --workspace --no-run",
        false => "cargo build --release",
    };
    Ok(found.ok_or_else(|| format!("no server: run `{build}`, or name one with --program"))?)
}

async fn perform(
    options: &Options,
    new_store: &mut impl FnMut() -> Outcome<TestStore>,
    report: &mut Report,
) -> Outcome<()> {
    let sockets = |default: usize| options.sockets.unwrap_or(default);
    let seconds = |default: u64| options.seconds.unwrap_or(default);
    let time = |default: u64| Duration::from_secs(seconds(default));
    match options.run {
        Run::Disconnects => {
            let plan = disconnects::Plan::new(sockets(1_000), seconds(60), options.seed);
            disconnects::run(&new_store()?, plan, report).await
        }
        Run::Hostile => {
            let plan = hostile::Plan::new(sockets(1_000), seconds(25), options.rounds);
            hostile::run(new_store, plan, report).await
        }
        Run::Crowd => crowd::run(&new_store()?, sockets(15_000), report).await,
        Run::Ramp => capacity::ramp(&new_store()?, sockets(5_000), report).await,
        Run::Room | Run::Logins => {
            let with_logins = matches!(options.run, Run::Logins);
            let (store, members) = (new_store()?, sockets(1_000));
            capacity::room(&store, members, time(60), with_logins, report).await
        }
        Run::Watchers => capacity::watchers(&new_store()?, sockets(2_000), time(30), report).await,
        Run::Catalogue => capacity::catalogue(&new_store()?, sockets(64), time(30), report).await,
        Run::Churn => capacity::churn(&new_store()?, sockets(500), time(600), report).await,
        Run::MixedAttack => {
            let plan = mixed_attack::Plan {
                sockets: sockets(5_000),
                time: time(20),
                rounds: options.rounds,
                only: &options.only,
            };
            mixed_attack::run(new_store, plan, report).await
        }
        Run::Stop => stop::run(&new_store()?, sockets(1_000), report).await,
    }
}
