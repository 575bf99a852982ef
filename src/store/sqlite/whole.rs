//! Whether a data file is as long as it says: SQLite itself reads what was cut off as zeros.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::store::open::OpenError;

/// The header of the file format (sqlite.org/fileformat.html).
const HEADER: usize = 100;

/// Refuses a file that is shorter than its own header says. Where a log lies beside it, the missing pages
/// may be in there: a crash amid a checkpoint leaves it so.
pub(super) fn refuse_cut(path: &Path) -> Result<(), OpenError> {
    let told =
        |error: io::Error| OpenError::new(format!("cannot read {}: {error}", path.display()));
    if !path.exists() || has_log(path) {
        return Ok(());
    }
    let mut file = File::open(path).map_err(told)?;
    let length = file.metadata().map_err(told)?.len();
    let mut header = [0; HEADER];
    // What has no header is told by SQLite.
    if file.read_exact(&mut header).is_err() || length >= promised(&header) {
        return Ok(());
    }
    let (path, promised) = (path.display(), promised(&header));
    Err(OpenError::new(format!(
        "{path} was cut short: it has {length} of {promised} bytes"
    )))
}

fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// How many bytes the header says that there are; 0 where it does not say it.
fn promised(header: &[u8; HEADER]) -> u64 {
    let number = |at: usize| {
        let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
        u64::from(u32::from_be_bytes(bytes))
    };
    let page = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 1 << 16,
        page => page,
    };
    // The count is of the program that wrote last, if that program writes it at all.
    let is_said = header.starts_with(b"SQLite format 3\0") && number(24) == number(92);
    if is_said { page * number(28) } else { 0 }
}
