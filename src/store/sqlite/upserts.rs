//! Products that come in by their codes.

use rusqlite::{Connection, OptionalExtension};

use super::products::{create, update};
use super::readers::snapshot;
use super::rows::{self, product_columns};
use super::{SqliteStore, catalogue};
use crate::domain::ids::ProductId;
use crate::domain::product::{NewProduct, Product};
use crate::domain::upsert::{Decision, ProductBatch, ProductUpsert, Upserted, dropped_by};
use crate::store::StoreResult;

/// A row, with what can be made ready before the writer's turn.
struct Ready {
    row: ProductUpsert,
    id: ProductId,
    search: String,
}

impl SqliteStore {
    pub(super) async fn upsert_batch(&self, batch: &ProductBatch) -> StoreResult<Vec<Upserted>> {
        let ready = batch.rows().iter().map(Ready::new);
        let ready = ready.collect::<StoreResult<Vec<_>>>()?;
        self.writer
            .write(move |conn| ready.iter().map(|row| upsert(conn, row)).collect())
            .await
    }

    pub(super) async fn preview_batch(&self, batch: ProductBatch) -> StoreResult<Vec<Upserted>> {
        self.scans
            .aside(move |conn| {
                let snapshot = snapshot(conn)?;
                let rows = batch.rows().iter();
                rows.map(|row| preview(&snapshot, row)).collect()
            })
            .await
    }
}

impl Ready {
    fn new(row: &ProductUpsert) -> StoreResult<Self> {
        let text =
            |new: &NewProduct| catalogue::search_text(&new.title, &new.description, &new.code);
        Ok(Self {
            id: ProductId::generate()?,
            search: row.product().as_ref().map(text).unwrap_or_default(),
            row: row.clone(),
        })
    }
}

fn upsert(conn: &Connection, ready: &Ready) -> StoreResult<Upserted> {
    let known = find_by_code(conn, ready.row.code())?;
    Ok(match (ready.row.decide(known.as_ref()), known) {
        (Decision::Create(new), _) => {
            create(conn, ready.id, new, &ready.search)?;
            Upserted::Created
        }
        (Decision::Change(patch), Some(product)) => {
            let dropped = dropped_by(&patch, &product);
            update(conn, product, patch)?;
            Upserted::Updated { dropped }
        }
        (Decision::Keep | Decision::Change(_), _) => Upserted::Unchanged,
        (Decision::Refuse(error), _) => Upserted::Refused(error),
    })
}

fn preview(conn: &Connection, row: &ProductUpsert) -> StoreResult<Upserted> {
    let known = find_by_code(conn, row.code())?;
    Ok(match (row.decide(known.as_ref()), known) {
        (Decision::Create(_), _) => Upserted::Created,
        (Decision::Change(patch), Some(product)) => Upserted::Updated {
            dropped: dropped_by(&patch, &product),
        },
        (Decision::Keep | Decision::Change(_), _) => Upserted::Unchanged,
        (Decision::Refuse(error), _) => Upserted::Refused(error),
    })
}

fn find_by_code(conn: &Connection, code: &str) -> rusqlite::Result<Option<Product>> {
    let sql = concat!(
        "SELECT ",
        product_columns!(),
        " FROM products WHERE code = ?"
    );
    conn.prepare_cached(sql)?
        .query_row([code], rows::product)
        .optional()
}
