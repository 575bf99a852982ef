//! A backup takes the place of a data file.
//!
//! Positions of the life that ends here become unknown by themselves: each carries the random tag of
//! its row in `changes`, and the next row of that number will have another.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::{NamedTempFile, TempDir, TempPath};

use super::backup::{Archive, check, copy, open_draft, open_ours, told};
use super::connection;
use super::lock::FileLock;
use crate::domain::timestamp::Timestamp;
use crate::store::open::OpenError;

/// A restore on its way: nothing of the data file has changed yet, and nobody else has it.
#[derive(Debug)]
pub struct Restoration {
    path: PathBuf,
    draft: TempPath,
    conn: Connection,
    /// Beside the data file; what SQLite needs while it writes is in it, too.
    _folder: TempDir,
    _lock: FileLock,
}

/// An image in a backup.
pub struct StoredImage<'a> {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub content: Box<dyn Read + 'a>,
}

impl std::fmt::Debug for StoredImage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredImage")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Restoration {
    /// Takes the lock of the data file `path`, checks the backup and copies it beside the file.
    ///
    /// # Errors
    /// Another process has the data file, or the backup is none of ours, of a newer program, or
    /// damaged.
    pub fn prepare(backup: &Path, path: &Path) -> Result<Self, OpenError> {
        let path = connection::resolve(path)?;
        let lock = FileLock::take(&path)?;
        let source = open_ours(backup)?;
        if fs::canonicalize(backup).is_ok_and(|backup| backup == path) {
            return Err(OpenError::new(format!(
                "{} is the data file itself",
                backup.display()
            )));
        }
        check(&source)
            .map_err(|reason| OpenError::new(format!("{}: {reason}", backup.display())))?;
        let (draft, folder) = draft_beside(&path)?;
        let told = |error: rusqlite::Error| told(backup, &error);
        copy(&source, &draft).map_err(told)?;
        let conn = open_draft(&draft).map_err(told)?;
        Ok(Self {
            path,
            draft,
            conn,
            _folder: folder,
            _lock: lock,
        })
    }

    /// The first image of the backup behind the name `after`, and its content.
    ///
    /// # Errors
    /// The copy cannot be read.
    pub fn image_behind(&self, after: &str) -> io::Result<Option<StoredImage<'_>>> {
        let archive = Archive(&self.conn);
        if !archive.is_there().map_err(io::Error::other)? {
            return Ok(None);
        }
        let found = archive.image_behind(after).map_err(io::Error::other)?;
        let with_content = |(name, row)| {
            let content = archive.content(row).map_err(io::Error::other)?;
            Ok(StoredImage {
                name,
                content: Box::new(content),
            })
        };
        found.map(with_content).transpose()
    }

    /// Puts the copy into the place of the data file; the name under which the old one is kept.
    ///
    /// # Errors
    /// The disk is to blame; the data file is as it was.
    pub fn finish(self) -> io::Result<Option<PathBuf>> {
        let Self {
            path,
            draft,
            conn,
            _folder,
            _lock,
        } = self;
        // The archive's pages would be in the file for good.
        conn.execute_batch("DROP TABLE IF EXISTS sqlar; VACUUM")
            .map_err(io::Error::other)?;
        conn.close().map_err(|(_, error)| io::Error::other(error))?;
        File::open(&draft)?.sync_all()?;
        let aside = match path.exists() {
            true => Some(keep_aside(&path)?),
            false => None,
        };
        draft.persist(&path).map_err(|refused| refused.error)?;
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(aside)
    }
}

/// A file of nobody else's beside the data file, which goes unless it takes its place. Who could use the data file
/// can use this one.
fn draft_beside(path: &Path) -> Result<(TempPath, TempDir), OpenError> {
    let told = |error| OpenError::new(format!("{} cannot be replaced: {error}", path.display()));
    let beside = path.parent().unwrap_or(Path::new("/"));
    let folder = TempDir::with_prefix_in(".vitrina-", beside).map_err(told)?;
    let draft = NamedTempFile::new_in(&folder).map_err(told)?;
    match fs::metadata(path) {
        Ok(old) => keep_access(draft.path(), &old).map_err(told)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(told(error)),
    }
    Ok((draft.into_temp_path(), folder))
}

/// Gives a file the owner and the rights of another.
fn keep_access(file: &Path, of: &fs::Metadata) -> io::Result<()> {
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

/// Gives the old file one more name. A log of writes that belongs to it must not be beside the new one.
fn keep_aside(path: &Path) -> io::Result<PathBuf> {
    let now = Timestamp::now().to_string().replace(':', "-");
    let aside = beside(path, &format!(".before-restore-{now}"));
    if let Err(error) = fold_log(path) {
        log::warn!("the old data file could not be opened and is kept as it is: {error}");
    }
    for log in ["-wal", "-shm"] {
        match fs::rename(beside(path, log), beside(&aside, log)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    // With a link there is a data file at every moment; not every file system has them.
    fs::hard_link(path, &aside).or_else(|_| fs::rename(path, &aside))?;
    Ok(aside)
}

/// Writes what is only in the log into the file.
fn fold_log(path: &Path) -> rusqlite::Result<()> {
    let conn = Connection::open(path)?;
    conn.pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(()))?;
    conn.close().map_err(|(_, error)| error)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(ending);
    name.into()
}
