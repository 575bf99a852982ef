//! `export`: all products go out into a file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::pin::pin;

use futures_util::FutureExt;

use super::new_file::NewFile;
use super::report::{self, Progress, Unit};
use super::{Failure, Outcome};
use crate::config;
use crate::domain::product::Product;
use crate::exchange::{Format, RowWriter};
use crate::signals;
use crate::store::ProductWalk;
use crate::store::open;

/// What was written.
#[derive(Default)]
struct Written {
    products: u64,
    /// Those that no import would take: they lack a title or a code.
    broken: u64,
}

pub(super) async fn run(command: &config::Export) -> Outcome {
    let file_name = command.file.display();
    let format = Format::of_path(&command.file)
        .map_err(|reason| Failure::setting("FILE", format!("{file_name}: {reason}")))?;
    let mut opened = open::open_walk(&command.places.store)
        .await
        .map_err(|error| Failure::setting("--store", error))?;
    let written = if command.dry_run {
        write(&mut std::io::sink(), opened.walk.as_mut(), format).await
    } else {
        to_file(command, opened.walk.as_mut(), format).await
    };
    opened.close().await;
    let Written { products, broken } = written?;
    report::result(&match command.dry_run {
        true => format!("Dry run, nothing was written. {products} products"),
        false => format!("{products} products in {file_name}"),
    });
    if broken > 0 {
        report::warn(&format!(
            "vitrina: {broken} of them have no title or no code: an import would refuse them until they are mended"
        ));
    }
    Ok(())
}

async fn to_file(
    command: &config::Export,
    walk: &mut dyn ProductWalk,
    format: Format,
) -> Result<Written, Failure> {
    let new = NewFile::begin(&command.file, command.overwrite)?;
    let told = |error: std::io::Error| {
        let reason = format!("cannot write {}: {error}", command.file.display());
        Failure::Incomplete(reason)
    };
    let mut file = BufWriter::new(File::create(new.draft()).map_err(told)?);
    let written = write(&mut file, walk, format).await?;
    file.flush().map_err(told)?;
    new.publish().map_err(told)?;
    Ok(written)
}

async fn write(
    out: &mut dyn Write,
    walk: &mut dyn ProductWalk,
    format: Format,
) -> Result<Written, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Incomplete(error.to_string());
    let stop = signals::stop().map_err(|error| failed(&error))?;
    let mut stop = pin!(stop.fuse());
    let writer = RowWriter::new(format);
    out.write_all(writer.header().as_bytes())
        .map_err(|error| failed(&error))?;
    let progress = Progress::of(walk.total(), Unit::Products);
    let mut written = Written::default();
    loop {
        let products = walk.next().await.map_err(|error| failed(&error))?;
        if products.is_empty() {
            return Ok(written);
        }
        let rows = writer.rows(&products).map_err(|error| failed(&error))?;
        out.write_all(&rows).map_err(|error| failed(&error))?;
        progress.forward(products.len() as u64);
        written.products += products.len() as u64;
        written.broken += products.iter().filter(|product| is_broken(product)).count() as u64;
        if stop.as_mut().now_or_never().is_some() {
            return Err(Failure::Incomplete(
                "interrupted; no file was written".into(),
            ));
        }
    }
}

fn is_broken(product: &Product) -> bool {
    product.title.trim().is_empty() || product.code.trim().is_empty()
}
