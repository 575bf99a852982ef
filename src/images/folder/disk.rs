//! File operations on regular files only, never through a symbolic link.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

pub(super) fn is_regular(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(found.is_file()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// `None` if there is no regular file.
pub(super) fn open_regular(path: &Path) -> io::Result<Option<File>> {
    if !is_regular(path)? {
        return Ok(None);
    }
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes a regular file; anything else stays, and a missing file is not an error.
pub(super) fn remove_regular(path: &Path) -> io::Result<()> {
    if !is_regular(path)? {
        return Ok(());
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Gives a file the owner of the directory, so that the server can use files restored by root.
#[cfg(unix)]
pub(super) fn copy_owner(dir: &Path, file: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};

    let (dir, own) = (fs::metadata(dir)?, fs::metadata(file)?);
    if (dir.uid(), dir.gid()) == (own.uid(), own.gid()) {
        return Ok(());
    }
    chown(file, Some(dir.uid()), Some(dir.gid()))
}

/// Other systems have no owner to copy.
#[cfg(not(unix))]
pub(super) fn copy_owner(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Flushes the entries of a directory. Only Unix can open directories as files.
pub(super) fn sync_dir(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}
