//! What a command says: results on stdout, everything else on stderr, and a bar on a terminal.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

/// What the bar counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    Bytes,
    Products,
    Images,
}

/// A line on stdout.
pub(super) fn result(line: &str) {
    // Nobody may be reading; what was done is done.
    let _ = writeln!(io::stdout(), "{}", printable(line));
}

/// A line on stderr.
pub(super) fn warn(line: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(line));
}

/// What a file says never moves the cursor of the terminal that shows it.
fn printable(line: &str) -> String {
    let escape = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    line.chars().map(escape).collect()
}

/// A bar where stderr is a terminal, nothing elsewhere.
#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn of(total: u64, unit: Unit) -> Self {
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

    pub(super) fn forward(&self, amount: u64) {
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
    fn nothing_that_a_file_says_reaches_the_terminal_as_a_command() {
        assert_eq!(printable("a\u{1b}[2Jñ\r"), "a\\u{1b}[2Jñ\\r");
    }
}
