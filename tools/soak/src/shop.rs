//! A shop as a child process.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use vitrina_test_support::Outcome;

use crate::test_store::TestStore;

/// How long a start may take.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a process is polled for its end.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// The admin token of shops that have one.
pub(crate) const ADMIN_TOKEN: &str = "token-of-a-long-run";
/// Lines of the log that are kept.
const LOG_LINES: usize = 20;

/// A running shop; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Shop {
    child: Child,
    address: SocketAddr,
    log_tail: LogTail,
}

/// The last warnings and errors of the log.
#[derive(Debug, Clone, Default)]
struct LogTail(Arc<Mutex<VecDeque<String>>>);

impl LogTail {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_back(line);
        if lines.len() > LOG_LINES {
            lines.pop_front();
        }
    }

    fn lines(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }
}

impl Shop {
    /// Starts a shop at a free port.
    pub(crate) async fn start(store: &TestStore) -> Outcome<Self> {
        Self::start_at(store, "127.0.0.1:0").await
    }

    /// Starts a shop as on a public network: with rate limits and an admin token.
    pub(crate) async fn start_guarded(store: &TestStore) -> Outcome<Self> {
        let guards = ["--rate-limits", "on", "--admin-token", ADMIN_TOKEN];
        Self::start_with(store, &guards).await
    }

    /// Starts a shop with more arguments.
    pub(crate) async fn start_with(store: &TestStore, more: &[&str]) -> Outcome<Self> {
        let mut command = store.command("127.0.0.1:0");
        command.args(more);
        tokio::task::spawn_blocking(move || run(&mut command)).await?
    }

    /// Starts a shop at a given address.
    pub(crate) async fn start_at(store: &TestStore, listen: &str) -> Outcome<Self> {
        let mut command = store.command(listen);
        tokio::task::spawn_blocking(move || run(&mut command)).await?
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal: `TERM` or `KILL`.
    pub(crate) fn signal(&self, name: &str) -> Outcome<()> {
        let pid = self.pid().to_string();
        let mut kill = Command::new("kill");
        kill.args([&format!("-{name}"), &pid]);
        match kill.status()?.success() {
            true => Ok(()),
            false => Err(format!("process {pid} could not be sent {name}").into()),
        }
    }

    /// Waits for its end; `None` after the limit.
    pub(crate) async fn ended(&mut self, limit: Duration) -> Outcome<Option<ExitStatus>> {
        let until = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() > until {
                return Ok(None);
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// The last warnings and errors of its log.
    pub(crate) fn log_tail(&self) -> Vec<String> {
        self.log_tail.lines()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a process ended, for a report.
pub(crate) fn status(status: Option<ExitStatus>) -> String {
    status.map_or_else(|| "still running".into(), |status| status.to_string())
}

fn run(command: &mut Command) -> Outcome<Shop> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let log_tail = LogTail::default();
    let (tx, rx) = mpsc::channel();
    if let Some(stderr) = child.stderr.take() {
        let log_tail = log_tail.clone();
        std::thread::spawn(move || read_log(stderr, &tx, &log_tail));
    }
    match rx.recv_timeout(START_TIMEOUT) {
        Ok(address) => Ok(Shop {
            child,
            address,
            log_tail,
        }),
        Err(_) => {
            let _ = child.kill();
            let status = child.wait()?;
            let lines = log_tail.lines();
            Err(format!("the shop did not start ({status}): {lines:?}").into())
        }
    }
}

/// Finds the address, then reads to the end: a full pipe would block the program.
fn read_log(stderr: ChildStderr, tx: &mpsc::Sender<SocketAddr>, log_tail: &LogTail) {
    const NOTABLE: [&str; 4] = ["WARN", "ERROR", "panicked", "vitrina: "];
    for line in BufReader::new(stderr).lines() {
        let Ok(line) = line else { return };
        if let Some(address) = address(&line) {
            // The receiver is gone if the start took too long.
            let _ = tx.send(address);
        } else if NOTABLE.iter().any(|word| line.contains(word)) {
            log_tail.push(line);
        }
    }
}

fn address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("listening on http://")?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && !".:".contains(c));
    rest[..end.unwrap_or(rest.len())].parse().ok()
}
