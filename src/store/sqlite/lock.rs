//! One process per data file.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::store::open::OpenError;

/// Holds a data file against other processes for as long as it lives; the system lets go of it when
/// the process dies, however it dies.
#[derive(Debug)]
pub(super) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Takes the lock of the data file `path`. It lies on a file beside it, because SQLite's own
    /// locks on the data file would be lost with any other handle that is closed.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        let side = side_file(path);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&side)
            .map_err(|error| OpenError::new(format!("cannot open {}: {error}", side.display())))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::in_use(format!(
                "{} is in use by another process (it holds {})",
                path.display(),
                side.display()
            ))),
            Err(TryLockError::Error(error)) => Err(OpenError::new(format!(
                "cannot lock {}: {error}",
                side.display()
            ))),
        }
    }
}

/// The lock file stays when the lock is let go: to delete it would let two processes hold it.
fn side_file(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_held_by_one_and_free_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");

        let held = FileLock::take(&path).unwrap();
        let refusal = FileLock::take(&path).unwrap_err().to_string();
        assert!(refusal.contains("in use by another process"), "{refusal}");

        drop(held);
        assert!(FileLock::take(&path).is_ok());
    }
}
