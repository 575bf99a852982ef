//! The real program, as a process.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::command::without_settings;
use crate::test_store::TestStore;

/// The log line before the address.
const LISTENING: &str = "listening on http://";
/// Limit of a stop and of a refused start.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A start that takes longer hangs; it is long because an unoptimised build is slow with the demo's
/// images.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A running program; killed when dropped.
pub(crate) struct Program {
    pid: u32,
    address: SocketAddr,
    /// Its log lines up to the one with its address.
    pub(crate) startup_lines: Vec<String>,
    /// Its later log lines, read as they come so that the pipe never fills up.
    lines: Receiver<String>,
    status: Receiver<ExitStatus>,
    ended: Option<ExitStatus>,
}

/// The program in a folder, with only the given settings.
pub(crate) fn vitrina(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = without_settings(env!("CARGO_BIN_EXE_vitrina"));
    command.current_dir(folder).args(arguments);
    command
}

/// The output of a program that ends by itself, in time.
pub(crate) fn output_of(command: Command) -> Output {
    let mut command = assert_cmd::Command::from_std(command);
    command.timeout(TIMEOUT).output().expect("an output")
}

/// The arguments for a store and any free port.
pub(crate) fn arguments_of(store: &TestStore) -> Vec<String> {
    let uploads = store.uploads().display().to_string();
    let url = store.url();
    [
        "--listen",
        "127.0.0.1:0",
        "--store",
        &url,
        "--uploads",
        &uploads,
    ]
    .map(str::to_owned)
    .to_vec()
}

impl Program {
    /// Starts it on a store, with more arguments.
    pub(crate) fn start(store: &TestStore, more: &[&str]) -> Self {
        let common = arguments_of(store);
        let arguments: Vec<_> = common
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied())
            .collect();
        Self::run(vitrina(store.folder(), &arguments))
    }

    /// Runs a command and waits until it listens.
    pub(crate) fn run(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("a process");
        let lines = lines_of(&mut child);
        let (pid, status) = (child.id(), status_of(child));
        let mut startup_lines = Vec::new();
        let address = loop {
            let line = lines
                .recv_timeout(START_TIMEOUT)
                .unwrap_or_else(|error| panic!("{error}: {startup_lines:#?}"));
            startup_lines.push(line.clone());
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
            startup_lines,
            lines,
            status,
            ended: None,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a signal: `TERM`, `INT` or `KILL`.
    pub(crate) fn signal(&self, name: &str) {
        kill(self.pid, name);
    }

    /// Its log lines since it listened; it must have ended.
    pub(crate) fn log_lines(&self) -> Vec<String> {
        assert!(self.ended.is_some(), "it is still running");
        self.lines.iter().collect()
    }

    /// Waits until it ends.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let ended = self.status.recv_timeout(TIMEOUT).expect("an end in time");
        self.ended = Some(ended);
        ended
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Until its status has been read, the process id cannot be reused.
        if self.ended.is_none() && self.status.try_recv().is_err() {
            self.signal("KILL");
            let _ = self.status.recv_timeout(TIMEOUT);
        }
    }
}

/// A line of a process's status, in kB: `VmRSS:` is its memory, `VmHWM:` the peak.
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
    let (tx, lines) = channel();
    let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    std::thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok) {
            if tx.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn status_of(mut child: Child) -> Receiver<ExitStatus> {
    let (tx, status) = channel();
    std::thread::spawn(move || {
        // Fails if the receiver is gone.
        let _ = tx.send(child.wait().expect("a status"));
    });
    status
}
