//! The shop's process.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::Outcome;
use crate::place::Place;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a process is asked whether it has ended.
const GLANCE: Duration = Duration::from_millis(5);
/// The admin's token, where a shop has one.
pub(crate) const ADMIN_TOKEN: &str = "token-of-a-long-run";
/// Lines of the log that are kept.
const LINES: usize = 20;

/// A running shop; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Shop {
    child: Child,
    address: SocketAddr,
    complaints: Complaints,
}

/// The last warnings and errors of the log.
#[derive(Debug, Clone, Default)]
struct Complaints(Arc<Mutex<VecDeque<String>>>);

impl Shop {
    /// Starts a shop at any free port.
    pub(crate) async fn start(place: &Place) -> Outcome<Self> {
        Self::start_at(place, "127.0.0.1:0").await
    }

    /// Starts a shop as on the open network: its rates are on, and it has an admin.
    pub(crate) async fn start_guarded(place: &Place) -> Outcome<Self> {
        let guards = ["--rate-limits", "on", "--admin-token", ADMIN_TOKEN];
        Self::start_with(place, &guards).await
    }

    /// Starts a shop with more arguments.
    pub(crate) async fn start_with(place: &Place, more: &[&str]) -> Outcome<Self> {
        let mut command = place.command("127.0.0.1:0");
        command.args(more);
        tokio::task::spawn_blocking(move || run(&mut command)).await?
    }

    /// Starts a shop where it is told to listen, and waits until it does.
    pub(crate) async fn start_at(place: &Place, listen: &str) -> Outcome<Self> {
        let mut command = place.command(listen);
        tokio::task::spawn_blocking(move || run(&mut command)).await?
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its number.
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

    /// Waits for its end, no longer than the limit.
    pub(crate) async fn ended(&mut self, limit: Duration) -> Outcome<Option<ExitStatus>> {
        let until = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() > until {
                return Ok(None);
            }
            sleep(GLANCE).await;
        }
    }

    /// The last warnings and errors that it told.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let lines = self.complaints.0.lock();
        let lines = lines.unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a process ended, for people.
pub(crate) fn status(status: Option<ExitStatus>) -> String {
    status.map_or_else(|| "no end".into(), |status| status.to_string())
}

fn run(command: &mut Command) -> Outcome<Shop> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let complaints = Complaints::default();
    let (tell, told) = mpsc::channel();
    if let Some(stderr) = child.stderr.take() {
        let complaints = complaints.clone();
        std::thread::spawn(move || listen(stderr, &tell, &complaints));
    }
    match told.recv_timeout(PATIENCE) {
        Ok(address) => Ok(Shop {
            child,
            address,
            complaints,
        }),
        Err(_) => {
            let _ = child.kill();
            let status = child.wait()?;
            let lines = complaints.0.lock();
            let lines = lines.unwrap_or_else(PoisonError::into_inner);
            Err(format!("the shop did not start ({status}): {lines:?}").into())
        }
    }
}

/// Tells the address, and reads on afterwards: a full pipe would hold the program.
fn listen(stderr: ChildStderr, tell: &mpsc::Sender<SocketAddr>, complaints: &Complaints) {
    for line in BufReader::new(stderr).lines() {
        let Ok(line) = line else { return };
        let address = line
            .split_once("listening on http://")
            .and_then(|(_, rest)| {
                let end = rest.find(|c: char| !c.is_ascii_digit() && !".:".contains(c));
                rest[..end.unwrap_or(rest.len())].parse().ok()
            });
        if let Some(address) = address {
            // Nobody waits any more for a shop that took too long.
            let _ = tell.send(address);
        } else if ["WARN", "ERROR", "panicked", "vitrina: "]
            .iter()
            .any(|word| line.contains(word))
        {
            let mut lines = complaints.0.lock().unwrap_or_else(PoisonError::into_inner);
            lines.push_back(line);
            if lines.len() > LINES {
                lines.pop_front();
            }
        }
    }
}
