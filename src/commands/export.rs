//! `export`: writes all products to a file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::interrupt::Interrupt;
use super::new_file::NewFile;
use super::report::{self, Progress, Unit};
use super::{CommandResult, Failure};
use crate::config;
use crate::domain::product::Product;
use crate::exchange::{Format, RowWriter};
use crate::store::ProductWalk;
use crate::store::open;

#[derive(Default)]
struct ExportSummary {
    products: u64,
    /// Products without a title or a code, which an import would refuse.
    invalid: u64,
}

pub(super) async fn run(command: &config::Export) -> CommandResult {
    let file_name = command.file.display();
    let format = Format::of_path(&command.file)
        .map_err(|reason| Failure::setting("FILE", format!("{file_name}: {reason}")))?;
    let mut opened = open::open_walk(&command.data.store)
        .await
        .map_err(|error| Failure::setting("--store", error))?;
    let walk = opened.walk.as_mut();
    let result = match Interrupt::watch() {
        Err(error) => Err(Failure::Incomplete(error.to_string())),
        Ok(interrupt) if command.dry_run => {
            let mut sink = std::io::sink();
            write((&mut sink, &command.file), walk, format, interrupt).await
        }
        Ok(interrupt) => to_file(command, walk, format, interrupt).await,
    };
    opened.close().await;
    let ExportSummary { products, invalid } = result?;
    report::result(&if command.dry_run {
        format!("Dry run, nothing was written. {products} products")
    } else {
        format!("exported {products} products to {file_name}")
    });
    if invalid > 0 {
        report::warn(&format!(
            "vitrina: {invalid} products have no title or no code; an import would refuse them"
        ));
    }
    Ok(())
}

async fn to_file(
    command: &config::Export,
    walk: &mut dyn ProductWalk,
    format: Format,
    interrupt: Interrupt,
) -> Result<ExportSummary, Failure> {
    let new = NewFile::begin(&command.file, command.overwrite)?;
    let failed = |error| write_failed(&command.file, &error);
    let mut file = BufWriter::new(File::create(new.draft()).map_err(failed)?);
    let summary = write((&mut file, &command.file), walk, format, interrupt).await?;
    file.flush().map_err(failed)?;
    new.publish().map_err(failed)?;
    Ok(summary)
}

fn write_failed(file: &Path, error: &std::io::Error) -> Failure {
    Failure::Incomplete(format!("cannot write {}: {error}", file.display()))
}

async fn write(
    (out, file): (&mut dyn Write, &Path),
    walk: &mut dyn ProductWalk,
    format: Format,
    mut interrupt: Interrupt,
) -> Result<ExportSummary, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Incomplete(error.to_string());
    let writer = RowWriter::new(format);
    out.write_all(writer.header().as_bytes())
        .map_err(|error| write_failed(file, &error))?;
    let progress = Progress::new(walk.total(), Unit::Products);
    let mut summary = ExportSummary::default();
    loop {
        let products = walk.next().await.map_err(|error| failed(&error))?;
        if products.is_empty() {
            return Ok(summary);
        }
        let rows = writer.rows(&products).map_err(|error| failed(&error))?;
        out.write_all(&rows)
            .map_err(|error| write_failed(file, &error))?;
        progress.advance(products.len() as u64);
        summary.products += products.len() as u64;
        summary.invalid += products
            .iter()
            .filter(|product| is_invalid(product))
            .count() as u64;
        if interrupt.received().await {
            return Err(Failure::interrupted("no file was written"));
        }
    }
}

fn is_invalid(product: &Product) -> bool {
    product.title.trim().is_empty() || product.code.trim().is_empty()
}
