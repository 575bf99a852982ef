//! Runs by time, which also check that no case hangs and that memory does not grow.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::figure::figure;

/// A case that takes longer is reported with its seed, and the process aborts.
const HANG: Duration = Duration::from_secs(20);
/// Bytes by which the process may grow after the first fifth of the run.
const GROWTH: i64 = 8 << 20;

/// Runs seeds from 0 until the time is over.
pub(crate) fn each_seed(target: &str, time: Duration, run: impl Fn(u64)) {
    let current = Arc::new(AtomicU64::new(0));
    let started_at = Instant::now();
    let since = Arc::new(AtomicU64::new(0));
    watch(target, started_at, &current, &since);
    let (mut slowest, mut cases, mut baseline) = (Duration::ZERO, 0_u64, None);
    while started_at.elapsed() < time {
        current.store(cases, Ordering::Relaxed);
        since.store(started_at.elapsed().as_millis() as u64, Ordering::Relaxed);
        let started = Instant::now();
        run(cases);
        slowest = slowest.max(started.elapsed());
        cases += 1;
        if baseline.is_none() && started_at.elapsed() > time / 5 {
            baseline = Some(resident());
        }
    }
    since.store(u64::MAX, Ordering::Relaxed);
    let growth = resident() - baseline.unwrap_or_else(resident);
    let seconds = started_at.elapsed().as_secs();
    let grown = growth as f64 / f64::from(1 << 20);
    assert!(
        growth <= GROWTH,
        "{target}: memory {grown:+.1} MB after {cases} cases"
    );
    figure(
        "X16",
        format_args!(
            "{target}: {cases} cases in {seconds} s, 0 crashes, 0 hangs, slowest {slowest:.1?}, \
             memory {grown:+.1} MB after the first fifth"
        ),
    );
}

/// Aborts the process when a case hangs: nothing else can stop it.
fn watch(target: &str, started_at: Instant, current: &Arc<AtomicU64>, since: &Arc<AtomicU64>) {
    let (target, current, since) = (target.to_owned(), current.clone(), since.clone());
    thread::spawn(move || {
        loop {
            thread::park_timeout(HANG / 4);
            match since.load(Ordering::Relaxed) {
                u64::MAX => return,
                start if started_at.elapsed() > Duration::from_millis(start) + HANG => {
                    let seed = current.load(Ordering::Relaxed);
                    eprintln!("{target}: seed {seed} hangs");
                    std::process::abort();
                }
                _ => {}
            }
        }
    });
}

/// Resident memory of this process, in bytes.
fn resident() -> i64 {
    let status = fs::read_to_string("/proc/self/status").expect("/proc/self/status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: i64 = kilobytes
        .and_then(|text| text.trim().parse().ok())
        .expect("a size");
    kilobytes << 10
}
