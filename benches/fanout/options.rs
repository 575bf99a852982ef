//! The command line.

use std::io;
use std::time::Duration;

use crate::candidate::Candidate;

pub(crate) const HELP: &str = "\
Usage: cargo bench --bench fanout -- [OPTION...]
Without options it measures everything and writes docs/bench-fanout.md and .svg.
  --quick             N = 1000 and two rounds only; writes nothing
  --rounds N          interleaved rounds (5; servers on Node: at most 3); fewer write nothing
  --sizes N,N         numbers of sockets (100,1000,5000); writes nothing
  --only WORD,WORD    of baseline,baseline-batched,direct,response,central,ws,socket.io; writes nothing
  --parts WORD,WORD   of rounds,stalled,many,chat; writes nothing
  --cpu N             the CPU that servers and load share (1)
  --seconds N         duration of each measurement (1); writes nothing
";

/// Rounds of a whole run.
const ROUNDS: usize = 5;
/// The parts of a whole run.
const PARTS: [&str; 4] = ["rounds", "stalled", "many", "chat"];

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) help: bool,
    pub(crate) rounds: usize,
    pub(crate) sizes: Vec<usize>,
    pub(crate) only: Vec<Candidate>,
    parts: Vec<String>,
    pub(crate) cpu: usize,
    pub(crate) time: Duration,
    /// Whether the figures are written: only those of a complete run.
    pub(crate) write: bool,
}

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> io::Result<Self> {
        let mut options = Self {
            help: false,
            rounds: ROUNDS,
            sizes: vec![100, 1000, 5000],
            only: Candidate::ALL.to_vec(),
            parts: PARTS.map(str::to_owned).to_vec(),
            cpu: 1,
            time: Duration::from_secs(1),
            write: true,
        };
        let mut arguments = arguments.iter().map(String::as_str);
        while let Some(flag) = arguments.next() {
            let mut value = || {
                let value = arguments.next();
                value.ok_or_else(|| io::Error::other(format!("{flag} needs a value")))
            };
            match flag {
                // Passed by `cargo bench`.
                "--bench" => {}
                "--help" => options.help = true,
                "--quick" => {
                    options.rounds = 2;
                    options.sizes = vec![1000];
                    options.parts = vec!["rounds".to_owned()];
                }
                "--rounds" => options.rounds = number(value()?)?,
                "--sizes" => options.sizes = list(value()?, number)?,
                "--only" => options.only = list(value()?, candidate)?,
                "--parts" => options.parts = list(value()?, part)?,
                "--cpu" => options.cpu = number(value()?)?,
                "--seconds" => options.time = seconds(value()?)?,
                _ => return Err(io::Error::other(format!("{flag} is unknown; see --help"))),
            }
            if ["--quick", "--sizes", "--only", "--parts", "--seconds"].contains(&flag) {
                options.write = false;
            }
        }
        options.write &= options.rounds >= ROUNDS;
        Ok(options)
    }

    pub(crate) fn has(&self, part: &str) -> bool {
        self.parts.iter().any(|known| known == part)
    }
}

fn number(text: &str) -> io::Result<usize> {
    text.parse()
        .map_err(|_| io::Error::other(format!("{text} is not a number")))
}

fn seconds(text: &str) -> io::Result<Duration> {
    let seconds = text
        .parse()
        .ok()
        .and_then(|s| Duration::try_from_secs_f64(s).ok());
    seconds.ok_or_else(|| io::Error::other(format!("{text} is not a number of seconds")))
}

fn candidate(name: &str) -> io::Result<Candidate> {
    let known = Candidate::ALL
        .into_iter()
        .find(|known| known.name() == name);
    known.ok_or_else(|| io::Error::other(format!("unknown server {name}")))
}

fn part(name: &str) -> io::Result<String> {
    match PARTS.contains(&name) {
        true => Ok(name.to_owned()),
        false => Err(io::Error::other(format!("unknown part {name}"))),
    }
}

fn list<T>(text: &str, read: impl Fn(&str) -> io::Result<T>) -> io::Result<Vec<T>> {
    text.split(',').map(read).collect()
}
