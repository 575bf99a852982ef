//! The few ways in which files are touched: regular files only, never through a symbolic link.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Whether a regular file lies here.
pub(super) fn is_regular(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(found.is_file()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Opens a regular file for reading; none where there is none.
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

/// Removes a regular file; anything else, or nothing, is left as it is.
pub(super) fn remove_regular(path: &Path) -> io::Result<()> {
    if !is_regular(path)? {
        return Ok(());
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Has a file belong to whom a folder belongs, so that a restore by root leaves nothing that the shop cannot use.
#[cfg(unix)]
pub(super) fn give_to_owner_of(folder: &Path, file: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};

    let (folder, own) = (fs::metadata(folder)?, fs::metadata(file)?);
    match (folder.uid(), folder.gid()) == (own.uid(), own.gid()) {
        true => Ok(()),
        false => chown(file, Some(folder.uid()), Some(folder.gid())),
    }
}

/// Elsewhere a file belongs to who made it.
#[cfg(not(unix))]
pub(super) fn give_to_owner_of(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes a folder's entries outlive a power failure. Only Unix opens folders as files.
pub(super) fn sync_dir(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}
