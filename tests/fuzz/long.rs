//! Runs by time: what they must show beside finding nothing.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::figure::figure;

/// A case that takes longer hangs: the process ends with its seed.
const HANG: Duration = Duration::from_secs(20);
/// What the process may hold more at the end than after its first fifth.
const GROWTH: i64 = 8 << 20;

/// Seeds until the time is over, from one that no other run of this length begins with.
pub(crate) fn each_seed(target: &str, time: Duration, run: impl Fn(u64)) {
    let current = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let since = Arc::new(AtomicU64::new(0));
    watch(target, begun, &current, &since);
    let (mut slowest, mut cases, mut settled) = (Duration::ZERO, 0_u64, None);
    while begun.elapsed() < time {
        current.store(cases, Ordering::Relaxed);
        since.store(begun.elapsed().as_millis() as u64, Ordering::Relaxed);
        let started = Instant::now();
        run(cases);
        slowest = slowest.max(started.elapsed());
        cases += 1;
        if settled.is_none() && begun.elapsed() > time / 5 {
            settled = Some(resident());
        }
    }
    since.store(u64::MAX, Ordering::Relaxed);
    let growth = resident() - settled.unwrap_or_else(resident);
    let seconds = begun.elapsed().as_secs();
    let grown = growth as f64 / f64::from(1 << 20);
    assert!(
        growth <= GROWTH,
        "{target}: memory {grown:+.1} MB after {cases} cases"
    );
    let told = format_args!(
        "{target}: {cases} cases in {seconds} s, 0 crashes, 0 hangs, slowest {slowest:.1?}, memory {grown:+.1} MB after the first fifth"
    );
    figure("X16", told);
}

/// Ends the process when a case hangs: nothing else can stop it.
fn watch(target: &str, begun: Instant, current: &Arc<AtomicU64>, since: &Arc<AtomicU64>) {
    let (target, current, since) = (target.to_owned(), current.clone(), since.clone());
    thread::spawn(move || {
        loop {
            thread::park_timeout(HANG / 4);
            match since.load(Ordering::Relaxed) {
                u64::MAX => return,
                start if begun.elapsed() > Duration::from_millis(start) + HANG => {
                    let seed = current.load(Ordering::Relaxed);
                    eprintln!("{target}: seed {seed} hangs");
                    std::process::abort();
                }
                _ => {}
            }
        }
    });
}

/// What this process holds, in bytes.
fn resident() -> i64 {
    let status = fs::read_to_string("/proc/self/status").expect("the process's status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: i64 = kilobytes
        .and_then(|text| text.trim().parse().ok())
        .expect("a size");
    kilobytes << 10
}
