//! The servers that are compared, and how each is started.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Server, bound};
use crate::server_protocol::ServerProtocol;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Candidate {
    Baseline,
    BaselineBatched,
    Direct,
    Response,
    Central,
    Ws,
    SocketIo,
}

impl Candidate {
    pub(crate) const ALL: [Self; 7] = [
        Self::Baseline,
        Self::BaselineBatched,
        Self::Direct,
        Self::Response,
        Self::Central,
        Self::Ws,
        Self::SocketIo,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::BaselineBatched => "baseline-batched",
            Self::Direct => "direct",
            Self::Response => "response",
            Self::Central => "central",
            Self::Ws => "ws",
            Self::SocketIo => "socket.io",
        }
    }

    /// Its name in tables.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Baseline => "baseline: one send per message",
            Self::BaselineBatched => "baseline: one send per batch",
            Self::Direct => "Vitrina, direct sink",
            Self::Response => "Vitrina, response sink",
            Self::Central => "actix chat example's design",
            Self::Ws => "ws 8.23 on Node",
            Self::SocketIo => "socket.io 4.8 on Node",
        }
    }

    /// The slowest take part in the first rounds only.
    pub(crate) fn runs_in(self, round: usize) -> bool {
        const SLOW_ROUNDS: usize = 3;

        round < SLOW_ROUNDS || !matches!(self, Self::Ws | Self::SocketIo)
    }

    pub(crate) fn protocol(self) -> ServerProtocol {
        match self {
            Self::Direct | Self::Response => ServerProtocol::Chat,
            Self::SocketIo => ServerProtocol::SocketIo,
            Self::Baseline | Self::BaselineBatched | Self::Central | Self::Ws => {
                ServerProtocol::Plain
            }
        }
    }

    pub(crate) fn start(self) -> io::Result<Server> {
        match self {
            Self::Baseline | Self::BaselineBatched | Self::Central => Server::start(|_| {
                let mut command = bound(std::env::current_exe()?)?;
                command.args(["serve", self.name()]);
                Ok(command)
            }),
            Self::Direct | Self::Response => self.start_on(None, Some(1)),
            Self::Ws | Self::SocketIo => Server::start(|_| {
                let mut command = bound("node")?;
                let script = format!("{}.js", self.name().replace('.', "-"));
                command
                    .arg(peers().join(script))
                    .env("NODE_ENV", "production");
                Ok(command)
            }),
        }
    }

    /// Starts vitrina on a store, by default a new SQLite file.
    pub(crate) fn start_on(self, store: Option<&str>, workers: Option<u16>) -> io::Result<Server> {
        Server::start(|folder| {
            let own = format!("sqlite:{}", folder.join("vitrina.db").display());
            let mut command = bound(vitrina())?;
            command
                .args(["--listen", "127.0.0.1:0", "--rate-limits", "off"])
                .args(["--sink", self.name()])
                .args(["--store", store.unwrap_or(&own)])
                .arg("--uploads")
                .arg(folder.join("uploads"));
            if let Some(workers) = workers {
                command.args(["--workers", &workers.to_string()]);
            }
            Ok(command)
        })
    }
}

/// The environment can name another build, to compare it with this one.
fn vitrina() -> PathBuf {
    std::env::var_os("VITRINA_BENCH_PROGRAM")
        .map_or_else(|| env!("CARGO_BIN_EXE_vitrina").into(), PathBuf::from)
}

fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers")
}

/// Installs the servers on Node if necessary; a run without them fails.
pub(crate) fn prepare_peers() -> io::Result<()> {
    let node = Command::new("node").arg("--version").output();
    let node = node.map_err(|error| io::Error::other(format!("node is missing: {error}")))?;
    if !node.status.success() {
        return Err(io::Error::other("node does not run"));
    }
    if peers().join("node_modules").is_dir() {
        return Ok(());
    }
    let installed = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(peers())
        .status()?;
    match installed.success() {
        true => Ok(()),
        false => Err(io::Error::other("npm ci failed in benches/peers")),
    }
}
