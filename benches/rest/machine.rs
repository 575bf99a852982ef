//! What Linux tells of processes and CPUs, and the pinning of all to one.

use std::fs;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::Outcome;

/// How long one tick of `/proc` is: 1/100 s on every architecture that we could meet.
const TICK: Duration = Duration::from_millis(10);
/// The CPU that all run on.
static CPU: OnceLock<usize> = OnceLock::new();

/// Keeps this program, and whatever it starts from now on, to one CPU.
pub(crate) fn pin(wanted: Option<usize>) -> Outcome<()> {
    let cpu = match wanted {
        Some(cpu) => cpu,
        None => last_allowed()?,
    };
    let (list, pid) = (cpu.to_string(), std::process::id().to_string());
    let pinned = Command::new("taskset")
        .args(["-a", "-c", "-p", &list, &pid])
        .output()
        .map_err(|error| format!("taskset (package util-linux): {error}"))?;
    if !pinned.status.success() {
        let reason = String::from_utf8_lossy(&pinned.stderr).into_owned();
        return Err(format!("pinning to CPU {cpu} failed: {reason}").into());
    }
    CPU.get_or_init(|| cpu);
    Ok(())
}

fn last_allowed() -> Outcome<usize> {
    let status = fs::read_to_string("/proc/self/status")?;
    let list = field(&status, "Cpus_allowed_list:").ok_or("the allowed CPUs are not known")?;
    let last = list.rsplit([',', '-']).next().unwrap_or(list);
    Ok(last.parse()?)
}

/// CPU time that a process has used, all of its threads together.
pub(crate) fn cpu_time(pid: u32) -> Outcome<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .map_err(|error| format!("process {pid} has ended: {error}"))?;
    // The name in brackets may have spaces.
    let (_, numbers) = stat.rsplit_once(')').ok_or("an odd /proc/PID/stat")?;
    let numbers: Vec<_> = numbers.split_whitespace().collect();
    // Fields 14 and 15 of proc(5); the first one here is field 3.
    ticks(numbers.get(11..13).unwrap_or_default())
}

/// Memory that a process holds, in bytes.
pub(crate) fn resident(pid: u32) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let text = field(&status, "VmRSS:").ok_or("a process without memory")?;
    let kilobytes: u64 = text.trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}

/// What a process is called.
pub(crate) fn name(pid: u32) -> Option<String> {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(name.trim().to_owned())
}

/// Time for which the CPU that all run on was busy, whoever used it.
pub(crate) fn busy_time() -> Outcome<Duration> {
    let stat = fs::read_to_string("/proc/stat")?;
    let cpu = CPU.get().ok_or("nothing is pinned yet")?;
    let line = field(&stat, &format!("cpu{cpu} ")).ok_or("the CPU is not known")?;
    let numbers: Vec<_> = line.split_whitespace().collect();
    // user, nice, system, idle, iowait, irq, softirq, steal
    Ok(
        ticks(numbers.get(..3).unwrap_or_default())?
            + ticks(numbers.get(5..8).unwrap_or_default())?,
    )
}

/// The machine, in a line.
pub(crate) fn description() -> Outcome<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo")?;
    let model = field(&cpus, "model name").unwrap_or("an unnamed CPU");
    let count = cpus.matches("\nprocessor").count() + 1;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let release = kernel.split('-').next().unwrap_or_default().trim();
    let model = model.trim_start_matches([':', ' ', '\t']);
    Ok(format!("{count} CPUs ({model}), Linux {release}"))
}

/// The rest of the line that begins with this word.
fn field<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let mut lines = text.lines();
    lines
        .find_map(|line| line.strip_prefix(word))
        .map(str::trim)
}

fn ticks(numbers: &[&str]) -> Outcome<Duration> {
    if numbers.is_empty() {
        return Err("a line of /proc is too short".into());
    }
    let mut sum = 0;
    for number in numbers {
        sum += number.parse::<u32>()?;
    }
    Ok(TICK * sum)
}
