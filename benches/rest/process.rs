//! A program that serves: its start, its costs, its end.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::Outcome;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running program; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    /// Starts a program and waits until it says on stderr where it listens.
    pub(crate) fn start(command: &mut Command) -> Outcome<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name} cannot be started: {error}"))?;
        let (tell, told) = mpsc::channel();
        if let Some(stderr) = child.stderr.take() {
            thread::spawn(move || listen(stderr, &tell));
        }
        let mut words = String::new();
        let address = loop {
            match told.recv_timeout(PATIENCE) {
                Ok(line) => match address(&line) {
                    Some(address) => break Some(address),
                    None => words = words + &line + "\n",
                },
                Err(_) => break None,
            }
        };
        let Some(address) = address else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{name} did not start:\n{words}").into());
        };
        Ok(Self { child, address })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        let pid = self.pid().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        let status = self.child.wait()?;
        if !status.success() {
            return Err(format!("process {pid} ended with {status}").into());
        }
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Passes lines on while somebody waits for them, and reads on afterwards: a full pipe would hold
/// the program.
fn listen(stderr: ChildStderr, tell: &mpsc::Sender<String>) {
    for line in BufReader::new(stderr).lines() {
        let Ok(line) = line else { return };
        // Nobody listens any more once the address is known.
        let _ = tell.send(line);
    }
}

/// The address in a line such as `shop http://127.0.0.1:8080/`.
fn address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://")?;
    rest.split('/').next()?.parse().ok()
}
