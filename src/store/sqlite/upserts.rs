//! Upserts of products by their codes.

use rusqlite::Connection;

use super::product_rows::{create, find_by_code, update};
use super::readers::snapshot;
use super::store::SqliteStore;
use crate::domain::ids::ProductId;
use crate::domain::upsert::{Decision, ProductBatch, ProductUpsert, UpsertOutcome, dropped_by};
use crate::store::StoreResult;

/// A row with its id, should it create a product.
struct PreparedRow {
    row: ProductUpsert,
    id: ProductId,
}

impl SqliteStore {
    pub(super) async fn upsert_batch(
        &self,
        batch: &ProductBatch,
    ) -> StoreResult<Vec<UpsertOutcome>> {
        let rows = batch.rows().iter().map(PreparedRow::new);
        let rows = rows.collect::<StoreResult<Vec<_>>>()?;
        self.writer
            .write(move |conn| rows.iter().map(|row| upsert(conn, row)).collect())
            .await
    }

    pub(super) async fn preview_batch(
        &self,
        batch: ProductBatch,
    ) -> StoreResult<Vec<UpsertOutcome>> {
        self.scans
            .read_blocking(move |conn| {
                let snapshot = snapshot(conn)?;
                let rows = batch.rows().iter();
                rows.map(|row| preview(&snapshot, row)).collect()
            })
            .await
    }
}

impl PreparedRow {
    fn new(row: &ProductUpsert) -> StoreResult<Self> {
        Ok(Self {
            id: ProductId::generate()?,
            row: row.clone(),
        })
    }
}

fn upsert(conn: &Connection, prepared: &PreparedRow) -> StoreResult<UpsertOutcome> {
    let known = find_by_code(conn, prepared.row.code())?;
    Ok(match (prepared.row.decide(known.as_ref()), known) {
        (Decision::Create(new), _) => {
            create(conn, prepared.id, new)?;
            UpsertOutcome::Created
        }
        (Decision::Change(patch), Some(product)) => {
            let dropped = dropped_by(&patch, &product);
            update(conn, product, &patch)?;
            UpsertOutcome::Updated { dropped }
        }
        (Decision::Keep | Decision::Change(_), _) => UpsertOutcome::Unchanged,
        (Decision::Refuse(error), _) => UpsertOutcome::Refused(error),
    })
}

fn preview(conn: &Connection, row: &ProductUpsert) -> StoreResult<UpsertOutcome> {
    let known = find_by_code(conn, row.code())?;
    Ok(match (row.decide(known.as_ref()), known) {
        (Decision::Create(_), _) => UpsertOutcome::Created,
        (Decision::Change(patch), Some(product)) => UpsertOutcome::Updated {
            dropped: dropped_by(&patch, &product),
        },
        (Decision::Keep | Decision::Change(_), _) => UpsertOutcome::Unchanged,
        (Decision::Refuse(error), _) => UpsertOutcome::Refused(error),
    })
}
