//! A file that appears whole, under its name, or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::Failure;

/// A file on its way: it lies beside its place under another name, which is removed when it does not
/// get there.
#[derive(Debug)]
pub(super) struct NewFile {
    place: PathBuf,
    draft: PathBuf,
    overwrite: bool,
}

impl NewFile {
    /// Begins a file for this place.
    pub(super) fn begin(place: &Path, overwrite: bool) -> Result<Self, Failure> {
        let shown = place.display();
        let name = place.file_name().filter(|_| !place.is_dir());
        let name =
            name.ok_or_else(|| Failure::setting("FILE", format!("{shown} is no file name")))?;
        if place.exists() && !overwrite {
            let reason = format!("{shown} is there already; --overwrite replaces it");
            return Err(Failure::setting("FILE", reason));
        }
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.part", std::process::id()));
        let draft = place.with_file_name(hidden);
        let told = |error| Failure::setting("FILE", format!("cannot write {shown}: {error}"));
        private_file(&draft).map_err(told)?;
        Ok(Self {
            place: place.to_owned(),
            draft,
            overwrite,
        })
    }

    /// Where its content goes: an empty file that only its owner reads.
    pub(super) fn draft(&self) -> &Path {
        &self.draft
    }

    /// Puts it in its place, safe from a power failure.
    pub(super) fn publish(self) -> io::Result<()> {
        File::open(&self.draft)?.sync_all()?;
        if self.overwrite {
            fs::rename(&self.draft, &self.place)?;
        } else {
            // Unlike a rename, a link replaces nothing.
            fs::hard_link(&self.draft, &self.place).or_else(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Err(error),
                _ => fs::rename(&self.draft, &self.place),
            })?;
        }
        sync_folder_of(&self.place)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // It is gone when it was published.
        let _ = fs::remove_file(&self.draft);
    }
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes names in a file's folder outlive a power failure.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}
