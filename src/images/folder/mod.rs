//! The home of images on disk, and its journal.
//!
//! ```text
//! vase-3f9a2c1b77d0.jpg          an original
//! .incoming/                     uploads under way, and variants being written
//! .journal/vase-3f9a2c1b77d0.jpg "this file may have no product"; the name is all it says
//! .variants/320/vase-….jpg.webp  drawn on demand; empty where it cannot be drawn
//! ```
//!
//! A name is written into the journal before its file appears, and struck out after a product
//! names it. So a crash leaves at most names in the journal, each to be settled by asking the
//! store; a file that a person put here has never been in it, and no clean-up touches it.

mod disk;
mod journal;
mod variants;

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::name::PlainName;
use super::variant::Width;
use disk::{open_regular, remove_regular, sync_dir};
use journal::Journal;

/// The folder and what this process does in it.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    incoming: PathBuf,
    variants: PathBuf,
    journal: Journal,
    /// Held for life by the one process that may clean up.
    lock: Option<File>,
}

impl Folder {
    /// Makes the folder where it is missing, proves that it can be written and sweeps what an
    /// earlier life left half written.
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

        // Another process that lives in this folder has half-written files of its own.
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

    /// A private file to write to.
    pub(super) fn draft(&self) -> io::Result<(Draft, File)> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let name = format!("{:016x}.part", u64::from_ne_bytes(random));
        let draft = Draft(self.incoming.join(name));
        let file = File::create_new(&draft.0)?;
        Ok((draft, file))
    }

    /// Whether the original is here.
    pub(super) fn exists(&self, name: &PlainName) -> io::Result<bool> {
        disk::is_regular(&self.path(name))
    }

    /// Opens the original.
    pub(super) fn original(&self, name: &PlainName) -> io::Result<Option<File>> {
        open_regular(&self.path(name))
    }

    /// Announces files that will be placed under these names.
    pub(super) fn begin(&self, names: &[PlainName]) -> io::Result<()> {
        self.announce(names, |name| match self.path(name).symlink_metadata() {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.journal.begin(name),
            Err(error) => Err(error),
        })
    }

    /// Announces that these files may lose their product.
    pub(super) fn suspect(&self, names: &[PlainName]) -> io::Result<()> {
        self.announce(names, |name| self.journal.suspect(name))
    }

    /// Writes all names into the journal, or none.
    fn announce(
        &self,
        names: &[PlainName],
        write: impl Fn(&PlainName) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut written = 0;
        let outcome = names
            .iter()
            .try_for_each(|name| write(name).map(|()| written += 1))
            .and_then(|()| self.journal.sync());
        if outcome.is_err() {
            for name in &names[..written] {
                let _ = self.journal.strike(name);
            }
        }
        outcome
    }

    /// Gives an announced file its name.
    pub(super) fn place(&self, draft: &Draft, name: &PlainName) -> io::Result<()> {
        fs::rename(&draft.0, self.path(name))
    }

    /// Puts a file back under its own name, unless one is there.
    pub(super) fn put_back(&self, name: &PlainName, content: &mut dyn Read) -> io::Result<bool> {
        if self.exists(name)? {
            return Ok(false);
        }
        let (draft, mut file) = self.draft()?;
        io::copy(content, &mut file)?;
        file.sync_all()?;
        disk::give_to_owner_of(&self.root, draft.path())?;
        self.place(&draft, name)?;
        self.sync()?;
        Ok(true)
    }

    /// Makes sure that what was placed or removed outlives a power failure.
    pub(super) fn sync(&self) -> io::Result<()> {
        sync_dir(&self.root)
    }

    /// Strikes out files that a product names.
    pub(super) fn commit(&self, names: &[PlainName]) -> io::Result<()> {
        names.iter().try_for_each(|name| self.journal.strike(name))
    }

    /// Takes announced files back, as far as the disk lets it: what stays is still in the
    /// journal. Not flushed, because the file goes before its line does.
    pub(super) fn roll_back(&self, names: &[PlainName]) {
        for name in names {
            if remove_regular(&self.path(name)).is_ok() {
                let _ = self.journal.strike(name);
            } else {
                self.journal.forget(name);
            }
        }
    }

    /// Gives announced files up, as they are, to the next start.
    pub(super) fn leave(&self, names: &[PlainName]) {
        names.iter().for_each(|name| self.journal.forget(name));
    }

    /// Names left in the journal by an earlier life. A process that shares the folder cannot
    /// tell them from the other's work and sees none.
    pub(super) fn unsettled(&self) -> io::Result<Vec<String>> {
        match self.lock {
            Some(_) => self.journal.left_over(),
            None => Ok(Vec::new()),
        }
    }

    /// Keeps or removes the file of a name that is in the journal. What fails is left to the next start.
    pub(super) fn settle(&self, name: &PlainName, used: bool) -> io::Result<()> {
        if !self.journal.has(name)? {
            return Ok(());
        }
        let removed = if used { Ok(()) } else { self.remove(name) };
        match removed {
            Ok(()) => self.journal.strike(name),
            Err(error) => {
                self.journal.forget(name);
                Err(error)
            }
        }
    }

    /// Removes an original and its variants.
    pub(super) fn remove(&self, name: &PlainName) -> io::Result<()> {
        remove_regular(&self.path(name))?;
        self.remove_variants(name)?;
        self.sync()
    }

    fn path(&self, name: &PlainName) -> PathBuf {
        self.root.join(name.as_str())
    }
}

/// A private file; gone when this value is, unless it was given a name.
#[derive(Debug)]
pub(super) struct Draft(PathBuf);

impl Draft {
    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
