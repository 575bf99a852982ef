//! What is compared, and how each of it is started.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dialect::Dialect;
use crate::process::{Server, leashed};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Candidate {
    Floor,
    FloorJoined,
    Direct,
    Response,
    Central,
    Ws,
    SocketIo,
}

impl Candidate {
    pub(crate) const ALL: [Self; 7] = [
        Self::Floor,
        Self::FloorJoined,
        Self::Direct,
        Self::Response,
        Self::Central,
        Self::Ws,
        Self::SocketIo,
    ];

    /// The word by which it is chosen and started.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::FloorJoined => "floor-joined",
            Self::Direct => "direct",
            Self::Response => "response",
            Self::Central => "central",
            Self::Ws => "ws",
            Self::SocketIo => "socket.io",
        }
    }

    /// What tables call it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Floor => "floor: one send per message",
            Self::FloorJoined => "floor: one send per turn",
            Self::Direct => "Vitrina, direct sink",
            Self::Response => "Vitrina, response sink",
            Self::Central => "actix chat example's design",
            Self::Ws => "ws 8.23 on Node",
            Self::SocketIo => "socket.io 4.8 on Node",
        }
    }

    pub(crate) fn dialect(self) -> Dialect {
        match self {
            Self::Direct | Self::Response => Dialect::Chat,
            Self::SocketIo => Dialect::SocketIo,
            Self::Floor | Self::FloorJoined | Self::Central | Self::Ws => Dialect::Plain,
        }
    }

    pub(crate) fn start(self) -> io::Result<Server> {
        match self {
            Self::Floor | Self::FloorJoined | Self::Central => Server::start(|_| {
                let mut command = leashed(std::env::current_exe()?)?;
                command.args(["serve", self.word()]);
                Ok(command)
            }),
            Self::Direct | Self::Response => self.start_on(None, Some(1)),
            Self::Ws | Self::SocketIo => Server::start(|_| {
                let mut command = leashed("node")?;
                let script = format!("{}.js", self.word().replace('.', "-"));
                command
                    .arg(peers().join(script))
                    .env("NODE_ENV", "production");
                Ok(command)
            }),
        }
    }

    /// Starts vitrina on a store, an SQLite file of its own unless one is named.
    pub(crate) fn start_on(self, store: Option<&str>, workers: Option<u16>) -> io::Result<Server> {
        Server::start(|folder| {
            let own = format!("sqlite:{}", folder.join("vitrina.db").display());
            let mut command = leashed(vitrina())?;
            command
                .args(["--listen", "127.0.0.1:0", "--rate-limits", "off"])
                .args(["--sink", self.word()])
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

/// Another build of vitrina can be named, to compare it with this one.
fn vitrina() -> PathBuf {
    std::env::var_os("VITRINA_BENCH_PROGRAM")
        .map_or_else(|| env!("CARGO_BIN_EXE_vitrina").into(), PathBuf::from)
}

fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers")
}

/// Makes sure that the peers on Node can run; a run without them is a failed run.
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
