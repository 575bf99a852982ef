//! Replaces a data file by a backup.
//!
//! Positions after the backup become unknown without further work: each contains the random tag of
//! its row in `changes`, and the next row with that number gets another tag.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::{NamedTempFile, TempDir, TempPath};

use super::backup::{check, copy, copy_failed, next_image, open_data_file, open_draft};
use super::connection::resolve;
use super::lock::{FileLock, beside};
use crate::domain::timestamp::Timestamp;
use crate::store::OpenError;

/// A prepared restore: the data file is locked and still unchanged.
#[derive(Debug)]
pub struct RestorePlan {
    path: PathBuf,
    draft: TempPath,
    conn: Connection,
    /// Has the draft and SQLite's temporary files.
    _directory: TempDir,
    _lock: FileLock,
}

/// An image in a backup.
pub struct StoredImage<'a> {
    pub name: String,
    /// Reads its bytes.
    pub content: Box<dyn Read + 'a>,
}

impl RestorePlan {
    /// Takes the lock of the data file `path`, checks the backup and copies it beside the file.
    pub fn prepare(backup: &Path, path: &Path) -> Result<Self, OpenError> {
        let path = resolve(path)?;
        let lock = FileLock::take(&path)?;
        let source = open_data_file(backup)?;
        if fs::canonicalize(backup).is_ok_and(|backup| backup == path) {
            return Err(OpenError::new(format!(
                "{} is the data file itself",
                backup.display()
            )));
        }
        check(&source)
            .map_err(|reason| OpenError::new(format!("{}: {reason}", backup.display())))?;
        let (draft, directory) = draft_beside(&path)?;
        let failed = |error: rusqlite::Error| copy_failed(backup, &error);
        copy(&source, &draft).map_err(failed)?;
        let conn = open_draft(&draft).map_err(failed)?;
        Ok(Self {
            path,
            draft,
            conn,
            _directory: directory,
            _lock: lock,
        })
    }

    /// The first image of the backup after the name `after`.
    pub fn next_image(&self, after: &str) -> io::Result<Option<StoredImage<'_>>> {
        let found = next_image(&self.conn, after).map_err(io::Error::other)?;
        Ok(found.map(|(name, content)| StoredImage {
            name,
            content: Box::new(content),
        }))
    }

    /// Replaces the data file by the copy, and returns the new name of the old file. After an error
    /// the data file is unchanged.
    pub fn finish(self) -> io::Result<Option<PathBuf>> {
        let Self {
            path,
            draft,
            conn,
            _directory,
            _lock,
        } = self;
        // Otherwise the images' pages would stay in the data file.
        conn.execute_batch("DROP TABLE IF EXISTS sqlar; VACUUM")
            .map_err(io::Error::other)?;
        conn.close().map_err(|(_, error)| io::Error::other(error))?;
        File::open(&draft)?.sync_all()?;
        let aside = if path.exists() {
            Some(keep_aside(&path)?)
        } else {
            None
        };
        draft.persist(&path).map_err(|failed| failed.error)?;
        if let Some(directory) = path.parent() {
            File::open(directory)?.sync_all()?;
        }
        Ok(aside)
    }
}

/// A temporary file beside the data file, with the same owner and permissions.
fn draft_beside(path: &Path) -> Result<(TempPath, TempDir), OpenError> {
    let failed = |error| OpenError::new(format!("{} cannot be replaced: {error}", path.display()));
    let beside = path.parent().unwrap_or(Path::new("/"));
    let directory = TempDir::with_prefix_in(".vitrina-", beside).map_err(failed)?;
    let draft = NamedTempFile::new_in(&directory).map_err(failed)?;
    match fs::metadata(path) {
        Ok(old) => copy_access(draft.path(), &old).map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    Ok((draft.into_temp_path(), directory))
}

/// Gives a file the owner and the permissions of another.
fn copy_access(file: &Path, of: &fs::Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, chown};
        let own = fs::metadata(file)?;
        if (own.uid(), own.gid()) != (of.uid(), of.gid()) {
            chown(file, Some(of.uid()), Some(of.gid()))?;
        }
    }
    fs::set_permissions(file, of.permissions())
}

/// Gives the old file another name. Its write-ahead log must not stay beside the new file.
fn keep_aside(path: &Path) -> io::Result<PathBuf> {
    let now = Timestamp::now().to_string().replace(':', "-");
    let aside = beside(path, &format!(".before-restore-{now}"));
    if let Err(error) = checkpoint(path) {
        log::warn!("old data file unreadable, moved aside unchanged: {error}");
    }
    for log in ["-wal", "-shm"] {
        match fs::rename(beside(path, log), beside(&aside, log)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    // With a hard link a data file exists at every moment; some file systems have no links.
    fs::hard_link(path, &aside).or_else(|_| fs::rename(path, &aside))?;
    Ok(aside)
}

/// Writes the write-ahead log into the file.
fn checkpoint(path: &Path) -> rusqlite::Result<()> {
    let conn = Connection::open(path)?;
    conn.pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(()))?;
    conn.close().map_err(|(_, error)| error)
}
