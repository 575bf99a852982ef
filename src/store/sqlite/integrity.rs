//! Detects truncated data files: SQLite itself reads missing pages as zeros.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::lock::beside;
use crate::store::OpenError;

/// Length of the header (sqlite.org/fileformat.html).
const HEADER: usize = 100;

/// Refuses a file that is shorter than its header requires. With a write-ahead log beside it, the
/// missing pages may be in the log: a crash during a checkpoint leaves such files.
pub(super) fn refuse_truncated(path: &Path) -> Result<(), OpenError> {
    let failed =
        |error: io::Error| OpenError::new(format!("cannot read {}: {error}", path.display()));
    if !path.exists() || has_log(path) {
        return Ok(());
    }
    let mut file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut header = [0; HEADER];
    // A file without a header is refused by SQLite.
    if file.read_exact(&mut header).is_err() || length >= required_length(&header) {
        return Ok(());
    }
    let (path, required) = (path.display(), required_length(&header));
    Err(OpenError::new(format!(
        "{path} is truncated: it has {length} of {required} bytes"
    )))
}

fn has_log(path: &Path) -> bool {
    let log = fs::metadata(beside(path, "-wal"));
    log.is_ok_and(|log| log.len() > 0)
}

/// The file's length by its header; 0 if the header does not have it.
fn required_length(header: &[u8; HEADER]) -> u64 {
    let number = |at: usize| {
        let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
        u64::from(u32::from_be_bytes(bytes))
    };
    let page = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 1 << 16,
        page => page,
    };
    // Old versions of SQLite do not update the page count; then these two numbers differ.
    let is_valid = header.starts_with(b"SQLite format 3\0") && number(24) == number(92);
    if is_valid { page * number(28) } else { 0 }
}
