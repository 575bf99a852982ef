//! `import`: reads products from a file.

use std::fs::File;
use std::io::{self, Read};

use tempfile::TempDir;

use super::interrupt::Interrupt;
use super::report::{self, Progress, Unit};
use super::{CommandResult, Failure};
use crate::config::{self, DataLocation};
use crate::domain::hold::HoldLength;
use crate::exchange::Format;
use crate::images::Images;
use crate::shop::{Import, ImportMode, ImportSummary, RejectedRow, ShopResult};
use crate::store::OpenError;
use crate::store::open::{self, StoreUrl};

const CHUNK: usize = 64 << 10;

enum ReadEnd {
    Complete,
    Interrupted,
}

pub(super) async fn run(command: &config::Import) -> CommandResult {
    let file_name = command.file.display();
    let format = Format::of_path(&command.file)
        .map_err(|reason| Failure::setting("FILE", format!("{file_name}: {reason}")))?;
    let unreadable = |error| Failure::setting("FILE", format!("cannot read {file_name}: {error}"));
    let mut file = File::open(&command.file).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?;
    if !size.is_file() {
        return Err(Failure::setting(
            "FILE",
            format!("{file_name} is not a file"),
        ));
    }
    let (location, _scratch) = location(command).map_err(|error| {
        let dir = std::env::temp_dir();
        Failure::Incomplete(format!("cannot write to {}: {error}", dir.display()))
    })?;
    let images = Images::open(&location.uploads).await.map_err(|error| {
        let dir = location.uploads.display();
        Failure::setting("--uploads", format!("cannot use {dir}: {error}"))
    })?;
    let store = open::open(&location.store, HoldLength::OFF)
        .await
        .map_err(|error| open_failed(&error))?;

    let mode = if command.dry_run {
        ImportMode::DryRun
    } else {
        ImportMode::Store
    };
    let mut import = Import::new(store.clone(), images, format, mode);
    let progress = Progress::new(size.len(), Unit::Bytes);
    let end = read(&mut file, &mut import, &progress).await;
    drop(progress);
    store.close().await;
    conclude(end, import.summary(), mode)
}

/// A dry run must not create anything: in place of a missing store or image directory it gets an
/// empty one in a temporary directory.
fn location(command: &config::Import) -> io::Result<(DataLocation, Option<TempDir>)> {
    let mut location = command.data.clone();
    if !command.dry_run {
        return Ok((location, None));
    }
    let scratch = tempfile::tempdir()?;
    match &mut location.store {
        StoreUrl::Sqlite(file) if !file.exists() => *file = scratch.path().join("vitrina.db"),
        StoreUrl::Sqlite(_) | StoreUrl::Mongo(_) => {}
    }
    if !location.uploads.exists() {
        location.uploads = scratch.path().join("uploads");
    }
    Ok((location, Some(scratch)))
}

fn open_failed(error: &OpenError) -> Failure {
    let hint = match error {
        OpenError::InUse(_) => "; with a running server use POST /api/import",
        _ => "",
    };
    Failure::setting("--store", format!("{error}{hint}"))
}

async fn read(file: &mut File, import: &mut Import, progress: &Progress) -> ShopResult<ReadEnd> {
    let mut interrupt = Interrupt::watch().map_err(read_failure)?;
    let mut report_row = |row: RejectedRow| {
        for error in &row.errors {
            progress.warn(&format!(
                "line {}: {} {}",
                row.line, error.field, error.reason
            ));
        }
    };
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = file.read(&mut chunk).map_err(read_failure)?;
        if count == 0 {
            import.finish(&mut report_row).await?;
            return Ok(ReadEnd::Complete);
        }
        import.take(&chunk[..count], &mut report_row).await?;
        progress.advance(count as u64);
        if interrupt.received().await {
            return Ok(ReadEnd::Interrupted);
        }
    }
}

/// A read error in the middle of the file is reported like an unavailable store.
fn read_failure(error: io::Error) -> crate::store::StoreError {
    crate::store::StoreError::Unavailable(error.into())
}

fn conclude(end: ShopResult<ReadEnd>, summary: ImportSummary, mode: ImportMode) -> CommandResult {
    let is_empty = summary == ImportSummary::default();
    let prefix = match mode {
        ImportMode::Store => "",
        ImportMode::DryRun => "Dry run, nothing was written. ",
    };
    let suffix = match mode {
        ImportMode::Store if !is_empty => {
            ". These rows are stored; import the file again to continue"
        }
        _ => "",
    };
    match end {
        Ok(ReadEnd::Complete) => {
            report::result(&format!("{prefix}{summary}"));
            match summary.refused {
                0 => Ok(()),
                1 => Err(Failure::Incomplete("1 row was refused".into())),
                count => Err(Failure::Incomplete(format!("{count} rows were refused"))),
            }
        }
        Ok(ReadEnd::Interrupted) => Err(Failure::Incomplete(format!(
            "interrupted. {summary}{suffix}"
        ))),
        Err(error) if is_empty => Err(Failure::Incomplete(error.to_string())),
        Err(error) => Err(Failure::Incomplete(format!("{error}. {summary}{suffix}"))),
    }
}
