//! What Linux tells of processes and sockets.

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use crate::Outcome;

/// Lets this process, and whatever it starts, have as many open files as the system allows.
pub(crate) fn raise_file_limit() -> Outcome<()> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let hard = line.and_then(|line| line.split_whitespace().nth(4));
    let hard = hard.ok_or("the limit on open files is not known")?;
    let pid = std::process::id().to_string();
    let raised = Command::new("prlimit")
        .args(["--pid", &pid, &format!("--nofile={hard}:{hard}")])
        .status()
        .map_err(|error| format!("prlimit (package util-linux): {error}"))?;
    match raised.success() {
        true => Ok(()),
        false => Err("the limit on open files was not raised".into()),
    }
}

/// Memory that a process holds, in bytes.
pub(crate) fn resident(pid: u32) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let text = line.ok_or("a process without memory")?;
    let kilobytes: u64 = text.trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}

/// How many files a process has open.
pub(crate) fn open_files(pid: u32) -> Outcome<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count())
}

/// What a process is called.
pub(crate) fn name(pid: u32) -> Option<String> {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(name.trim().to_owned())
}

/// The established connections at a port of this machine: the peer's port, and how many bytes wait
/// to be taken by the peer.
pub(crate) fn waiting_bytes(port: u16) -> Outcome<HashMap<u16, u64>> {
    const ESTABLISHED: &str = "01";
    let table = fs::read_to_string("/proc/net/tcp")?;
    let mut found = HashMap::new();
    for line in table.lines().skip(1) {
        let fields: Vec<_> = line.split_whitespace().take(5).collect();
        let [_, local, remote, state, queues] = fields[..] else {
            continue;
        };
        if state == ESTABLISHED && port_of(local) == Some(port) {
            let sent = queues.split(':').next().unwrap_or_default();
            let peer = port_of(remote).ok_or("an odd /proc/net/tcp")?;
            found.insert(peer, u64::from_str_radix(sent, 16)?);
        }
    }
    Ok(found)
}

fn port_of(address: &str) -> Option<u16> {
    let (_, port) = address.split_once(':')?;
    u16::from_str_radix(port, 16).ok()
}
