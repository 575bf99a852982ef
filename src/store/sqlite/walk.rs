//! A walk over all products in one state of the file, also while another process writes it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, params};

use super::connection::{open_reader, refusal};
use super::product_columns::{self, select};
use super::rows::read_count;
use super::schema::{self, FileKind};
use crate::domain::product::Product;
use crate::store::OpenError;
use crate::store::{ProductWalk, StoreError, StoreResult};

/// Products that are read at once.
const CHUNK: u32 = 200;

/// A walk with a connection of its own.
pub(in crate::store) struct SqliteWalk {
    /// In a read transaction, which keeps one state of the file.
    conn: Arc<Mutex<Connection>>,
    total: u64,
    /// The code of the last product read; no code sorts before the empty string.
    last: String,
}

impl SqliteWalk {
    /// Opens a walk over a file of this program's version that another process may have open.
    pub(in crate::store) fn open(path: &Path) -> Result<Self, OpenError> {
        let shown = path.display();
        if !path.is_file() {
            return Err(OpenError::new(format!("there is no file {shown}")));
        }
        let failed = |error| OpenError::new(format!("cannot read {shown}: {error}"));
        let conn = open_reader(path).map_err(failed)?;
        match schema::inspect(&conn).map_err(failed)? {
            FileKind::Current => {}
            FileKind::Empty | FileKind::Earlier => {
                return Err(OpenError::new(format!(
                    "{shown} is from an earlier Vitrina: start the server on it once to migrate it"
                )));
            }
            kind => return Err(refusal(path, kind)),
        }
        Self::begin(conn).map_err(failed)
    }

    pub(super) fn begin(conn: Connection) -> rusqlite::Result<Self> {
        conn.execute_batch("BEGIN")?;
        let total = conn.query_row("SELECT count(*) FROM products", [], read_count)?;
        Ok(Self {
            conn: Arc::new(Mutex::new(conn)),
            total,
            last: String::new(),
        })
    }
}

#[async_trait]
impl ProductWalk for SqliteWalk {
    fn total(&self) -> u64 {
        self.total
    }

    async fn next(&mut self) -> StoreResult<Vec<Product>> {
        let (conn, last) = (self.conn.clone(), self.last.clone());
        let products = tokio::task::spawn_blocking(move || {
            let conn = conn.lock().unwrap_or_else(PoisonError::into_inner);
            products_after(&conn, &last)
        });
        let products = products
            .await
            .unwrap_or_else(|error| Err(StoreError::Unavailable(error.into())))?;
        if let Some(product) = products.last() {
            self.last.clone_from(&product.code);
        }
        Ok(products)
    }
}

fn products_after(conn: &Connection, last: &str) -> StoreResult<Vec<Product>> {
    let products = conn
        .prepare_cached(&select("WHERE code > ? ORDER BY code LIMIT ?"))?
        .query_map(params![last, CHUNK], product_columns::product)?
        .collect::<Result<_, _>>()?;
    Ok(products)
}
