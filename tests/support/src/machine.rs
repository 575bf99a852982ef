//! The machine: what it is, and one CPU that everything is pinned to.

use std::fs;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::Outcome;
use crate::proc::{field, ticks};

/// The CPU that everything runs on.
static CPU: OnceLock<usize> = OnceLock::new();

/// Pins this process, and every process that it starts from now on, to one CPU: the last allowed
/// one by default.
pub fn pin(cpu: Option<usize>) -> Outcome<()> {
    let cpu = match cpu {
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
    let list = field(&status, "Cpus_allowed_list:").ok_or("the allowed CPUs are unknown")?;
    let last = list.rsplit([',', '-']).next().unwrap_or(list);
    Ok(last.parse()?)
}

/// Time for which the pinned CPU was busy, whichever process used it.
pub fn busy_time() -> Outcome<Duration> {
    let stat = fs::read_to_string("/proc/stat")?;
    let cpu = CPU.get().ok_or("nothing is pinned yet")?;
    let line = field(&stat, &format!("cpu{cpu} ")).ok_or("/proc/stat lacks the CPU")?;
    let numbers: Vec<_> = line.split_whitespace().collect();
    // user, nice, system, idle, iowait, irq, softirq, steal
    Ok(
        ticks(numbers.get(..3).unwrap_or_default())?
            + ticks(numbers.get(5..8).unwrap_or_default())?,
    )
}

/// The machine, in a line.
pub fn description() -> Outcome<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo")?;
    let model = field(&cpus, "model name").unwrap_or("an unnamed CPU");
    let count = cpus.matches("\nprocessor").count() + 1;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let release = kernel.split('-').next().unwrap_or_default().trim();
    let model = model.trim_start_matches([':', ' ', '\t']);
    Ok(format!("{count} CPUs ({model}), Linux {release}"))
}
