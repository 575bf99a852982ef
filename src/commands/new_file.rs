//! A file that appears whole, under its name, or not at all.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir, TempPath};

use super::Failure;

/// A file on its way: it lies beside its place in a folder of its own, which is removed with all that is in it when it
/// gets there, and when it does not.
#[derive(Debug)]
pub(super) struct NewFile {
    place: PathBuf,
    draft: TempPath,
    overwrite: bool,
    _folder: TempDir,
}

impl NewFile {
    /// Begins a file for this place.
    pub(super) fn begin(place: &Path, overwrite: bool) -> Result<Self, Failure> {
        let shown = place.display();
        if place.file_name().is_none() || place.is_dir() {
            return Err(Failure::setting("FILE", format!("{shown} is no file name")));
        }
        if place.exists() && !overwrite {
            let reason = format!("{shown} is there already; --overwrite replaces it");
            return Err(Failure::setting("FILE", reason));
        }
        let told = |error| Failure::setting("FILE", format!("cannot write {shown}: {error}"));
        let folder = TempDir::with_prefix_in(".vitrina-", folder_of(place)).map_err(told)?;
        let draft = NamedTempFile::new_in(&folder).map_err(told)?;
        Ok(Self {
            place: place.to_owned(),
            draft: draft.into_temp_path(),
            overwrite,
            _folder: folder,
        })
    }

    /// Where its content goes: an empty file that only its owner reads.
    pub(super) fn draft(&self) -> &Path {
        &self.draft
    }

    /// Puts it in its place, safe from a power failure.
    pub(super) fn publish(self) -> io::Result<()> {
        File::open(&self.draft)?.sync_all()?;
        let placed = match self.overwrite {
            true => self.draft.persist(&self.place),
            false => self.draft.persist_noclobber(&self.place),
        };
        placed.map_err(|refused| refused.error)?;
        File::open(folder_of(&self.place))?.sync_all()
    }
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
