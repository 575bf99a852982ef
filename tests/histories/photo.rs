//! Crashes of the embedded store: a copy of its file and log as they lie on the disk at some statement,
//! with which the next life begins. Nothing of the store runs on in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::axe::{Axe, Blow};

/// Looks at every statement of the writer.
#[derive(Debug)]
pub(crate) struct Photographer {
    pub(crate) axe: Arc<Axe>,
    file: PathBuf,
    next: PathBuf,
    /// How long the log is after the last commit, and after the one before it.
    logged: [u64; 2],
    /// The last commit is left out: a planted bug.
    pub(crate) forgets: bool,
}

impl Photographer {
    pub(crate) fn new(axe: Arc<Axe>, file: &Path, next: &Path, forgets: bool) -> Self {
        let length = log_length(file);
        Self {
            axe,
            file: file.to_owned(),
            next: next.to_owned(),
            logged: [length, length],
            forgets,
        }
    }

    /// Called before and after each statement.
    pub(crate) fn moment(&mut self) {
        let length = log_length(&self.file);
        let [before, earlier] = self.logged;
        if length != before {
            self.logged = [length, before];
        }
        let kept = match self.axe.moment() {
            Some(Blow::At(_)) if self.forgets => earlier,
            Some(Blow::At(_)) => length,
            Some(Blow::InCommit(_, part)) if length > before => {
                before + (length - before) * u64::from(part) / 256
            }
            _ => return,
        };
        // What was heard before this was committed before the copy.
        self.axe.fall();
        take(&self.file, &self.next, kept).expect("a copy of the file");
    }
}

/// Copies a data file and so many bytes of its log.
pub(crate) fn take(file: &Path, next: &Path, kept: u64) -> io::Result<()> {
    fs::create_dir_all(next.parent().expect("a folder"))?;
    let log = match fs::read(log_of(file)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        log => log?,
    };
    let kept = usize::try_from(kept).expect("a length").min(log.len());
    fs::write(log_of(next), &log[..kept])?;
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
