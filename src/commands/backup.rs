//! `backup`: the data file and its images go into one file.

use std::path::Path;

use super::interrupt::Interrupt;
use super::new_file::NewFile;
use super::report::{self, Progress, Unit};
use super::{Failure, Outcome};
use crate::config;
use crate::images::Images;
use crate::store::open::StoreUrl;
use crate::store::sqlite::Snapshot;

/// What to do where the data lies in MongoDB.
const MONGODB: &str = "a MongoDB store is backed up with mongodump and put back with mongorestore; \
                       copy the folder of images as well";

/// What an interrupt leaves.
const NOTHING: &str = "no file was written";

/// The images of a backup.
#[derive(Default)]
struct Copied {
    images: u64,
    /// Those that products name and the folder lacks.
    missing: u64,
}

pub(super) async fn run(command: &config::Backup) -> Outcome {
    let path = sqlite_path(&command.places.store)?;
    if !path.is_file() {
        let reason = format!("there is no file {}", path.display());
        return Err(Failure::setting("--store", reason));
    }
    let mut interrupt =
        Interrupt::watch().map_err(|error| Failure::Incomplete(error.to_string()))?;
    let new = NewFile::begin(&command.file, command.overwrite)?;
    let unwritten = |error: &dyn std::fmt::Display| {
        Failure::Incomplete(format!("cannot write {}: {error}", command.file.display()))
    };
    let snapshot =
        Snapshot::take(path, new.draft()).map_err(|error| match error.is_disk_full() {
            true => unwritten(&error),
            false => Failure::setting("--store", error),
        })?;
    let told = |error: std::io::Error| unwritten(&error);
    let Copied { images, missing } =
        copy_images(&snapshot, &command.places.uploads, &mut interrupt).await?;
    snapshot.close().map_err(told)?;
    if interrupt.came().await {
        return Err(Failure::interrupted(NOTHING));
    }
    new.publish().map_err(told)?;
    let (from, to) = (path.display(), command.file.display());
    report::result(&format!("{from} and {images} images are in {to}"));
    if missing > 0 {
        report::warn(&format!(
            "vitrina: products name {missing} images more, which are not in {}",
            command.places.uploads.display()
        ));
    }
    Ok(())
}

/// The file of a SQLite store.
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
) -> Result<Copied, Failure> {
    let told =
        |error: std::io::Error| Failure::Incomplete(format!("images cannot be copied: {error}"));
    let mut copied = Copied::default();
    let Some(mut name) = snapshot.image_behind("").map_err(told)? else {
        return Ok(copied);
    };
    if !uploads.is_dir() {
        let reason = format!(
            "products name images, but there is no folder {}",
            uploads.display()
        );
        return Err(Failure::setting("--uploads", reason));
    }
    let images = Images::open(uploads)
        .await
        .map_err(|error| Failure::setting("--uploads", error))?;
    let progress = Progress::of(0, Unit::Images);
    loop {
        match images.open_original(&name).map_err(told)? {
            Some(mut file) => {
                let size = file.metadata().map_err(told)?.len();
                snapshot.add_image(&name, size, &mut file).map_err(told)?;
                copied.images += 1;
            }
            None => copied.missing += 1,
        }
        progress.forward(1);
        if interrupt.came().await {
            return Err(Failure::interrupted(NOTHING));
        }
        match snapshot.image_behind(&name).map_err(told)? {
            Some(next) => name = next,
            None => return Ok(copied),
        }
    }
}
