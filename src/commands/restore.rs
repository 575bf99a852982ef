//! `restore`: a backup takes the place of the data file.

use std::path::Path;

use super::backup::sqlite_path;
use super::interrupt::Interrupt;
use super::report;
use super::{Failure, Outcome};
use crate::config;
use crate::images::Images;
use crate::store::open::OpenError;
use crate::store::sqlite::Restoration;

/// What an interrupt leaves.
const AS_IT_WAS: &str = "the data file is as it was";

pub(super) async fn run(command: &config::Restore) -> Outcome {
    let path = sqlite_path(&command.places.store)?;
    let mut interrupt =
        Interrupt::watch().map_err(|error| Failure::Incomplete(error.to_string()))?;
    let restoration = Restoration::prepare(&command.file, path).map_err(|error| refusal(&error))?;
    // Images come first: a file without a product harms nobody, a product without its file does.
    let images = put_back_images(&restoration, &command.places.uploads, &mut interrupt).await?;
    if interrupt.came().await {
        return Err(Failure::interrupted(AS_IT_WAS));
    }
    let aside = restoration.finish().map_err(|error| {
        Failure::Incomplete(format!("{} cannot be replaced: {error}", path.display()))
    })?;
    report::result(&format!(
        "{} is as {} has it; {images} images were put back",
        path.display(),
        command.file.display()
    ));
    if let Some(aside) = aside {
        report::result(&format!("What was there is kept as {}", aside.display()));
    }
    Ok(())
}

fn refusal(error: &OpenError) -> Failure {
    if error.is_in_use() {
        return Failure::setting("--store", format!("{error}: stop the shop first"));
    }
    let setting = if error.is_disk_full() {
        "--store"
    } else {
        "FILE"
    };
    Failure::setting(setting, error)
}

async fn put_back_images(
    restoration: &Restoration,
    uploads: &Path,
    interrupt: &mut Interrupt,
) -> Result<u64, Failure> {
    let told =
        |error: std::io::Error| Failure::Incomplete(format!("images cannot be put back: {error}"));
    let images = Images::open(uploads).await.map_err(|error| {
        let reason = format!("{} cannot be used: {error}", uploads.display());
        Failure::setting("--uploads", reason)
    })?;
    let (mut count, mut after) = (0, String::new());
    loop {
        let Some(mut image) = restoration.image_behind(&after).map_err(told)? else {
            return Ok(count);
        };
        let put_back = images.put_back(&image.name, &mut image.content);
        count += u64::from(put_back.map_err(told)?);
        after = image.name;
        if interrupt.came().await {
            return Err(Failure::interrupted(AS_IT_WAS));
        }
    }
}
