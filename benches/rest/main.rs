//! What a request costs the server, compared with a bare actix-web server in the same run.
//!
//! `cargo bench --bench rest` starts the baseline and the shops as child processes, fills them over
//! their public API, and sends them requests in interleaved rounds. Load and servers share one CPU:
//! the CPU time of a request then does not depend on which core runs what, and the figures of one
//! run are comparable. Times are reported, not asserted; every response is checked.

mod baseline;
mod catalogue;
mod load;
mod report;
mod requests;
mod rounds;
mod shop;
mod startup;
mod test_store;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use actix_web::rt::System;
use clap::Parser;
use vitrina_test_support::mongo::Server;
use vitrina_test_support::process::Program;
use vitrina_test_support::{Outcome, machine};

use self::report::Report;
use self::rounds::Case;
use self::shop::Shop;
use self::test_store::TestStore;

/// The server, built in the profile of this bench.
const VITRINA: &str = env!("CARGO_BIN_EXE_vitrina");

/// Rounds of a run whose figures are written to the page.
const ROUNDS: usize = 5;

/// CPU time per request, compared with a bare actix-web server
#[derive(Debug, Parser)]
struct Options {
    /// How often each request is measured; with fewer rounds nothing is written
    #[arg(long, default_value_t = ROUNDS)]
    rounds: usize,
    /// Duration of one measurement
    #[arg(long, default_value_t = 2.0, value_name = "SECONDS")]
    seconds: f64,
    /// Concurrent connections
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// The CPU that everything runs on (default: the last allowed one)
    #[arg(long)]
    cpu: Option<usize>,
    /// Another build of vitrina, measured in the same rounds; writes nothing
    #[arg(long, value_name = "PATH")]
    against: Option<PathBuf>,
    /// Only requests and servers whose name contains this text; writes nothing
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Passed by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    fn selects(&self, case: &Case<'_>) -> bool {
        let matches = |only: &String| format!("{} {}", case.request, case.server).contains(only);
        self.only.as_ref().is_none_or(matches)
    }

    fn is_complete(&self) -> bool {
        self.against.is_none() && self.only.is_none() && self.rounds >= ROUNDS
    }
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(baseline::ARGUMENT) {
        return baseline::serve();
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
    // Dropped from the last to the first: programs end before their data is deleted.
    let system = System::new();
    let store = TestStore::sqlite()?;
    // Before pinning: with all CPUs and the default number of workers.
    let start = startup::measure(&system, &store)?;
    machine::pin(options.cpu)?;
    let server = Server::find()?;
    let baseline = Program::start(&mut baseline::command()?)?;
    let mut shops = start_shops("", Path::new(VITRINA), store, &server)?;
    if let Some(other) = &options.against {
        shops.extend(start_shops("other ", other, TestStore::sqlite()?, &server)?);
    }

    let mut cases = vec![Case::new(
        "GET /ping",
        "bare actix-web",
        &baseline,
        requests::ping(),
    )];
    for shop in &shops {
        let store = shop.is_on_mongodb().then_some(server.pid).flatten();
        let requests = system.block_on(shop.requests())?;
        let all = requests.into_iter().map(|(name, request)| {
            Case::new(name, &shop.name, &shop.program, request).with_store(store)
        });
        cases.extend(all.filter(|case| options.selects(case)));
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
    if options.is_complete() {
        report.write()?;
    }
    shops.into_iter().try_for_each(|shop| shop.stop(&system))
}

/// Shops of one build: on each store one for reads and one for writes.
fn start_shops(
    prefix: &str,
    binary: &Path,
    store: TestStore,
    server: &Server,
) -> Outcome<Vec<Shop>> {
    let sqlite = format!("{prefix}SQLite");
    let mongodb = format!("{prefix}MongoDB");
    let database =
        |name: &str| TestStore::mongodb(server.database(&format!("{}{name}", prefix.trim())));
    Ok(vec![
        Shop::for_reads(&sqlite, binary, store)?,
        Shop::for_writes(&sqlite, binary, TestStore::sqlite()?)?,
        Shop::for_reads(&mongodb, binary, database("read")?)?,
        Shop::for_writes(&mongodb, binary, database("written")?)?,
    ])
}
