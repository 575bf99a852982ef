//! What one delivery costs: Vitrina's sinks, a bare epoll baseline and other servers, in one
//! interleaved run on one CPU. `cargo bench --bench fanout -- --help` lists the options.

mod baseline;
mod candidate;
mod central;
mod client;
mod clients;
mod extra_cases;
mod load;
mod options;
mod plan;
mod plot;
mod process;
mod report;
mod server_protocol;
mod stats;
mod transcript;
mod wire;

use std::io;
use std::process::ExitCode;

use crate::options::Options;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match names.as_slice() {
        ["exec-bound", ..] => Err(process::exec_bound(&arguments[1..])),
        ["serve", name] => serve(name),
        _ => run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fanout: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(name: &str) -> io::Result<()> {
    match name {
        "baseline" => baseline::serve(baseline::Sends::Single),
        "baseline-batched" => baseline::serve(baseline::Sends::Batched),
        "central" => central::serve(),
        _ => Err(io::Error::other(format!("unknown server {name}"))),
    }
}

fn run(arguments: &[String]) -> io::Result<()> {
    let options = Options::parse(arguments)?;
    if options.help {
        eprint!("{}", options::HELP);
        return Ok(());
    }
    let results = plan::run(&options)?;
    report::print(&results);
    if options.write {
        report::write(&results)?;
        plot::write(&results)?;
    }
    Ok(())
}
