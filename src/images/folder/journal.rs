//! The journal: names whose files may have no product, each as an empty file in its own directory.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::disk::{is_regular, remove_regular, sync_dir};
use crate::images::name::SafeFileName;

#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    /// How many requests of this process use each name. While one does, the name stays in the
    /// journal and does not count as left over from an earlier run.
    in_use: Mutex<HashMap<SafeFileName, usize>>,
}

impl Journal {
    /// The directory need not exist yet.
    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            path,
            in_use: Mutex::default(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a new name; an existing entry is an error.
    pub(super) fn begin(&self, name: &SafeFileName) -> io::Result<()> {
        let mut in_use = self.in_use();
        File::create_new(self.entry(name))?;
        *in_use.entry(name.clone()).or_default() += 1;
        Ok(())
    }

    /// Adds a name that may already have an entry.
    pub(super) fn journal_mark(&self, name: &SafeFileName) -> io::Result<()> {
        let mut in_use = self.in_use();
        File::create(self.entry(name))?;
        *in_use.entry(name.clone()).or_default() += 1;
        Ok(())
    }

    pub(super) fn contains(&self, name: &SafeFileName) -> io::Result<bool> {
        is_regular(&self.entry(name))
    }

    /// Ends the use by one request; the last one removes the entry.
    pub(super) fn remove(&self, name: &SafeFileName) -> io::Result<()> {
        let mut in_use = self.in_use();
        match release(&mut in_use, name) {
            0 => remove_regular(&self.entry(name)),
            _ => Ok(()),
        }
    }

    /// Ends the use by one request and leaves the entry to the next start.
    pub(super) fn defer(&self, name: &SafeFileName) {
        release(&mut self.in_use(), name);
    }

    /// Names that no request of this process uses.
    pub(super) fn left_over(&self) -> io::Result<Vec<String>> {
        let in_use = self.in_use();
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let Some(name) = name.to_str().and_then(SafeFileName::parse) else {
                continue;
            };
            if !in_use.contains_key(&name) {
                names.push(name.as_str().to_owned());
            }
        }
        Ok(names)
    }

    /// Flushes the entries to disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        sync_dir(&self.path)
    }

    fn entry(&self, name: &SafeFileName) -> PathBuf {
        self.path.join(name.as_str())
    }

    /// The lock is held during file operations too; each concerns one directory entry.
    fn in_use(&self) -> MutexGuard<'_, HashMap<SafeFileName, usize>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends one use and returns how many remain.
fn release(in_use: &mut HashMap<SafeFileName, usize>, name: &SafeFileName) -> usize {
    let remaining = in_use.get(name).map_or(0, |uses| uses - 1);
    match remaining {
        0 => in_use.remove(name),
        _ => in_use.insert(name.clone(), remaining),
    };
    remaining
}
