//! MongoDB servers that a test starts, to be refused or killed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Runs `scripts/mongod` and returns what it prints.
fn script(arguments: &[&str]) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/mongod");
    let output = Command::new(path)
        .args(arguments)
        .output()
        .expect("a script");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout)
        .expect("UTF-8")
        .trim()
        .to_owned()
}

/// A server that is not a member of a replica set.
pub(crate) struct Standalone {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Standalone {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = ["--port", "0", "--bind_ip", "127.0.0.1", "--nounixsocket"];
        let mut child = Command::new(script(&["fetch"]))
            .args(options)
            .arg("--dbpath")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut lines = stdout.lines().map_while(Result::ok);
        let port = lines
            .find_map(|line| {
                let line: Value = serde_json::from_str(&line).ok()?;
                let is_listening = line["msg"] == "Waiting for connections";
                is_listening.then(|| line["attr"]["port"].as_u64())?
            })
            .expect("a server that listens");
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            child,
            address: format!("127.0.0.1:{port}").parse().expect("an address"),
            _folder: folder,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Standalone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A replica set of one member, whose data survives the server.
pub(crate) struct ReplicaSet {
    folder: TempDir,
    url: String,
}

impl ReplicaSet {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = start_in(&folder);
        Self { folder, url }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// Kills the server.
    pub(crate) fn kill(&self) {
        let pid = std::fs::read_to_string(self.pid_file()).expect("a number");
        crate::program::kill(pid.trim().parse().expect("a number"), "KILL");
    }

    /// Starts a server on the data of the killed one.
    pub(crate) fn restart(&self) {
        assert_eq!(start_in(&self.folder), self.url);
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.path().join("mongod.pid")
    }
}

fn start_in(folder: &TempDir) -> String {
    let dir = folder.path().display().to_string();
    let owner = std::process::id().to_string();
    script(&["start", "--dir", &dir, "--for", &owner])
}

impl Drop for ReplicaSet {
    fn drop(&mut self) {
        let dir = self.folder.path().display().to_string();
        script(&["stop", "--dir", &dir]);
    }
}
