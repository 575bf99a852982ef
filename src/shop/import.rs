//! Products come in by the file: rows are read as bytes arrive and stored in batches.

use std::fmt;

use tokio::sync::watch;

use super::import_pace::Pace;
use super::pictures::freeing;
use super::{Shop, ShopResult, folder_failure};
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::product_query::{Filter, ProductQuery};
use crate::domain::upsert::{MAX_BATCH, ProductBatch, ProductUpsert, Upserted};
use crate::exchange::{Format, Row, RowReader};
use crate::images::Images;
use crate::realtime::Told;
use crate::store::SharedStore;

/// Bad fields of one row that are told.
const MAX_TOLD: usize = 20;

/// Whether rows are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// They are.
    Store,
    /// Nothing is written; each row is held against the store as it is.
    DryRun,
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Its bad fields.
    pub errors: Vec<FieldError>,
}

/// How far an import came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Products that were made.
    pub created: u64,
    /// Products that were changed.
    pub updated: u64,
    /// Rows that said what was so already.
    pub unchanged: u64,
    /// Rows that were not taken.
    pub refused: u64,
    /// The line of the last row that is counted.
    pub line: u64,
}

impl Tally {
    /// Products that are other than they were.
    fn changes(&self) -> u64 {
        self.created + self.updated
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            created,
            updated,
            unchanged,
            refused,
            line,
        } = self;
        write!(
            f,
            "Up to line {line}: {created} created, {updated} updated, {unchanged} unchanged, {refused} refused"
        )
    }
}

/// An import that is under way. What was committed stays, whenever it ends.
pub struct Import {
    store: SharedStore,
    images: Images,
    mode: ImportMode,
    /// Where it must leave room for others.
    pace: Option<Pace>,
    reader: RowReader,
    batch: ProductBatch,
    /// The lines of the batch's rows.
    lines: Vec<u64>,
    /// Rows among them that were refused before the store saw them.
    refused: Vec<RefusedRow>,
    tally: Tally,
}

impl fmt::Debug for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import")
            .field("mode", &self.mode)
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}

impl Shop {
    /// Begins an import beside shoppers: it stores little at a time, waits until `pages` were told, and
    /// rests in between. `None` while another one is under way.
    pub fn begin_import(
        &self,
        format: Format,
        mode: ImportMode,
        pages: watch::Receiver<Told>,
    ) -> Option<Import> {
        let turn = self.importing.clone().try_acquire_owned().ok()?;
        let mut import = Import::new(self.store.clone(), self.images.clone(), format, mode);
        import.pace = Some(Pace::new(turn, pages));
        Some(import)
    }
}

