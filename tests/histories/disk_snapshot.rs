//! Crashes of the embedded store: a copy of its file and its log as they are on disk at some
//! statement. The next run starts from that copy, and nothing that happens later reaches it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::crash_injector::{Crash, CrashInjector};

/// Takes a snapshot when a crash is due, at a statement of the writer.
#[derive(Debug)]
pub(crate) struct DiskSnapshotter {
    pub(crate) injector: Arc<CrashInjector>,
    file: PathBuf,
    next: PathBuf,
    /// The length of the log after the last commit, and after the one before it.
    log_lengths: [u64; 2],
    /// Set by `Mutant::CommitNotOnDisk`.
    pub(crate) loses_last_commit: bool,
}

impl DiskSnapshotter {
    pub(crate) fn new(
        injector: Arc<CrashInjector>,
        file: &Path,
        next: &Path,
        loses_last_commit: bool,
    ) -> Self {
        let length = log_length(file);
        Self {
            injector,
            file: file.to_owned(),
            next: next.to_owned(),
            log_lengths: [length, length],
            loses_last_commit,
        }
    }

    /// Called before and after each statement.
    pub(crate) fn crash_point(&mut self) {
        let length = log_length(&self.file);
        let [before, earlier] = self.log_lengths;
        if length != before {
            self.log_lengths = [length, before];
        }
        let log_bytes = match self.injector.reach_point() {
            Some(Crash::At(_)) if self.loses_last_commit => earlier,
            Some(Crash::At(_)) => length,
            Some(Crash::InCommit(_, part)) if length > before => {
                before + (length - before) * u64::from(part) / 256
            }
            _ => return,
        };
        // Every reply received before this belongs to a commit in the copy.
        self.injector.crash();
        copy(&self.file, &self.next, log_bytes).expect("a copy of the file");
    }
}

/// Copies a data file and the first bytes of its log.
pub(crate) fn copy(file: &Path, next: &Path, log_bytes: u64) -> io::Result<()> {
    fs::create_dir_all(next.parent().expect("a directory"))?;
    let log = match fs::read(log_of(file)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        log => log?,
    };
    let log_bytes = usize::try_from(log_bytes).expect("a length").min(log.len());
    fs::write(log_of(next), &log[..log_bytes])?;
    fs::copy(file, next)?;
    Ok(())
}

pub(crate) fn log_length(file: &Path) -> u64 {
    fs::metadata(log_of(file)).map_or(0, |log| log.len())
}

fn log_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
