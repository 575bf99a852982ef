//! Output of commands: results on stdout, everything else on stderr, and a progress bar on a
//! terminal.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

/// The unit of a progress bar.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    Bytes,
    Products,
    Images,
}

/// A line on stdout.
pub(super) fn result(line: &str) {
    // A closed pipe does not change the result.
    let _ = writeln!(io::stdout(), "{}", printable(line));
}

/// A line on stderr.
pub(super) fn warn(line: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(line));
}

/// Escapes control characters, so that text from a file cannot control the terminal.
fn printable(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for c in line.chars() {
        if c.is_control() {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    text
}

/// A progress bar, shown only if stderr is a terminal.
#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(total: u64, unit: Unit) -> Self {
        if !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let template = match unit {
            Unit::Bytes => "{bar:40} {bytes} of {total_bytes}, {eta} left",
            Unit::Images => "{spinner} {pos} images",
            Unit::Products => "{bar:40} {pos} of {len} products, {eta} left",
        };
        let style = ProgressStyle::with_template(template);
        let bar = ProgressBar::new(total);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

    pub(super) fn advance(&self, amount: u64) {
        self.0.inc(amount);
    }

    /// A line on stderr, above the bar.
    pub(super) fn warn(&self, line: &str) {
        self.0.suspend(|| warn(line));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(printable("a\u{1b}[2Jñ\r"), "a\\u{1b}[2Jñ\\r");
    }
}
