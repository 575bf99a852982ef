//! The real program, as a process of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::command::without_settings;
use crate::place::Place;

/// What the log line says before the address.
const LISTENING: &str = "listening on http://";
/// How long an end or a refused start may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// A start that takes longer hangs: drawing the demo's pictures is slow in an unoptimised build.
const START: Duration = Duration::from_secs(60);

/// A running program; killed when dropped.
pub(crate) struct Program {
    pid: u32,
    address: SocketAddr,
    /// What it has said up to the line that names its address.
    pub(crate) greeting: Vec<String>,
    /// What it says later; taken as it comes, so that the pipe is never full.
    lines: Receiver<String>,
    status: Receiver<ExitStatus>,
    ended: Option<ExitStatus>,
}

/// The program in a folder, with no settings but those given.
pub(crate) fn vitrina(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = without_settings(env!("CARGO_BIN_EXE_vitrina"));
    command.current_dir(folder).args(arguments);
    command
}

/// What a program says that ends by itself, in time.
pub(crate) fn output_of(command: Command) -> Output {
    let mut command = assert_cmd::Command::from_std(command);
    command.timeout(PATIENCE).output().expect("an output")
}

/// The arguments for a place and any free port.
pub(crate) fn arguments_of(place: &Place) -> Vec<String> {
    let uploads = place.uploads().display().to_string();
    let store = place.store();
    [
        "--listen",
        "127.0.0.1:0",
        "--store",
        &store,
        "--uploads",
        &uploads,
    ]
    .map(str::to_owned)
    .to_vec()
}

impl Program {
    /// Starts it over the data of a place, with more arguments than that needs.
    pub(crate) fn start(place: &Place, more: &[&str]) -> Self {
        let own = arguments_of(place);
        let arguments: Vec<_> = own
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied())
            .collect();
        Self::run(vitrina(place.folder(), &arguments))
    }

    /// Runs a command and waits until it listens.
    pub(crate) fn run(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("a process");
        let lines = lines_of(&mut child);
        let (pid, status) = (child.id(), status_of(child));
        let mut greeting = Vec::new();
        let address = loop {
            let line = lines
                .recv_timeout(START)
                .unwrap_or_else(|error| panic!("{error}: {greeting:#?}"));
            greeting.push(line.clone());
            if let Some((_, rest)) = line.split_once(LISTENING) {
                let end = rest.find(|c: char| !c.is_ascii_digit() && !".:[]".contains(c));
                break rest[..end.unwrap_or(rest.len())]
                    .parse()
                    .expect("an address");
            }
        };
        Self {
            pid,
            address,
            greeting,
            lines,
            status,
            ended: None,
        }
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a signal: `TERM`, `INT` or `KILL`.
    pub(crate) fn signal(&self, name: &str) {
        kill(self.pid, name);
    }

    /// What it has said since it listens, up to its end, which must have come.
    pub(crate) fn said(&self) -> Vec<String> {
        assert!(self.ended.is_some(), "it has ended");
        self.lines.iter().collect()
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let ended = self.status.recv_timeout(PATIENCE).expect("an end in time");
        self.ended = Some(ended);
        ended
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Until its status was asked for, the number is its own.
        if self.ended.is_none() && self.status.try_recv().is_err() {
            self.signal("KILL");
            let _ = self.status.recv_timeout(PATIENCE);
        }
    }
}

/// A line of a process's status, in kB: `VmRSS:` is what it holds, `VmHWM:` the most that it held.
pub(crate) fn status(pid: u32, name: &str) -> i64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix(name)).expect(name);
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

/// Sends a signal to a process.
pub(crate) fn kill(pid: u32, signal: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &pid.to_string()])
        .status();
    assert!(
        sent.expect("the kill program").success(),
        "no process {pid}"
    );
}

/// Its lines on stderr, as they come.
fn lines_of(child: &mut Child) -> Receiver<String> {
    let (told, lines) = channel();
    let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    std::thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok) {
            if told.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn status_of(mut child: Child) -> Receiver<ExitStatus> {
    let (told, status) = channel();
    std::thread::spawn(move || {
        // Nobody may be left to hear it.
        let _ = told.send(child.wait().expect("a status"));
    });
    status
}
