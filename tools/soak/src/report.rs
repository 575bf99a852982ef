//! What a run prints, and whether its checks passed.

use std::fmt::Display;
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use vitrina_test_support::figure::figure;

/// The report of one run.
#[derive(Debug)]
pub(crate) struct Report {
    title: String,
    row: Option<&'static str>,
    started: Instant,
    checked: Vec<String>,
    failed: Vec<String>,
}

impl Report {
    pub(crate) fn new(title: &str, row: Option<&'static str>) -> Self {
        print(title);
        Self {
            title: title.to_lowercase().replace(' ', "_"),
            row,
            started: Instant::now(),
            checked: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// Prints a figure.
    pub(crate) fn figure(&self, name: &str, value: impl Display) {
        print(&format!("  {name:<44} {value}"));
    }

    /// Prints a figure that the run checks.
    pub(crate) fn check(&mut self, name: &str, value: impl Display, is_ok: bool) {
        let result = if is_ok { "ok" } else { "FAILED" };
        print(&format!("  {name:<44} {value}  [{result}]"));
        self.checked.push(format!("{name}: {value}"));
        if !is_ok {
            self.failed.push(format!("{name}: {value}"));
        }
    }

    /// Prints a delay, which is only checked in an optimised build.
    pub(crate) fn check_delay(&mut self, name: &str, value: impl Display, is_ok: bool) {
        self.check(name, value, is_ok || cfg!(debug_assertions));
    }

    /// Prints the result, which becomes the exit code.
    pub(crate) fn end(self) -> ExitCode {
        let seconds = self.started.elapsed().as_secs();
        if self.failed.is_empty() {
            print(&format!("all checks passed, after {seconds} s"));
            if let Some(row) = self.row {
                let checked = self.checked.join("; ");
                figure(row, format!("{}: {checked}", self.title));
            }
            // In the words of a test runner: scripts/reliability looks for it.
            print(&format!("test soak::{} ... ok", self.title));
            return ExitCode::SUCCESS;
        }
        print(&format!("{} checks failed:", self.failed.len()));
        self.failed.iter().for_each(|failed| print(failed));
        ExitCode::FAILURE
    }
}

/// Prints a line. A closed pipe is no reason to stop.
pub(crate) fn print(line: &str) {
    let _ = writeln!(stdout(), "{line}");
}

/// The value that a percentage of all values does not exceed, from microseconds; sorts them.
pub(crate) fn percentile(values: &mut [u32], percent: usize) -> Duration {
    values.sort_unstable();
    let index = (values.len() * percent).div_ceil(100).saturating_sub(1);
    let value = values.get(index).copied().unwrap_or(0);
    Duration::from_micros(u64::from(value))
}

/// The middle one of an odd number of values.
pub(crate) fn median<T: Ord + Copy>(values: &[T]) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}
