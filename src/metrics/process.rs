//! What the process costs, as Linux tells it.

use std::fs;
use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::tell;

/// Ticks of a second in `/proc`, on every platform that Linux has today (USER_HZ).
const TICKS: f64 = 100.0;

/// The start of the first application, also in seconds since 1970.
static STARTED: LazyLock<(Instant, f64)> = LazyLock::new(|| (Instant::now(), now()));

/// What the process costs now. What the system does not tell is `None`.
#[derive(Debug, Clone, Default)]
pub struct Process {
    /// Bytes of memory that it occupies.
    pub resident: Option<u64>,
    /// Files and sockets that it has open.
    pub descriptors: Option<u64>,
    /// How many it may have open.
    pub max_descriptors: Option<u64>,
    /// Threads.
    pub threads: Option<u64>,
    /// Seconds of processor time that it has used.
    pub cpu: Option<f64>,
}

impl Process {
    /// Reads `/proc`.
    pub fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            resident: number_after(&status, "VmRSS:").map(|kilobytes| kilobytes * 1024),
            threads: number_after(&status, "Threads:"),
            descriptors: descriptors(),
            max_descriptors: fs::read_to_string("/proc/self/limits")
                .ok()
                .and_then(|limits| number_after(&limits, "Max open files")),
            cpu: cpu(),
        }
    }

    /// Takes this moment for the start of the process, unless an earlier one was.
    pub(super) fn note_start() {
        LazyLock::force(&STARTED);
    }

    /// How long the process runs, in seconds.
    pub fn uptime() -> f64 {
        STARTED.0.elapsed().as_secs_f64()
    }
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

/// The number behind a word at the beginning of a line.
fn number_after(text: &str, word: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(word))?;
    line.split_whitespace().next()?.parse().ok()
}

fn descriptors() -> Option<u64> {
    // Since Linux 6.2 the folder's size is the number of its entries; counting them is slow.
    let size = fs::metadata("/proc/self/fd").ok()?.len();
    if size > 0 {
        return Some(size);
    }
    Some(fs::read_dir("/proc/self/fd").ok()?.count() as u64)
}

fn cpu() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name, which may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

#[derive(Debug)]
pub(super) struct Collected;

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let process = Process::now();
        let gauges = [
            (
                "process_resident_memory_bytes",
                "Memory that the process occupies",
                process.resident,
            ),
            (
                "process_open_fds",
                "Files and sockets that it has open",
                process.descriptors,
            ),
            (
                "process_max_fds",
                "How many it may have open",
                process.max_descriptors,
            ),
            ("process_threads", "Its threads", process.threads),
        ];
        for (name, help, value) in gauges {
            if let Some(value) = value {
                tell(&mut encoder, name, help, &ConstGauge::new(value))?;
            }
        }
        if let Some(cpu) = process.cpu {
            let help = "Seconds of processor time that it has used";
            tell(
                &mut encoder,
                "process_cpu_seconds",
                help,
                &ConstCounter::new(cpu),
            )?;
        }
        let help = "When it started, in seconds since 1970";
        let started = ConstGauge::new(STARTED.1);
        tell(&mut encoder, "process_start_time_seconds", help, &started)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_tells_what_the_process_costs() {
        let process = Process::now();
        assert!(process.resident.is_some_and(|bytes| bytes > 1 << 20));
        assert!(process.descriptors.is_some_and(|count| count >= 3));
        assert!(process.threads.is_some_and(|count| count >= 1));
        assert!(process.cpu.is_some());
    }

    #[test]
    fn a_number_stands_behind_its_word() {
        let text = "VmPeak:\t 5 kB\nVmRSS:\t  1234 kB\n";
        assert_eq!(number_after(text, "VmRSS:"), Some(1234));
        assert_eq!(number_after(text, "Threads:"), None);
        assert_eq!(
            number_after("Max open files  unlimited", "Max open files"),
            None
        );
    }
}
