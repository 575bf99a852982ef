//! Resources of the process, as reported by Linux.

use std::fs;
use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Ticks per second in `/proc` (USER_HZ), the same on all current Linux platforms.
const TICKS: f64 = 100.0;

/// The start of the first application, and the same in seconds since 1970.
static STARTED: LazyLock<(Instant, f64)> = LazyLock::new(|| (Instant::now(), now()));

/// Current resources; `None` where the system does not report them.
#[derive(Debug, Clone, Default)]
pub struct Process {
    /// Resident memory in bytes.
    pub resident: Option<u64>,
    /// Open files and sockets.
    pub descriptors: Option<u64>,
    pub max_descriptors: Option<u64>,
    pub threads: Option<u64>,
    /// Used processor time in seconds.
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

    /// Records the start of the process; only the first call counts.
    pub(super) fn note_start() {
        LazyLock::force(&STARTED);
    }

    /// In seconds.
    pub fn uptime() -> f64 {
        STARTED.0.elapsed().as_secs_f64()
    }
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

/// The number after `prefix` at the start of a line.
fn number_after(text: &str, prefix: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(prefix))?;
    line.split_whitespace().next()?.parse().ok()
}

fn descriptors() -> Option<u64> {
    // Since Linux 6.2 the directory's size is the number of its entries; counting them is slow.
    let size = fs::metadata("/proc/self/fd").ok()?.len();
    if size > 0 {
        return Some(size);
    }
    Some(fs::read_dir("/proc/self/fd").ok()?.count() as u64)
}

fn cpu() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in parentheses, which may contain any character.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

#[derive(Debug)]
pub(super) struct ProcessCollector;

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let process = Process::now();
        let mut gauge = |name: &str, help: &str, value: Option<u64>| match value {
            Some(value) => encode(&mut encoder, name, help, &ConstGauge::new(value)),
            None => Ok(()),
        };
        let help = "Resident memory in bytes";
        gauge("process_resident_memory_bytes", help, process.resident)?;
        let help = "Open files and sockets";
        gauge("process_open_fds", help, process.descriptors)?;
        let help = "Maximum number of open files and sockets";
        gauge("process_max_fds", help, process.max_descriptors)?;
        gauge("process_threads", "Threads", process.threads)?;
        if let Some(cpu) = process.cpu.map(ConstCounter::new) {
            let help = "Used processor time in seconds";
            encode(&mut encoder, "process_cpu_seconds", help, &cpu)?;
        }
        let help = "Start time in seconds since 1970";
        let started = ConstGauge::new(STARTED.1);
        encode(&mut encoder, "process_start_time_seconds", help, &started)
    }
}

fn encode(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    metric: &impl EncodeMetric,
) -> std::fmt::Result {
    let encoder = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
    metric.encode(encoder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_reports_the_resources() {
        let process = Process::now();
        assert!(process.resident.is_some_and(|bytes| bytes > 1 << 20));
        assert!(process.descriptors.is_some_and(|count| count >= 3));
        assert!(process.threads.is_some_and(|count| count >= 1));
        assert!(process.cpu.is_some());
    }

    #[test]
    fn a_number_follows_its_prefix() {
        let text = "VmPeak:\t 5 kB\nVmRSS:\t  1234 kB\n";
        assert_eq!(number_after(text, "VmRSS:"), Some(1234));
        assert_eq!(number_after(text, "Threads:"), None);
        assert_eq!(
            number_after("Max open files  unlimited", "Max open files"),
            None
        );
    }
}
