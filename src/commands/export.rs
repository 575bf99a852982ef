//! `export`: all products go out into a file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::interrupt::Interrupt;
use super::new_file::NewFile;
use super::report::{self, Progress, Unit};
use super::{Failure, Outcome};
use crate::config;
use crate::domain::product::Product;
use crate::exchange::{Format, RowWriter};
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
    let walk = opened.walk.as_mut();
    let written = match Interrupt::watch() {
        Err(error) => Err(Failure::Incomplete(error.to_string())),
        Ok(interrupt) if command.dry_run => {
            let mut nowhere = std::io::sink();
            write((&mut nowhere, &command.file), walk, format, interrupt).await
        }
        Ok(interrupt) => to_file(command, walk, format, interrupt).await,
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
    interrupt: Interrupt,
) -> Result<Written, Failure> {
    let new = NewFile::begin(&command.file, command.overwrite)?;
    let told = |error| unwritten(&command.file, &error);
    let mut file = BufWriter::new(File::create(new.draft()).map_err(told)?);
    let written = write((&mut file, &command.file), walk, format, interrupt).await?;
    file.flush().map_err(told)?;
    new.publish().map_err(told)?;
    Ok(written)
}

/// Of the file under this name nothing is left.
fn unwritten(file: &Path, error: &std::io::Error) -> Failure {
    Failure::Incomplete(format!("cannot write {}: {error}", file.display()))
}

async fn write(
    (out, file): (&mut dyn Write, &Path),
    walk: &mut dyn ProductWalk,
    format: Format,
    mut interrupt: Interrupt,
) -> Result<Written, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Incomplete(error.to_string());
    let writer = RowWriter::new(format);
    out.write_all(writer.header().as_bytes())
        .map_err(|error| unwritten(file, &error))?;
    let progress = Progress::of(walk.total(), Unit::Products);
    let mut written = Written::default();
    loop {
        let products = walk.next().await.map_err(|error| failed(&error))?;
        if products.is_empty() {
            return Ok(written);
        }
        let rows = writer.rows(&products).map_err(|error| failed(&error))?;
        out.write_all(&rows)
            .map_err(|error| unwritten(file, &error))?;
        progress.forward(products.len() as u64);
        written.products += products.len() as u64;
        written.broken += products.iter().filter(|product| is_broken(product)).count() as u64;
        if interrupt.came().await {
            return Err(Failure::interrupted("no file was written"));
        }
    }
}

fn is_broken(product: &Product) -> bool {
    product.title.trim().is_empty() || product.code.trim().is_empty()
}
