//! An output file that appears complete, or not at all.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir, TempPath};

use super::Failure;

/// A draft in a temporary directory beside its target. The directory is removed in any case.
#[derive(Debug)]
pub(super) struct NewFile {
    target: PathBuf,
    draft: TempPath,
    overwrite: bool,
    _dir: TempDir,
}

impl NewFile {
    pub(super) fn begin(target: &Path, overwrite: bool) -> Result<Self, Failure> {
        let shown = target.display();
        if target.file_name().is_none() || target.is_dir() {
            return Err(Failure::setting(
                "FILE",
                format!("{shown} is not a file name"),
            ));
        }
        if target.exists() && !overwrite {
            let reason = format!("{shown} exists; use --overwrite to replace it");
            return Err(Failure::setting("FILE", reason));
        }
        let failed = |error| Failure::setting("FILE", format!("cannot write {shown}: {error}"));
        let dir = TempDir::with_prefix_in(".vitrina-", parent(target)).map_err(failed)?;
        let draft = NamedTempFile::new_in(&dir).map_err(failed)?;
        Ok(Self {
            target: target.to_owned(),
            draft: draft.into_temp_path(),
            overwrite,
            _dir: dir,
        })
    }

    /// The file to write to: empty, and readable by its owner only.
    pub(super) fn draft(&self) -> &Path {
        &self.draft
    }

    /// Flushes the draft and renames it to its target.
    pub(super) fn publish(self) -> io::Result<()> {
        File::open(&self.draft)?.sync_all()?;
        let published = if self.overwrite {
            self.draft.persist(&self.target)
        } else {
            self.draft.persist_noclobber(&self.target)
        };
        published.map_err(|failed| failed.error)?;
        File::open(parent(&self.target))?.sync_all()
    }
}

fn parent(file: &Path) -> &Path {
    match file.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}
