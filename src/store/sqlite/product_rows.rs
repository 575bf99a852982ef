//! Products as rows: read, stored, changed and deleted, each change with its row in the log of
//! changes.

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::changes;
use super::product_columns::{self, select};
use super::readers::snapshot;
use crate::domain::change::ProductAction;
use crate::domain::ids::ProductId;
use crate::domain::product::{NewProduct, Product, ProductPatch};
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::timestamp::Timestamp;
use crate::store::{StoreError, StoreResult};

pub(super) fn find(conn: &Connection, id: ProductId) -> rusqlite::Result<Option<Product>> {
    conn.prepare_cached(&select("WHERE id = ?"))?
        .query_row([id.bytes()], product_columns::product)
        .optional()
}

pub(super) fn find_by_code(conn: &Connection, code: &str) -> rusqlite::Result<Option<Product>> {
    conn.prepare_cached(&select("WHERE code = ?"))?
        .query_row([code], product_columns::product)
        .optional()
}

/// Like [`find`]; a missing product is a refusal.
pub(super) fn require(conn: &Connection, id: ProductId) -> StoreResult<Product> {
    find(conn, id)?.ok_or(StoreError::Refused(Refusal::NotFound(Resource::Product)))
}

pub(super) fn create(conn: &Connection, id: ProductId, new: NewProduct) -> StoreResult<Product> {
    let product = Product::new(id, new, Timestamp::now());
    let bytes = id.bytes();
    let mut columns: Columns<'_> = vec![
        ("id", bytes.as_slice().into()),
        ("version", product.version.into()),
        ("created_at", product.created_at.millis().into()),
        ("updated_at", product.updated_at.millis().into()),
    ];
    columns.extend(product.values().map(product_columns::stored));
    if !insert(conn, columns)? {
        return Err(Refusal::DuplicateCode.into());
    }
    insert_thumbnails(conn, id, &product.thumbnails)?;
    changes::record_product(conn, ProductAction::Created, &product, product.version)?;
    Ok(product)
}

pub(super) fn update(
    conn: &Connection,
    old: Product,
    patch: &ProductPatch,
) -> StoreResult<Product> {
    if let Some(code) = patch.code.as_ref().filter(|code| **code != old.code) {
        require_free_code(conn, code)?;
    }
    if let Some(names) = &patch.thumbnails {
        delete_thumbnails(conn, &old)?;
        insert_thumbnails(conn, old.id, names)?;
    }
    let product = old.patched(patch, Timestamp::now());
    write(conn, &product, patch)?;
    changes::record_product(conn, ProductAction::Updated, &product, product.version)?;
    Ok(product)
}

/// Updates only the stock.
pub(super) fn set_stock(conn: &Connection, product: Product, stock: i64) -> StoreResult<Product> {
    let patch = ProductPatch {
        stock: Some(stock),
        ..ProductPatch::default()
    };
    update(conn, product, &patch)
}

pub(super) fn delete(conn: &Connection, product: Product) -> StoreResult<Product> {
    conn.prepare_cached("DELETE FROM products WHERE id = ?")?
        .execute([product.id.bytes()])?;
    delete_thumbnails(conn, &product)?;
    let version = product.version + 1;
    changes::record_product(conn, ProductAction::Deleted, &product, version)?;
    Ok(product)
}

/// Which of the names some product has.
pub(super) fn thumbnails_in_use(conn: &Connection, names: &[String]) -> StoreResult<Vec<String>> {
    let snapshot = snapshot(conn)?;
    let mut statement =
        snapshot.prepare_cached("SELECT 1 FROM thumbnail_names WHERE name = ? LIMIT 1")?;
    let mut used = Vec::new();
    for name in names {
        if statement.exists([name])? {
            used.push(name.clone());
        }
    }
    Ok(used)
}

fn require_free_code(conn: &Connection, code: &str) -> StoreResult<()> {
    let taken = conn
        .prepare_cached("SELECT 1 FROM products WHERE code = ?")?
        .exists([code])?;
    if taken {
        return Err(Refusal::DuplicateCode.into());
    }
    Ok(())
}

/// A row's columns with their values.
type Columns<'a> = Vec<(&'static str, ToSqlOutput<'a>)>;

/// Inserts a row, unless another one has its code.
fn insert(conn: &Connection, columns: Columns<'_>) -> rusqlite::Result<bool> {
    let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let sql = format!(
        "INSERT INTO products ({}) VALUES ({}) ON CONFLICT (code) DO NOTHING",
        names.join(", "),
        vec!["?"; names.len()].join(", "),
    );
    let inserted = conn
        .prepare_cached(&sql)?
        .execute(params_from_iter(values))?;
    Ok(inserted > 0)
}

/// Writes only the columns of the patch, because SQLite updates an index only if one of its columns
/// is written.
fn write(conn: &Connection, product: &Product, patch: &ProductPatch) -> rusqlite::Result<()> {
    let mut columns: Columns<'_> = vec![
        ("version", product.version.into()),
        ("updated_at", product.updated_at.millis().into()),
    ];
    columns.extend(patch.values().map(product_columns::stored));
    let set = columns.iter().map(|(name, _)| format!("{name} = ?"));
    let sql = format!(
        "UPDATE products SET {} WHERE id = ?",
        set.collect::<Vec<_>>().join(", ")
    );
    let id = product.id.bytes();
    let values = columns.into_iter().map(|(_, value)| value);
    conn.prepare_cached(&sql)?
        .execute(params_from_iter(values.chain([id.as_slice().into()])))
        .map(drop)
}

fn insert_thumbnails(conn: &Connection, id: ProductId, names: &[String]) -> rusqlite::Result<()> {
    for name in names {
        conn.prepare_cached("INSERT OR IGNORE INTO thumbnail_names (name, product) VALUES (?, ?)")?
            .execute(params![name, id.bytes()])?;
    }
    Ok(())
}

fn delete_thumbnails(conn: &Connection, product: &Product) -> rusqlite::Result<()> {
    for name in &product.thumbnails {
        conn.prepare_cached("DELETE FROM thumbnail_names WHERE name = ? AND product = ?")?
            .execute(params![name, product.id.bytes()])?;
    }
    Ok(())
}
