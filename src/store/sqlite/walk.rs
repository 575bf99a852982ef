//! A walk over the file in one state of it, also beside the process that writes it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, params};

use super::catalogue::counted;
use super::connection::open_reader;
use super::rows::{self, product_columns};
use super::schema::{self, Found};
use crate::domain::product::Product;
use crate::store::open::OpenError;
use crate::store::{ProductWalk, StoreError, StoreResult};

/// Products of a part.
const PART: u32 = 200;

/// A walk with a connection of its own.
pub(in crate::store) struct SqliteWalk {
    /// In a transaction that only reads, which keeps its state of the file.
    conn: Arc<Mutex<Connection>>,
    total: u64,
    /// The last code that was told; no code sorts before the empty text.
    last: String,
}

impl SqliteWalk {
    /// Opens a walk over a file that may be another process's.
    ///
    /// # Errors
    /// It is not there, not ours, or of another version than this program's.
    pub(in crate::store) fn open(path: &Path) -> Result<Self, OpenError> {
        let path_shown = path.display();
        if !path.is_file() {
            return Err(OpenError::new(format!("there is no file {path_shown}")));
        }
        let told = |error| OpenError::new(format!("cannot read {path_shown}: {error}"));
        let conn = open_reader(path).map_err(told)?;
        match schema::inspect(&conn).map_err(told)? {
            Found::Usable if schema::is_current(&conn).map_err(told)? => {}
            Found::Usable => {
                return Err(OpenError::new(format!(
                    "{path_shown} is of an earlier Vitrina: start this one on it once, which brings it up to date"
                )));
            }
            found => return Err(super::connection::refusal(path, found)),
        }
        Self::begin(conn).map_err(told)
    }

    pub(super) fn begin(conn: Connection) -> rusqlite::Result<Self> {
        conn.execute_batch("BEGIN")?;
        let total = conn.query_row("SELECT count(*) FROM products", [], counted)?;
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
        let part = tokio::task::spawn_blocking(move || {
            let conn = conn.lock().unwrap_or_else(PoisonError::into_inner);
            part(&conn, &last)
        });
        let part = part
            .await
            .unwrap_or_else(|error| Err(StoreError::Unavailable(error.into())))?;
        if let Some(product) = part.last() {
            self.last.clone_from(&product.code);
        }
        Ok(part)
    }
}

fn part(conn: &Connection, last: &str) -> StoreResult<Vec<Product>> {
    let sql = concat!(
        "SELECT ",
        product_columns!(),
        " FROM products WHERE code > ? ORDER BY code LIMIT ?"
    );
    let products = conn
        .prepare_cached(sql)?
        .query_map(params![last, PART], rows::product)?
        .collect::<Result<_, _>>()?;
    Ok(products)
}
