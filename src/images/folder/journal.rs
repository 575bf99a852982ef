//! Names whose files may have no product: an empty file each, in a folder of their own.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::disk::{is_regular, remove_regular, sync_dir};
use crate::images::name::PlainName;

/// The journal.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    /// How many requests of this process wait for a name to be settled. While one does, the
    /// name stays, and it is not left over from anything.
    live: Mutex<HashMap<PlainName, usize>>,
}

impl Journal {
    /// The journal in this folder, which need not be there yet.
    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            path,
            live: Mutex::default(),
        }
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a new name. One that is already there is an error: it is another's.
    pub(super) fn begin(&self, name: &PlainName) -> io::Result<()> {
        let mut live = self.live();
        File::create_new(self.line(name))?;
        *live.entry(name.clone()).or_default() += 1;
        Ok(())
    }

    /// Writes a name that may be there.
    pub(super) fn suspect(&self, name: &PlainName) -> io::Result<()> {
        let mut live = self.live();
        File::create(self.line(name))?;
        *live.entry(name.clone()).or_default() += 1;
        Ok(())
    }

    /// Whether a name is in it.
    pub(super) fn has(&self, name: &PlainName) -> io::Result<bool> {
        is_regular(&self.line(name))
    }

    /// One request is done with a name; the last one strikes it out.
    pub(super) fn strike(&self, name: &PlainName) -> io::Result<()> {
        let mut live = self.live();
        match release(&mut live, name) {
            0 => remove_regular(&self.line(name)),
            _ => Ok(()),
        }
    }

    /// One request gives a name up and leaves it to the next clean-up.
    pub(super) fn forget(&self, name: &PlainName) {
        release(&mut self.live(), name);
    }

    /// The names that no request of this process waits for.
    pub(super) fn left_over(&self) -> io::Result<Vec<String>> {
        let live = self.live();
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let Some(name) = name.to_str().and_then(PlainName::parse) else {
                continue;
            };
            if !live.contains_key(&name) {
                names.push(name.as_str().to_owned());
            }
        }
        Ok(names)
    }

    /// Makes what was written outlive a power failure.
    pub(super) fn sync(&self) -> io::Result<()> {
        sync_dir(&self.path)
    }

    fn line(&self, name: &PlainName) -> PathBuf {
        self.path.join(name.as_str())
    }

    /// Held over the file operations too, which are of one folder entry each.
    fn live(&self) -> MutexGuard<'_, HashMap<PlainName, usize>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes one request off; how many are left.
fn release(live: &mut HashMap<PlainName, usize>, name: &PlainName) -> usize {
    let left = live.get(name).map_or(0, |waiting| waiting - 1);
    match left {
        0 => drop(live.remove(name)),
        _ => drop(live.insert(name.clone(), left)),
    }
    left
}