impl Import {
    /// Begins an import into a store that nobody else needs.
    pub fn new(store: SharedStore, images: Images, format: Format, mode: ImportMode) -> Self {
        Self {
            store,
            images,
            mode,
            pace: None,
            reader: RowReader::new(format),
            batch: ProductBatch::default(),
            lines: Vec::new(),
            refused: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// How far it came.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Takes the next bytes of the file; tells each row that is refused, in the order of lines.
    ///
    /// # Errors
    /// The file cannot be read, or the store failed: the import is over.
    pub async fn take(
        &mut self,
        mut bytes: &[u8],
        told: &mut impl FnMut(RefusedRow),
    ) -> ShopResult<()> {
        while let Some(row) = self.reader.read(&mut bytes)? {
            self.take_row(row, told).await?;
        }
        Ok(())
    }

    /// Takes the end of the file.
    ///
    /// # Errors
    /// As for [`Import::take`].
    pub async fn finish(&mut self, told: &mut impl FnMut(RefusedRow)) -> ShopResult<()> {
        while let Some(row) = self.reader.finish()? {
            self.take_row(row, told).await?;
        }
        self.settle(told).await
    }

    async fn take_row(&mut self, row: Row, told: &mut impl FnMut(RefusedRow)) -> ShopResult<()> {
        let Row { line, content } = row;
        let checked = match content {
            Ok(row) => {
                // What stands before it may take its images away.
                if !self.batch.takes(&row) {
                    self.settle(told).await?;
                }
                self.with_pictures(row).await?
            }
            Err(invalid) => Err(invalid),
        };
        match checked {
            Ok(row) => {
                let given_back = self.batch.push(row);
                debug_assert!(given_back.is_none(), "room was made for it");
                self.lines.push(line);
            }
            Err(invalid) => self.refused.push(RefusedRow::new(line, &invalid)),
        }
        let size = self.pace.as_ref().map_or(MAX_BATCH, Pace::rows);
        if self.batch.len() >= size || self.refused.len() >= MAX_BATCH {
            self.settle(told).await?;
        }
        Ok(())
    }

    /// Images must be here, or be entries that the product has already.
    async fn with_pictures(
        &self,
        row: ProductUpsert,
    ) -> ShopResult<Result<ProductUpsert, ValidationError>> {
        let mut unknown = Vec::new();
        for (index, name) in row.thumbnails().iter().enumerate() {
            if !self.images.exists(name).await.map_err(folder_failure)? {
                unknown.push((index, name));
            }
        }
        if unknown.is_empty() {
            return Ok(Ok(row));
        }
        let query = ProductQuery {
            filters: vec![Filter::Code(row.code().to_owned())],
            ..ProductQuery::default()
        };
        let products = self.store.list_products(&query).await?.products;
        let has = |name: &String| products.iter().any(|known| known.thumbnails.contains(name));
        unknown.retain(|(_, name)| !has(name));
        let named = |(index, _): (usize, &String)| {
            FieldError::new(format!("thumbnails[{index}]"), "is no uploaded image")
        };
        let errors: Vec<_> = unknown.into_iter().map(named).collect();
        Ok(match errors.is_empty() {
            true => Ok(row),
            false => Err(ValidationError::Fields(errors)),
        })
    }

    /// Stores rows. Images that no product names afterwards are removed.
    async fn store_rows(&self, batch: ProductBatch) -> ShopResult<Vec<Upserted>> {
        let freed = match batch.names_images() {
            true => dropped(&self.store.preview_upserts(batch.clone()).await?),
            false => Vec::new(),
        };
        let store = self.store.clone();
        let upsert = async move { store.upsert_products(batch).await };
        freeing(&self.store, &self.images, freed, upsert, |stored| {
            dropped(stored)
        })
        .await
    }

    /// Stores what is gathered, counts it, and tells what was refused.
    async fn settle(&mut self, told: &mut impl FnMut(RefusedRow)) -> ShopResult<()> {
        let begun = self.pace.as_ref().map(Pace::begin);
        let batch = std::mem::take(&mut self.batch);
        let lines = std::mem::take(&mut self.lines);
        let outcomes = match self.mode {
            _ if batch.is_empty() => Vec::new(),
            ImportMode::Store => self.store_rows(batch).await?,
            ImportMode::DryRun => self.store.preview_upserts(batch).await?,
        };
        let before = self.tally.changes();
        for (line, outcome) in lines.into_iter().zip(outcomes) {
            self.tally.line = self.tally.line.max(line);
            match outcome {
                Upserted::Created => self.tally.created += 1,
                Upserted::Updated { .. } => self.tally.updated += 1,
                Upserted::Unchanged => self.tally.unchanged += 1,
                Upserted::Refused(invalid) => self.refused.push(RefusedRow::new(line, &invalid)),
            }
        }
        self.refused.sort_by_key(|row| row.line);
        for row in self.refused.drain(..) {
            self.tally.refused += 1;
            self.tally.line = self.tally.line.max(row.line);
            told(row);
        }
        if let (Some(pace), Some(begun)) = (&mut self.pace, begun) {
            let stored = match self.mode {
                ImportMode::Store => self.tally.changes() - before,
                ImportMode::DryRun => 0,
            };
            pace.rest(&begun, stored).await;
        }
        Ok(())
    }
}

/// Names of images that products lost.
fn dropped(outcomes: &[Upserted]) -> Vec<String> {
    let names = outcomes.iter().map(|outcome| match outcome {
        Upserted::Updated { dropped } => dropped.as_slice(),
        _ => &[],
    });
    names.flatten().cloned().collect()
}

impl RefusedRow {
    fn new(line: u64, invalid: &ValidationError) -> Self {
        Self {
            line,
            errors: invalid.fields().iter().take(MAX_TOLD).cloned().collect(),
        }
    }
}
