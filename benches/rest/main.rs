//! What a request costs the server, next to what it costs a bare actix-web in the same run.
//!
//! `cargo bench --bench rest` starts the floor and the shops as processes of their own, seeds them
//! over their public API, and asks them in interleaved rounds. Load and servers share one CPU: then
//! the CPU time of a request does not depend on how far apart two of them lie, and figures of
//! one run can be compared. It takes time and asserts none; every answer is checked.

mod catalogue;
mod command;
mod floor;
mod http;
mod load;
mod machine;
mod mongo;
mod page;
mod process;
mod report;
mod requests;
mod rounds;
mod shop;
mod startup;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use actix_web::rt::System;
use clap::Parser;

use self::mongo::Server;
use self::process::Program;
use self::report::Report;
use self::rounds::Case;
use self::shop::{Place, Shop};

/// What every step of the bench returns.
type Outcome<T> = Result<T, Box<dyn Error>>;

/// The program that is measured, in the profile of this bench.
const VITRINA: &str = env!("CARGO_BIN_EXE_vitrina");

/// Rounds of a run that is worth writing down.
const ROUNDS: usize = 5;

/// CPU per request, next to a bare actix-web
#[derive(Debug, Parser)]
struct Options {
    /// How often each request is measured; nothing is written unless it is often enough
    #[arg(long, default_value_t = ROUNDS)]
    rounds: usize,
    /// How long one measurement takes
    #[arg(long, default_value_t = 2.0, value_name = "SECONDS")]
    seconds: f64,
    /// Connections that ask at the same time
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// The CPU for all; the last one that is allowed when it is left out
    #[arg(long)]
    cpu: Option<usize>,
    /// Another build of vitrina, measured in the same rounds; nothing is written then
    #[arg(long, value_name = "PATH")]
    against: Option<PathBuf>,
    /// Only requests and servers whose name has this text; nothing is written then
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// What cargo says to a bench
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    fn wants(&self, case: &Case<'_>) -> bool {
        let has = |only: &String| format!("{} {}", case.request, case.server).contains(only);
        self.only.as_ref().is_none_or(has)
    }

    fn is_whole(&self) -> bool {
        self.against.is_none() && self.only.is_none() && self.rounds >= ROUNDS
    }
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(floor::ARGUMENT) {
        return floor::serve();
    }
    let options = Options::parse();
    if !options.bench {
        eprintln!("this takes minutes: run it with `cargo bench --bench rest`");
        return ExitCode::SUCCESS;
    }
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rest: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Outcome<()> {
    // Dropped from the last to the first: programs end before what they work on goes.
    let system = System::new();
    let place = Place::sqlite()?;
    // With all CPUs and as many workers as there are, as a person starts it.
    let start = startup::measure(&system, &place)?;
    machine::pin(options.cpu)?;
    let server = Server::find()?;
    let floor = Program::start(&mut floor::command()?)?;
    let mut shops = start_shops("", Path::new(VITRINA), place, &server)?;
    if let Some(other) = &options.against {
        shops.extend(start_shops("other ", other, Place::sqlite()?, &server)?);
    }

    let mut cases = vec![Case::new(
        "GET /ping",
        "bare actix-web",
        &floor,
        requests::ping(),
    )];
    for shop in &shops {
        let store = shop.is_on_mongodb().then_some(server.pid).flatten();
        let asked = system.block_on(shop.requests())?;
        let asked = asked.into_iter().map(|(name, request)| {
            Case::new(name, &shop.name, &shop.program, request).with_store(store)
        });
        cases.extend(asked.filter(|case| options.wants(case)));
    }
    let time = Duration::from_secs_f64(options.seconds);
    let rounds = rounds::run(&mut cases, options.rounds, options.connections, time);
    let report = Report {
        others: system.block_on(rounds)?,
        cases: &cases,
        start: &start,
        options,
    };
    report.print()?;
    if options.is_whole() {
        report.write()?;
    }
    shops.into_iter().try_for_each(|shop| shop.stop(&system))
}

/// One build's shops: on each store one that is read and one that is written to.
fn start_shops(prefix: &str, binary: &Path, place: Place, server: &Server) -> Outcome<Vec<Shop>> {
    let sqlite = format!("{prefix}SQLite");
    let mongodb = format!("{prefix}MongoDB");
    let database =
        |name: &str| Place::mongodb(server.database(&format!("{}{name}", prefix.trim())));
    Ok(vec![
        Shop::reading(&sqlite, binary, place)?,
        Shop::writing(&sqlite, binary, Place::sqlite()?)?,
        Shop::reading(&mongodb, binary, database("read")?)?,
        Shop::writing(&mongodb, binary, database("written")?)?,
    ])
}
