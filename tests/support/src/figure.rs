//! One line with what an acceptance test measured, for a report to quote.
//!
//! The 37 rows of the acceptance tests are in `rows.toml`: load (L1 to L8), faults (F1 to F12), bad
//! input (X1 to X17). A test that covers a row reports its figure after it has asserted it:
//!
//! ```text
//! figure("X2", format_args!("closed after {read} bytes, RSS +{rise:.1} MB"));
//! ```
//!
//! This prints `acceptance X2: closed after …` and, where `VITRINA_FIGURES` names a file, appends
//! the same line to it. `scripts/reliability` sets that variable, runs the commands of each row and
//! makes its report from the file: a row whose commands leave no line fails. Browser tests have the
//! same in `tests/browser/figure.js`. Several tests may cover one row, each with its own line.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::Write;

/// Names the file that figures are appended to.
const FILE: &str = "VITRINA_FIGURES";

/// Reports a figure of a row (`L1` … `X17`): raw numbers with their units, in one line.
///
/// # Panics
///
/// For an unknown row, for a figure that is empty or has several lines, and if the file cannot be
/// written.
pub fn figure(row: &str, measured: impl Display) {
    let measured = measured.to_string();
    let number = row.strip_prefix(['L', 'F', 'X']).map(str::parse::<u8>);
    assert!(
        matches!(number, Some(Ok(1..=17))),
        "{row} is not a row of the acceptance tests"
    );
    assert!(
        !measured.trim().is_empty() && !measured.contains('\n'),
        "{row}: {measured:?}"
    );
    let line = format!("acceptance {row}: {measured}\n");
    eprint!("{line}");
    if let Some(path) = std::env::var_os(FILE) {
        let file = OpenOptions::new().create(true).append(true).open(&path);
        // One write: other tests append to the same file.
        let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
        written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}
