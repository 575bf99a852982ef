//! `restore`: replaces the data file with a backup.

use std::path::Path;

use super::backup::sqlite_path;
use super::interrupt::Interrupt;
use super::report;
use super::{CommandResult, Failure};
use crate::config;
use crate::images::Images;
use crate::store::OpenError;
use crate::store::sqlite::RestorePlan;

/// The state after an interrupt.
const UNCHANGED: &str = "the data file is unchanged";

pub(super) async fn run(command: &config::Restore) -> CommandResult {
    let path = sqlite_path(&command.data.store)?;
    let mut interrupt =
        Interrupt::watch().map_err(|error| Failure::Incomplete(error.to_string()))?;
    let plan = RestorePlan::prepare(&command.file, path).map_err(|error| plan_failed(&error))?;
    // Images come first: an unused file does no harm, a product without its image does.
    let images = restore_images(&plan, &command.data.uploads, &mut interrupt).await?;
    if interrupt.received().await {
        return Err(Failure::interrupted(UNCHANGED));
    }
    let old = plan.finish().map_err(|error| {
        Failure::Incomplete(format!("cannot replace {}: {error}", path.display()))
    })?;
    report::result(&format!(
        "restored {} and {images} images from {}",
        path.display(),
        command.file.display()
    ));
    if let Some(old) = old {
        report::result(&format!("the old data is in {}", old.display()));
    }
    Ok(())
}

fn plan_failed(error: &OpenError) -> Failure {
    match error {
        OpenError::InUse(_) => {
            Failure::setting("--store", format!("{error}: stop the server first"))
        }
        OpenError::DiskFull => Failure::setting("--store", error),
        OpenError::Other(_) => Failure::setting("FILE", error),
    }
}

async fn restore_images(
    plan: &RestorePlan,
    uploads: &Path,
    interrupt: &mut Interrupt,
) -> Result<u64, Failure> {
    let failed =
        |error: std::io::Error| Failure::Incomplete(format!("cannot restore images: {error}"));
    let images = Images::open(uploads).await.map_err(|error| {
        let reason = format!("cannot use {}: {error}", uploads.display());
        Failure::setting("--uploads", reason)
    })?;
    let (mut count, mut after) = (0, String::new());
    loop {
        let Some(mut image) = plan.next_image(&after).map_err(failed)? else {
            return Ok(count);
        };
        let restored = images.restore(&image.name, &mut image.content);
        count += u64::from(restored.map_err(failed)?);
        after = image.name;
        if interrupt.received().await {
            return Err(Failure::interrupted(UNCHANGED));
        }
    }
}
