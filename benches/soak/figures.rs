//! What a run prints, and whether it kept its promises.

use std::fmt::Display;
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::figure::figure;

/// The report of one run.
#[derive(Debug)]
pub(crate) struct Report {
    title: String,
    row: Option<&'static str>,
    started: Instant,
    told: Vec<String>,
    broken: Vec<String>,
}

impl Report {
    pub(crate) fn new(title: &str, row: Option<&'static str>) -> Self {
        say(title);
        Self {
            title: title.to_lowercase().replace(' ', "_"),
            row,
            told: Vec::new(),
            started: Instant::now(),
            broken: Vec::new(),
        }
    }

    /// Prints a figure.
    pub(crate) fn figure(&self, name: &str, value: impl Display) {
        say(&format!("  {name:<44} {value}"));
    }

    /// Prints a figure that must be so.
    pub(crate) fn promise(&mut self, name: &str, value: impl Display, is_kept: bool) {
        let verdict = if is_kept { "kept" } else { "BROKEN" };
        say(&format!("  {name:<44} {value}  [{verdict}]"));
        self.told.push(format!("{name}: {value}"));
        if !is_kept {
            self.broken.push(format!("{name}: {value}"));
        }
    }

    /// Prints a delay that must be so short. An unoptimised program is only asked what it does.
    pub(crate) fn delay(&mut self, name: &str, value: impl Display, is_kept: bool) {
        self.promise(name, value, is_kept || cfg!(debug_assertions));
    }

    /// The verdict, as a status.
    pub(crate) fn end(self) -> ExitCode {
        let seconds = self.started.elapsed().as_secs();
        if self.broken.is_empty() {
            say(&format!("all promises kept, after {seconds} s"));
            if let Some(row) = self.row {
                figure(row, format!("{}: {}", self.title, self.told.join("; ")));
            }
            // As a test's runner says it, for the battery.
            say(&format!("test soak::{} ... ok", self.title));
            return ExitCode::SUCCESS;
        }
        say(&format!("{} promises broken:", self.broken.len()));
        self.broken.iter().for_each(|broken| say(broken));
        ExitCode::FAILURE
    }
}

/// A line of the report. A reader who closed the pipe has seen enough.
pub(crate) fn say(line: &str) {
    let _ = writeln!(stdout(), "{line}");
}

/// The value below which so many of a hundred lie; sorts them.
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
