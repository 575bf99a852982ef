//! The image directory and its journal.
//!
//! ```text
//! vase-3f9a2c1b77d0.jpg          an original
//! .incoming/                     uploads in progress, and variants being written
//! .journal/vase-3f9a2c1b77d0.jpg an empty file: this image may have no product
//! .variants/320/vase-….jpg.webp  rendered on demand; empty if the image cannot be rendered
//! ```
//!
//! A name is in the journal from before its file appears until after a product with that name is
//! stored. A crash leaves such names in the journal, and the next start resolves each by asking the
//! store. Files that a person put here were never in the journal, and no cleanup touches them.

mod disk;
mod journal;
mod variants;

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::name::SafeFileName;
use super::width::Width;
use disk::{open_regular, remove_regular, sync_dir};
use journal::Journal;

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    incoming: PathBuf,
    variants: PathBuf,
    journal: Journal,
    /// Held while the process runs; only its holder may clean up.
    lock: Option<File>,
}

impl Folder {
    /// Creates the directory if it is missing, checks that it is writable, and removes incomplete
    /// files of earlier runs.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let folder = Self {
            root: root.to_owned(),
            incoming: root.join(".incoming"),
            variants: root.join(".variants"),
            journal: Journal::at(root.join(".journal")),
            lock: None,
        };
        fs::create_dir_all(&folder.incoming)?;
        fs::create_dir_all(folder.journal.path())?;
        for width in Width::ALL {
            fs::create_dir_all(folder.variants.join(width.segment()))?;
        }
        drop(folder.draft()?);

        // Another process that uses this directory may have files in progress.
        let lock = File::create(root.join(".lock"))?;
        let lock = match lock.try_lock() {
            Ok(()) => Some(lock),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => return Err(error),
        };
        if lock.is_some() {
            for entry in fs::read_dir(&folder.incoming)? {
                remove_regular(&entry?.path())?;
            }
        }
        Ok(Self { lock, ..folder })
    }

    /// A new file to write to.
    pub(super) fn draft(&self) -> io::Result<(Draft, File)> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let name = format!("{:016x}.part", u64::from_ne_bytes(random));
        let draft = Draft(self.incoming.join(name));
        let file = File::create_new(&draft.0)?;
        Ok((draft, file))
    }

    pub(super) fn exists(&self, name: &SafeFileName) -> io::Result<bool> {
        disk::is_regular(&self.path(name))
    }

    pub(super) fn original(&self, name: &SafeFileName) -> io::Result<Option<File>> {
        open_regular(&self.path(name))
    }

    /// Adds the names of files that will be placed to the journal.
    pub(super) fn begin(&self, names: &[SafeFileName]) -> io::Result<()> {
        self.add_to_journal(names, |name| match self.path(name).symlink_metadata() {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.journal.begin(name),
            Err(error) => Err(error),
        })
    }

    /// Adds the names of files that may lose their product to the journal.
    pub(super) fn journal_mark(&self, names: &[SafeFileName]) -> io::Result<()> {
        self.add_to_journal(names, |name| self.journal.journal_mark(name))
    }

    /// Adds all names, or none.
    fn add_to_journal(
        &self,
        names: &[SafeFileName],
        write: impl Fn(&SafeFileName) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut written = 0;
        let result = names
            .iter()
            .try_for_each(|name| write(name).map(|()| written += 1))
            .and_then(|()| self.journal.sync());
        if result.is_err() {
            for name in &names[..written] {
                let _ = self.journal.remove(name);
            }
        }
        result
    }

    /// Renames a draft to its final name, which must be in the journal.
    pub(super) fn place(&self, draft: &Draft, name: &SafeFileName) -> io::Result<()> {
        fs::rename(&draft.0, self.path(name))
    }

    /// Writes a file under its own name, unless it exists.
    pub(super) fn restore(&self, name: &SafeFileName, content: &mut dyn Read) -> io::Result<bool> {
        if self.exists(name)? {
            return Ok(false);
        }
        let (draft, mut file) = self.draft()?;
        io::copy(content, &mut file)?;
        file.sync_all()?;
        disk::copy_owner(&self.root, draft.path())?;
        self.place(&draft, name)?;
        self.sync()?;
        Ok(true)
    }

    /// Flushes renamed and removed entries to disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        sync_dir(&self.root)
    }

    /// Removes names from the journal after their product is stored.
    pub(super) fn commit(&self, names: &[SafeFileName]) -> io::Result<()> {
        names.iter().try_for_each(|name| self.journal.remove(name))
    }

    /// Removes placed files. Those that cannot be removed stay in the journal. Not flushed: each
    /// file is removed before its journal entry.
    pub(super) fn roll_back(&self, names: &[SafeFileName]) {
        for name in names {
            if remove_regular(&self.path(name)).is_ok() {
                let _ = self.journal.remove(name);
            } else {
                self.journal.defer(name);
            }
        }
    }

    /// Leaves files and journal entries to the next start.
    pub(super) fn defer(&self, names: &[SafeFileName]) {
        names.iter().for_each(|name| self.journal.defer(name));
    }

    /// Names left in the journal by earlier runs. Without the lock there are none, because they
    /// could belong to the other process.
    pub(super) fn pending(&self) -> io::Result<Vec<String>> {
        match self.lock {
            Some(_) => self.journal.left_over(),
            None => Ok(Vec::new()),
        }
    }

    /// Removes a name from the journal, and its file unless it is used. Failures are left to the
    /// next start.
    pub(super) fn resolve(&self, name: &SafeFileName, used: bool) -> io::Result<()> {
        if !self.journal.contains(name)? {
            return Ok(());
        }
        let removed = if used { Ok(()) } else { self.remove(name) };
        match removed {
            Ok(()) => self.journal.remove(name),
            Err(error) => {
                self.journal.defer(name);
                Err(error)
            }
        }
    }

    /// Removes an original and its variants.
    pub(super) fn remove(&self, name: &SafeFileName) -> io::Result<()> {
        remove_regular(&self.path(name))?;
        self.remove_variants(name)?;
        self.sync()
    }

    fn path(&self, name: &SafeFileName) -> PathBuf {
        self.root.join(name.as_str())
    }
}

/// A file in progress; removed on drop, unless it was renamed.
#[derive(Debug)]
pub(super) struct Draft(PathBuf);

impl Draft {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
