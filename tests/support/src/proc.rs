//! What Linux reports about one process and its sockets, and the limit on open files.

use std::collections::HashMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::Outcome;

/// One tick of `/proc`: 1/100 s on every architecture that this runs on.
const TICK: Duration = Duration::from_millis(10);

/// Raises the limit on open files to the system's maximum, for this process and its children.
pub fn raise_file_limit() -> Outcome<()> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let hard = line.and_then(|line| line.split_whitespace().nth(4));
    let hard = hard.ok_or("/proc/self/limits has no limit on open files")?;
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

/// CPU time that a process has used, over all its threads.
pub fn cpu_time(pid: u32) -> Outcome<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .map_err(|error| format!("process {pid} has ended: {error}"))?;
    // The name in brackets may have spaces.
    let (_, numbers) = stat.rsplit_once(')').ok_or("unexpected /proc/PID/stat")?;
    let numbers: Vec<_> = numbers.split_whitespace().collect();
    // Fields 14 and 15 of proc(5); the first one here is field 3.
    ticks(numbers.get(11..13).unwrap_or_default())
}

/// Resident memory of a process, in bytes.
pub fn resident(pid: u32) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let text = field(&status, "VmRSS:").ok_or("the process has ended")?;
    let kilobytes: u64 = text.trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}

/// How many files a process has open.
pub fn open_files(pid: u32) -> Outcome<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count())
}

/// The name of a process.
pub fn name(pid: u32) -> Option<String> {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(name.trim().to_owned())
}

/// The established connections at a port of this machine: from the peer's port to the number of
/// bytes that the peer has not taken yet.
pub fn unsent_bytes(port: u16) -> Outcome<HashMap<u16, u64>> {
    const ESTABLISHED: &str = "01";
    let table = fs::read_to_string("/proc/net/tcp")?;
    let mut found = HashMap::new();
    for line in table.lines().skip(1) {
        let fields: Vec<_> = line.split_whitespace().take(5).collect();
        let [_, local, remote, state, queues] = fields[..] else {
            continue;
        };
        if state == ESTABLISHED && port_of(local) == Some(port) {
            let unsent = queues.split(':').next().unwrap_or_default();
            let peer = port_of(remote).ok_or("unexpected /proc/net/tcp")?;
            found.insert(peer, u64::from_str_radix(unsent, 16)?);
        }
    }
    Ok(found)
}

fn port_of(address: &str) -> Option<u16> {
    let (_, port) = address.split_once(':')?;
    u16::from_str_radix(port, 16).ok()
}

/// The rest of the line that begins with this word.
pub(crate) fn field<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let mut lines = text.lines();
    lines
        .find_map(|line| line.strip_prefix(word))
        .map(str::trim)
}

/// The sum of some fields that count ticks.
pub(crate) fn ticks(fields: &[&str]) -> Outcome<Duration> {
    if fields.is_empty() {
        return Err("a line of /proc is too short".into());
    }
    let mut sum = 0;
    for field in fields {
        sum += field.parse::<u32>()?;
    }
    Ok(TICK * sum)
}
