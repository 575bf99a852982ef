//! What one delivery costs: Vitrina's sinks, the bare epoll floor and peers, in one interleaved run
//! on one processor. `cargo bench --bench fanout -- --help` says how to use it.

mod candidate;
mod central;
mod client;
mod crowd;
mod dialect;
mod floor;
mod load;
mod options;
mod plan;
mod plot;
mod process;
mod report;
mod single;
mod stats;
mod story;
mod wire;

use std::io;
use std::process::ExitCode;

use crate::options::Options;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = match words.as_slice() {
        ["leash", ..] => Err(process::leash(&arguments[1..])),
        ["serve", what] => serve(what),
        _ => run(&arguments),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fanout: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(what: &str) -> io::Result<()> {
    match what {
        "floor" => floor::serve(floor::Sends::Single),
        "floor-joined" => floor::serve(floor::Sends::Joined),
        "central" => central::serve(),
        _ => Err(io::Error::other("nothing of that name can be served")),
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
