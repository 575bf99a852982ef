//! One process per data file.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::store::OpenError;

/// Locks a data file against other processes until it is dropped; the system releases the lock when
/// the process ends in any way.
#[derive(Debug)]
pub(super) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Takes the lock of the data file `path`. It is on a file of its own, because closing any
    /// other handle of the data file would release SQLite's own locks on it. That file is never
    /// deleted: otherwise two processes could each lock a file of this name.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        let lock_path = beside(path, ".lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(|error| {
                OpenError::new(format!("cannot open {}: {error}", lock_path.display()))
            })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(format!(
                "{} is in use by another process (it holds {})",
                path.display(),
                lock_path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(OpenError::new(format!(
                "cannot lock {}: {error}",
                lock_path.display()
            ))),
        }
    }
}

/// The path of a file beside the data file.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_locked_once_until_the_lock_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("shop.db");

        let held = FileLock::take(&path).unwrap();
        let refusal = FileLock::take(&path).unwrap_err().to_string();
        assert!(refusal.contains("in use by another process"), "{refusal}");

        drop(held);
        assert!(FileLock::take(&path).is_ok());
    }
}
