//! Imports of products: rows are parsed as bytes arrive, and stored in batches.

use std::fmt;

use tokio::sync::watch;

use super::images::{ImageCleanup, run_to_end};
use super::import_pace::ImportPacer;
use super::{Shop, ShopResult, storage_failure};
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::upsert::{MAX_BATCH, ProductBatch, ProductUpsert, UpsertOutcome};
use crate::exchange::{Format, Row, RowReader};
use crate::images::Images;
use crate::realtime::DeliveryProgress;
use crate::store::SharedStore;

/// Most reported errors of one row.
const MAX_ERRORS: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    Store,
    /// Compares each row with the store and writes nothing.
    DryRun,
}

/// A row that was not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// The line on which it begins, from 1.
    pub line: u64,
    pub errors: Vec<FieldError>,
}

/// Counts rows by their results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportSummary {
    pub created: u64,
    pub updated: u64,
    /// Rows that agree with their product.
    pub unchanged: u64,
    /// Rows that were not stored.
    pub refused: u64,
    /// The line of the last counted row.
    pub line: u64,
}

impl ImportSummary {
    fn changes(&self) -> u64 {
        self.created + self.updated
    }
}

impl fmt::Display for ImportSummary {
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
            "Up to line {line}: {created} created, {updated} updated, {unchanged} unchanged, \
             {refused} refused"
        )
    }
}

/// A running import. Committed rows stay, however it ends.
pub struct Import {
    store: SharedStore,
    images: Images,
    mode: ImportMode,
    /// Set for an import beside shoppers.
    pacer: Option<ImportPacer>,
    reader: RowReader,
    batch: ProductBatch,
    /// The line of each row of the batch.
    lines: Vec<u64>,
    /// Rows since the last flush that did not get into the batch.
    rejected: Vec<RejectedRow>,
    summary: ImportSummary,
}

impl Shop {
    /// Begins an import beside shoppers: it stores small batches, waits for their delivery to open
    /// pages, and pauses between them. `None` while another import is running.
    pub fn begin_import(
        &self,
        format: Format,
        mode: ImportMode,
        progress: watch::Receiver<DeliveryProgress>,
    ) -> Option<Import> {
        let permit = self.importing.clone().try_acquire_owned().ok()?;
        let mut import = Import::new(self.store.clone(), self.images.clone(), format, mode);
        import.pacer = Some(ImportPacer::new(permit, progress));
        Some(import)
    }
}

impl Import {
    /// Begins an import into a store without other users.
    pub fn new(store: SharedStore, images: Images, format: Format, mode: ImportMode) -> Self {
        Self {
            store,
            images,
            mode,
            pacer: None,
            reader: RowReader::new(format),
            batch: ProductBatch::default(),
            lines: Vec::new(),
            rejected: Vec::new(),
            summary: ImportSummary::default(),
        }
    }

    /// The rows so far.
    pub fn summary(&self) -> ImportSummary {
        self.summary
    }

    /// Takes the next bytes of the file. Calls `on_rejected` for each rejected row, in the order of
    /// lines.
    ///
    /// # Errors
    /// The file cannot be parsed, or the store failed. The import has ended.
    pub async fn take(
        &mut self,
        mut bytes: &[u8],
        on_rejected: &mut impl FnMut(RejectedRow),
    ) -> ShopResult<()> {
        while let Some(row) = self.reader.read(&mut bytes)? {
            self.take_row(row, on_rejected).await?;
        }
        Ok(())
    }

    /// Takes the end of the file.
    ///
    /// # Errors
    /// As for [`Import::take`].
    pub async fn finish(&mut self, on_rejected: &mut impl FnMut(RejectedRow)) -> ShopResult<()> {
        while let Some(row) = self.reader.finish()? {
            self.take_row(row, on_rejected).await?;
        }
        self.flush(on_rejected).await
    }

    async fn take_row(
        &mut self,
        row: Row,
        on_rejected: &mut impl FnMut(RejectedRow),
    ) -> ShopResult<()> {
        let Row { line, content } = row;
        let checked = match content {
            Ok(row) => {
                // Rows before it may remove its images.
                if !self.batch.accepts(&row) {
                    self.flush(on_rejected).await?;
                }
                self.with_images(row).await?
            }
            Err(invalid) => Err(invalid),
        };
        match checked {
            Ok(row) => {
                let returned = self.batch.push(row);
                debug_assert!(returned.is_none(), "the batch has room for it");
                self.lines.push(line);
            }
            Err(invalid) => self.rejected.push(RejectedRow::new(line, &invalid)),
        }
        let size = self.pacer.as_ref().map_or(MAX_BATCH, ImportPacer::rows);
        if self.batch.len() >= size || self.rejected.len() >= MAX_BATCH {
            self.flush(on_rejected).await?;
        }
        Ok(())
    }

