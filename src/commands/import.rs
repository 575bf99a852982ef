//! `import`: products come in from a file.

use std::fs::File;
use std::io::{self, Read};

use tempfile::TempDir;

use super::interrupt::Interrupt;
use super::report::{self, Progress, Unit};
use super::{Failure, Outcome};
use crate::config::{self, DataPlaces};
use crate::domain::hold::HoldLength;
use crate::exchange::Format;
use crate::images::Images;
use crate::shop::{Import, ImportMode, RefusedRow, ShopResult, Tally};
use crate::store::open::{self, OpenError, StoreUrl};

/// Bytes that are read at a time.
const PART: usize = 64 << 10;

/// How the reading of the file ended.
enum End {
    Whole,
    Interrupted,
}

pub(super) async fn run(command: &config::Import) -> Outcome {
    let file_name = command.file.display();
    let format = Format::of_path(&command.file)
        .map_err(|reason| Failure::setting("FILE", format!("{file_name}: {reason}")))?;
    let unreadable = |error| Failure::setting("FILE", format!("cannot read {file_name}: {error}"));
    let mut file = File::open(&command.file).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?;
    if !size.is_file() {
        return Err(Failure::setting("FILE", format!("{file_name} is no file")));
    }
    let (places, _scratch) = places(command).map_err(|error| {
        let folder = std::env::temp_dir();
        Failure::Incomplete(format!("cannot write in {}: {error}", folder.display()))
    })?;
    let images = Images::open(&places.uploads).await.map_err(|error| {
        let folder = places.uploads.display();
        Failure::setting("--uploads", format!("{folder} cannot be used: {error}"))
    })?;
    let store = open::open(&places.store, HoldLength::OFF)
        .await
        .map_err(|error| refusal(&error))?;

    let mode = match command.dry_run {
        true => ImportMode::DryRun,
        false => ImportMode::Store,
    };
    let mut import = Import::new(store.clone(), images, format, mode);
    let progress = Progress::of(size.len(), Unit::Bytes);
    let end = read(&mut file, &mut import, &progress).await;
    drop(progress);
    store.close().await;
    conclude(end, import.tally(), mode)
}

/// Where the data lies. A dry run makes nothing there: what is not there yet is an empty one in a folder
/// that goes with the run.
fn places(command: &config::Import) -> io::Result<(DataPlaces, Option<TempDir>)> {
    let mut places = command.places.clone();
    if !command.dry_run {
        return Ok((places, None));
    }
    let scratch = tempfile::tempdir()?;
    match &mut places.store {
        StoreUrl::Sqlite(file) if !file.exists() => *file = scratch.path().join("vitrina.db"),
        StoreUrl::Sqlite(_) | StoreUrl::Mongo(_) => {}
    }
    if !places.uploads.exists() {
        places.uploads = scratch.path().join("uploads");
    }
    Ok((places, Some(scratch)))
}

fn refusal(error: &OpenError) -> Failure {
    let hint = match error.is_in_use() {
        true => "; a running shop imports by POST /api/import",
        false => "",
    };
    Failure::setting("--store", format!("{error}{hint}"))
}

async fn read(file: &mut File, import: &mut Import, progress: &Progress) -> ShopResult<End> {
    let mut interrupt = Interrupt::watch().map_err(read_failure)?;
    let mut told = |row: RefusedRow| {
        for error in &row.errors {
            progress.warn(&format!(
                "line {}: {} {}",
                row.line, error.field, error.reason
            ));
        }
    };
    let mut part = vec![0; PART];
    loop {
        let count = file.read(&mut part).map_err(read_failure)?;
        if count == 0 {
            import.finish(&mut told).await?;
            return Ok(End::Whole);
        }
        import.take(&part[..count], &mut told).await?;
        progress.forward(count as u64);
        if interrupt.came().await {
            return Ok(End::Interrupted);
        }
    }
}

/// The file's failure half way is told like the store's.
fn read_failure(error: io::Error) -> crate::store::StoreError {
    crate::store::StoreError::Unavailable(error.into())
}

fn conclude(end: ShopResult<End>, tally: Tally, mode: ImportMode) -> Outcome {
    let what = match mode {
        ImportMode::Store => "",
        ImportMode::DryRun => "Dry run, nothing was written. ",
    };
    let stays = match mode {
        ImportMode::Store if tally != Tally::default() => {
            ". What is in stays; the same file may be imported again"
        }
        _ => "",
    };
    match end {
        Ok(End::Whole) => {
            report::result(&format!("{what}{tally}"));
            match tally.refused {
                0 => Ok(()),
                1 => Err(Failure::Incomplete("1 row was refused".into())),
                count => Err(Failure::Incomplete(format!("{count} rows were refused"))),
            }
        }
        Ok(End::Interrupted) => Err(Failure::Incomplete(format!("interrupted. {tally}{stays}"))),
        Err(error) if tally == Tally::default() => Err(Failure::Incomplete(error.to_string())),
        Err(error) => Err(Failure::Incomplete(format!("{error}. {tally}{stays}"))),
    }
}
