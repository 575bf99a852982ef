//! What a test of the battery saw, as a line that a report can quote.
//!
//! The battery is the 37 rows of `tests/battery/rows.toml`: load held (L1 to L8), faults survived (F1 to F12), bad
//! input tried (X1 to X17). A test that answers for a row says what it measured, once it has asserted it:
//!
//! ```text
//! figure("X2", format_args!("closed after {read} bytes, RSS +{rise:.1} MB"));
//! ```
//!
//! That prints `battery X2: closed after …` and, where `VITRINA_FIGURES` names a file, appends the same line to it.
//! `scripts/reliability` runs the commands of each row with that variable set, and makes the report from what the file
//! then holds: a row whose commands leave no line fails. `tests/browser/figure.js` is the same for tests in the browser;
//! a bench takes this file in by its path, as the tests do. Several tests may answer for one row: each has its line.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::Write;

/// Names the file that figures are appended to.
const FILE: &str = "VITRINA_FIGURES";

/// Tells a figure of a row (`L1` … `X17`): raw numbers with their units, in one line.
///
/// # Panics
///
/// For a row of no battery, an empty figure or one of several lines, and a file that takes nothing.
pub(crate) fn figure(row: &str, seen: impl Display) {
    let seen = seen.to_string();
    let number = row.strip_prefix(['L', 'F', 'X']).map(str::parse::<u8>);
    assert!(matches!(number, Some(Ok(1..=17))), "{row} is no row");
    assert!(
        !seen.trim().is_empty() && !seen.contains('\n'),
        "{row}: {seen:?}"
    );
    let line = format!("battery {row}: {seen}\n");
    eprint!("{line}");
    if let Some(path) = std::env::var_os(FILE) {
        let file = OpenOptions::new().create(true).append(true).open(&path);
        // One write: other tests append to the same file.
        let told = file.and_then(|mut file| file.write_all(line.as_bytes()));
        told.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}
