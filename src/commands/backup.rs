//! `backup`: copies the data file and its images into one file.

use std::path::Path;

use super::interrupt::Interrupt;
use super::new_file::NewFile;
use super::report::{self, Progress, Unit};
use super::{CommandResult, Failure};
use crate::config;
use crate::images::Images;
use crate::store::OpenError;
use crate::store::open::StoreUrl;
use crate::store::sqlite::Snapshot;

const MONGODB: &str = "back up a MongoDB store with mongodump and restore it with mongorestore; copy \
                       the image directory as well";

/// The state after an interrupt.
const NOTHING_WRITTEN: &str = "no file was written";

#[derive(Default)]
struct BackupSummary {
    images: u64,
    /// Images that products name but the directory does not have.
    missing: u64,
}

pub(super) async fn run(command: &config::Backup) -> CommandResult {
    let path = sqlite_path(&command.data.store)?;
    if !path.is_file() {
        let reason = format!("{} does not exist", path.display());
        return Err(Failure::setting("--store", reason));
    }
    let mut interrupt =
        Interrupt::watch().map_err(|error| Failure::Incomplete(error.to_string()))?;
    let new = NewFile::begin(&command.file, command.overwrite)?;
    let write_failed = |error: &dyn std::fmt::Display| {
        Failure::Incomplete(format!("cannot write {}: {error}", command.file.display()))
    };
    let snapshot = Snapshot::take(path, new.draft()).map_err(|error| match error {
        OpenError::DiskFull => write_failed(&error),
        error => Failure::setting("--store", error),
    })?;
    let BackupSummary { images, missing } =
        copy_images(&snapshot, &command.data.uploads, &mut interrupt).await?;
    snapshot.close().map_err(|error| write_failed(&error))?;
    if interrupt.received().await {
        return Err(Failure::interrupted(NOTHING_WRITTEN));
    }
    new.publish().map_err(|error| write_failed(&error))?;
    let (from, to) = (path.display(), command.file.display());
    report::result(&format!("backed up {from} and {images} images to {to}"));
    if missing > 0 {
        report::warn(&format!(
            "vitrina: {missing} images that products name are missing from {}",
            command.data.uploads.display()
        ));
    }
    Ok(())
}

pub(super) fn sqlite_path(store: &StoreUrl) -> Result<&Path, Failure> {
    match store {
        StoreUrl::Sqlite(path) => Ok(path),
        StoreUrl::Mongo(_) => Err(Failure::setting("--store", MONGODB)),
    }
}

async fn copy_images(
    snapshot: &Snapshot,
    uploads: &Path,
    interrupt: &mut Interrupt,
) -> Result<BackupSummary, Failure> {
    let copy_failed =
        |error: std::io::Error| Failure::Incomplete(format!("cannot copy images: {error}"));
    let mut summary = BackupSummary::default();
    let Some(mut name) = snapshot.next_image("").map_err(copy_failed)? else {
        return Ok(summary);
    };
    if !uploads.is_dir() {
        let reason = format!(
            "products name images, but the directory {} does not exist",
            uploads.display()
        );
        return Err(Failure::setting("--uploads", reason));
    }
    let images = Images::open(uploads)
        .await
        .map_err(|error| Failure::setting("--uploads", error))?;
    let progress = Progress::new(0, Unit::Images);
    loop {
        match images.open_original(&name).map_err(copy_failed)? {
            Some(mut file) => {
                let size = file.metadata().map_err(copy_failed)?.len();
                snapshot
                    .add_image(&name, size, &mut file)
                    .map_err(copy_failed)?;
                summary.images += 1;
            }
            None => summary.missing += 1,
        }
        progress.advance(1);
        if interrupt.received().await {
            return Err(Failure::interrupted(NOTHING_WRITTEN));
        }
        match snapshot.next_image(&name).map_err(copy_failed)? {
            Some(next) => name = next,
            None => return Ok(summary),
        }
    }
}
