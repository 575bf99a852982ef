//! A server as a child process, which never outlives this one.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a start may take.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// What the log has before the address.
const LISTENING: &str = "listening on ";
/// The thread that writes vitrina's database.
const STORE_THREAD: &str = "sqlite-writer";

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    _folder: TempDir,
}

/// CPU time since the start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cpu {
    /// Of the process, without the store's thread.
    pub(crate) own: Duration,
    /// Of the store's thread.
    pub(crate) store: Duration,
}

impl Cpu {
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            own: self.own.saturating_sub(before.own),
            store: self.store.saturating_sub(before.store),
        }
    }
}

/// A command whose process is killed when this one ends, however that happens.
pub(crate) fn bound(program: impl AsRef<OsStr>) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("exec-bound").arg(program);
    Ok(command)
}

/// Runs in the child: binds it to its parent, then becomes the program.
pub(crate) fn exec_bound(arguments: &[String]) -> io::Error {
    let signal = rustix::process::Signal::KILL;
    if let Err(error) = rustix::process::set_parent_process_death_signal(Some(signal)) {
        return error.into();
    }
    match arguments.split_first() {
        Some((program, rest)) => Command::new(program).args(rest).exec(),
        None => io::Error::other("no program to run"),
    }
}

impl Server {
    /// Starts a server in a folder of its own, and waits until it listens.
    pub(crate) fn start(prepare: impl FnOnce(&Path) -> io::Result<Command>) -> io::Result<Self> {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))?;
        let log = folder.path().join("log");
        let output = File::create(&log)?;
        let mut child = prepare(folder.path())?
            .env("RUST_LOG", "info")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        match wait_for_address(&log, &mut child) {
            Ok(address) => Ok(Self {
                child,
                address,
                _folder: folder,
            }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// CPU time of all running threads, in nanoseconds.
    pub(crate) fn cpu(&self) -> io::Result<Cpu> {
        let mut cpu = Cpu {
            own: Duration::ZERO,
            store: Duration::ZERO,
        };
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let task = task?.path();
            // The thread may have ended.
            let Ok(stat) = fs::read_to_string(task.join("schedstat")) else {
                continue;
            };
            let name = fs::read_to_string(task.join("comm")).unwrap_or_default();
            let used = stat.split(' ').next().and_then(|first| first.parse().ok());
            let used = Duration::from_nanos(used.unwrap_or_default());
            match name.trim() == STORE_THREAD {
                true => cpu.store += used,
                false => cpu.own += used,
            }
        }
        Ok(cpu)
    }

    /// Anonymous memory in bytes. Mapped pages of the program's file would grow with the first use
    /// of each part of it.
    pub(crate) fn memory(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
        kilobytes
            .map(|kilobytes| kilobytes * 1024)
            .ok_or_else(|| io::Error::other("no RssAnon"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for_address(log: &Path, child: &mut Child) -> io::Result<SocketAddr> {
    let started = Instant::now();
    loop {
        let text = fs::read_to_string(log)?;
        if let Some(address) = address_in(&text) {
            return Ok(address);
        }
        if child.try_wait()?.is_some() || started.elapsed() > START_TIMEOUT {
            return Err(io::Error::other(format!("a server did not start: {text}")));
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn address_in(text: &str) -> Option<SocketAddr> {
    let (_, rest) = text.split_once(LISTENING)?;
    let (address, _) = rest.split_once(char::is_whitespace)?;
    address.trim_start_matches("http://").parse().ok()
}