    /// Checks that each image was uploaded or is an entry of the product already.
    async fn with_images(
        &self,
        row: ProductUpsert,
    ) -> ShopResult<Result<ProductUpsert, ValidationError>> {
        let mut unknown = Vec::new();
        for (index, name) in row.thumbnails().iter().enumerate() {
            if !self.images.exists(name).await.map_err(storage_failure)? {
                unknown.push((index, name));
            }
        }
        if unknown.is_empty() {
            return Ok(Ok(row));
        }
        let products = self.store.products_with_code(row.code()).await?;
        let has = |name: &String| products.iter().any(|known| known.thumbnails.contains(name));
        unknown.retain(|(_, name)| !has(name));
        let error = |(index, _): (usize, &String)| {
            FieldError::new(
                format!("thumbnails[{index}]"),
                "does not name an uploaded image",
            )
        };
        let errors: Vec<_> = unknown.into_iter().map(error).collect();
        if errors.is_empty() {
            Ok(Ok(row))
        } else {
            Ok(Err(ValidationError::Fields(errors)))
        }
    }

    /// Stores rows and removes the images that are no longer used.
    async fn store_rows(&self, batch: ProductBatch) -> ShopResult<Vec<UpsertOutcome>> {
        let known = if batch.names_images() {
            dropped(&self.store.preview_upserts(batch.clone()).await?)
        } else {
            Vec::new()
        };
        let (store, images) = (self.store.clone(), self.images.clone());
        run_to_end(async move {
            let mut cleanup = ImageCleanup::begin(&store, &images, known).await?;
            let result = store.upsert_products(batch).await;
            if let Ok(outcomes) = &result {
                cleanup.add(&dropped(outcomes)).await;
            }
            cleanup.finish(result).await
        })
        .await
    }

    /// Stores and counts the batch, and reports the rejected rows.
    async fn flush(&mut self, on_rejected: &mut impl FnMut(RejectedRow)) -> ShopResult<()> {
        let timing = self.pacer.as_ref().map(ImportPacer::begin);
        let batch = std::mem::take(&mut self.batch);
        let lines = std::mem::take(&mut self.lines);
        let outcomes = match self.mode {
            _ if batch.is_empty() => Vec::new(),
            ImportMode::Store => self.store_rows(batch).await?,
            ImportMode::DryRun => self.store.preview_upserts(batch).await?,
        };
        let before = self.summary.changes();
        for (line, outcome) in lines.into_iter().zip(outcomes) {
            self.summary.line = self.summary.line.max(line);
            match outcome {
                UpsertOutcome::Created => self.summary.created += 1,
                UpsertOutcome::Updated { .. } => self.summary.updated += 1,
                UpsertOutcome::Unchanged => self.summary.unchanged += 1,
                UpsertOutcome::Refused(invalid) => {
                    self.rejected.push(RejectedRow::new(line, &invalid))
                }
            }
        }
        self.rejected.sort_by_key(|row| row.line);
        for row in self.rejected.drain(..) {
            self.summary.refused += 1;
            self.summary.line = self.summary.line.max(row.line);
            on_rejected(row);
        }
        if let (Some(pacer), Some(timing)) = (&mut self.pacer, timing) {
            let stored = match self.mode {
                ImportMode::Store => self.summary.changes() - before,
                ImportMode::DryRun => 0,
            };
            pacer.pause(&timing, stored).await;
        }
        Ok(())
    }
}

/// The images that were removed from products.
fn dropped(outcomes: &[UpsertOutcome]) -> Vec<String> {
    let names = outcomes.iter().map(|outcome| match outcome {
        UpsertOutcome::Updated { dropped } => dropped.as_slice(),
        _ => &[],
    });
    names.flatten().cloned().collect()
}

impl RejectedRow {
    fn new(line: u64, invalid: &ValidationError) -> Self {
        Self {
            line,
            errors: invalid.fields().iter().take(MAX_ERRORS).cloned().collect(),
        }
    }
}
