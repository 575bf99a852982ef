//! Long runs that prove what no short test can: that nothing is lost over cuts, restarts and kills,
//! that peers who misbehave cost little, how much a crowd costs, and that a stop is a good end.
//!
//! `cargo bench --bench soak -- NAME` starts the shop as a process of its own, prints figures, and
//! ends with status 1 when a promise was broken. Delays are told and only those are asserted that the
//! contract names. `cargo test --bench soak -- NAME` does the same with an unoptimised program, whose delays are only told.

#[path = "../rest/command.rs"]
mod command;
mod crowd;
mod cuts;
#[path = "../../tests/battery/figure.rs"]
mod figure;
mod figures;
mod frames;
mod held;
mod hostile;
mod machine;
#[path = "../rest/mongo.rs"]
mod mongo;
mod place;
mod random;
mod rest;
mod shop;
mod siege;
mod socket;
mod stop;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use tokio::runtime::Builder;

use self::figures::Report;
use self::place::{Place, StoreKind};

/// What every step of a run returns.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The program that is tried, in the profile of this bench.
const VITRINA: &str = env!("CARGO_BIN_EXE_vitrina");

/// Long runs
#[derive(Debug, Parser)]
struct Options {
    /// Which run
    run: Option<Run>,
    /// Which store
    #[arg(long, value_enum, default_value_t = StoreKind::Sqlite)]
    store: StoreKind,
    /// Sockets; each run has its own default
    #[arg(long)]
    sockets: Option<usize>,
    /// How long writers write, for the runs that have writers
    #[arg(long)]
    seconds: Option<u64>,
    /// Rounds of `siege` and `hostile`, with and without their loads
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Of the loads of `siege`, those alone whose names hold this
    #[arg(long, default_value = "")]
    only: String,
    /// What decides everything that is left to chance
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What cargo says to a bench
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Run {
    /// Sockets that are cut, a restart and a kill: nothing is lost, doubled or out of order
    Cuts,
    /// Peers that stop reading or announce huge frames, beside healthy ones
    Hostile,
    /// As many sockets as the limit on open files allows
    Crowd,
    /// 5,000 sockets as fast as they come
    Ramp,
    /// 1,000 in one room, 10 messages a second
    Room,
    /// The same, while a hundred log in as the admin at once
    Logins,
    /// 2,000 watchers of the products, 20 edits a second
    Watchers,
    /// Requests over 64 connections
    Catalogue,
    /// 500 sockets, of which 20 go and 20 come each second
    Comings,
    /// Every hostile load at once, beside healthy sockets and requests
    Siege,
    /// SIGTERM among sockets and running requests
    Stop,
}

impl Run {
    /// Which row of the battery it answers for.
    fn row(self) -> Option<&'static str> {
        match self {
            Self::Hostile => Some("F1"),
            Self::Stop => Some("F3"),
            Self::Cuts => Some("F5"),
            Self::Ramp => Some("L1"),
            Self::Room => Some("L2"),
            Self::Watchers => Some("L3"),
            Self::Catalogue => Some("L4"),
            Self::Comings => Some("L5"),
            Self::Logins => Some("L7"),
            Self::Crowd | Self::Siege => None,
        }
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let Some(run) = options.run else {
        eprintln!("this takes minutes: run it with `cargo bench --bench soak -- NAME`");
        return ExitCode::SUCCESS;
    };
    match try_run(run, &options) {
        Ok(report) => report.end(),
        Err(error) => {
            eprintln!("soak: {error}");
            let causes = std::iter::successors(error.source(), |cause| (*cause).source());
            causes.for_each(|cause| eprintln!("  because: {cause}"));
            ExitCode::FAILURE
        }
    }
}

fn try_run(run: Run, options: &Options) -> Outcome<Report> {
    machine::raise_file_limit()?;
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let seconds = |default: u64| options.seconds.unwrap_or(default);
    let sockets = |default: usize| options.sockets.unwrap_or(default);
    let title = format!("{run:?} on {:?}", options.store);
    let mut report = Report::new(&title, run.row());
    let mut place = || Place::new(options.store);
    match run {
        Run::Cuts => {
            let plan = cuts::Plan::new(sockets(1_000), seconds(60), options.seed);
            runtime.block_on(cuts::run(&place()?, plan, &mut report))?;
        }
        Run::Hostile => {
            let plan = hostile::Plan::new(sockets(1_000), seconds(25), options.rounds);
            runtime.block_on(hostile::run(&mut place, plan, &mut report))?;
        }
        Run::Crowd => {
            runtime.block_on(crowd::run(&place()?, sockets(15_000), &mut report))?;
        }
        Run::Ramp => {
            runtime.block_on(held::ramp(&place()?, sockets(5_000), &mut report))?;
        }
        Run::Room | Run::Logins => {
            let (members, time) = (sockets(1_000), Duration::from_secs(seconds(60)));
            let with_logins = matches!(run, Run::Logins);
            runtime.block_on(held::room(
                &place()?,
                members,
                time,
                with_logins,
                &mut report,
            ))?;
        }
        Run::Watchers => {
            let (count, time) = (sockets(2_000), Duration::from_secs(seconds(30)));
            runtime.block_on(held::watchers(&place()?, count, time, &mut report))?;
        }
        Run::Catalogue => {
            let (count, time) = (sockets(64), Duration::from_secs(seconds(30)));
            runtime.block_on(held::catalogue(&place()?, count, time, &mut report))?;
        }
        Run::Comings => {
            let (count, time) = (sockets(500), Duration::from_secs(seconds(600)));
            runtime.block_on(held::comings(&place()?, count, time, &mut report))?;
        }
        Run::Siege => {
            let (sockets, time) = (sockets(5_000), Duration::from_secs(seconds(20)));
            let plan = siege::Plan {
                sockets,
                time,
                rounds: options.rounds,
                only: &options.only,
            };
            runtime.block_on(siege::run(&mut place, plan, &mut report))?;
        }
        Run::Stop => {
            runtime.block_on(stop::run(&place()?, sockets(1_000), &mut report))?;
        }
    }
    // Sockets that are still open must not outlive what they read.
    runtime.shutdown_background();
    Ok(report)
}
