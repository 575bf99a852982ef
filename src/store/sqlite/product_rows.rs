//! Products as rows: read, stored, changed and deleted, each change with its row in the log of
//! changes.

use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::changes;
use super::rows::{self, product_columns};
use crate::domain::change::ProductAction;
use crate::domain::ids::ProductId;
use crate::domain::product::{NewProduct, Product, ProductPatch};
use crate::domain::product_query::folded;
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::timestamp::Timestamp;
use crate::store::{StoreError, StoreResult};

/// Separates the parts of a search text; product fields cannot contain it.
pub(super) const SEPARATOR: char = '\u{1f}';

/// The stored text in which a product is searched.
pub(super) fn search_text(title: &str, description: &str, code: &str) -> String {
    folded(&format!("{title}{SEPARATOR}{description}{SEPARATOR}{code}"))
}

pub(super) fn find(conn: &Connection, id: ProductId) -> rusqlite::Result<Option<Product>> {
    let sql = concat!("SELECT ", product_columns!(), " FROM products WHERE id = ?");
    conn.prepare_cached(sql)?
        .query_row([id.bytes()], rows::product)
        .optional()
}

/// Like [`find`]; a missing product is a refusal.
pub(super) fn require(conn: &Connection, id: ProductId) -> StoreResult<Product> {
    find(conn, id)?.ok_or(StoreError::Refused(Refusal::NotFound(Resource::Product)))
}

pub(super) fn create(
    conn: &Connection,
    id: ProductId,
    new: NewProduct,
    search: &str,
) -> StoreResult<Product> {
    let now = Timestamp::now();
    let product = Product {
        id,
        title: new.title,
        description: new.description,
        code: new.code,
        price: new.price,
        status: new.status,
        stock: new.stock,
        held: 0,
        category: new.category,
        thumbnails: new.thumbnails,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let inserted = conn
        .prepare_cached(
            "INSERT INTO products (id, code, title, price, status, stock, category, version, \
             created_at, updated_at, thumbnails, description, search) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (code) DO NOTHING",
        )?
        .execute(params![
            product.id.bytes(),
            product.code,
            product.title,
            product.price.minor(),
            product.status,
            product.stock,
            product.category,
            product.version,
            product.created_at.millis(),
            product.updated_at.millis(),
            rows::names_json(&product.thumbnails),
            product.description,
            search,
        ])?;
    if inserted == 0 {
        return Err(Refusal::DuplicateCode.into());
    }
    insert_thumbnails(conn, id, &product.thumbnails)?;
    changes::record_product(conn, ProductAction::Created, &product, product.version)?;
    Ok(product)
}

pub(super) fn update(conn: &Connection, old: Product, patch: ProductPatch) -> StoreResult<Product> {
    if let Some(code) = patch.code.as_ref().filter(|code| **code != old.code) {
        require_free_code(conn, code)?;
    }
    if let Some(names) = &patch.thumbnails {
        delete_thumbnails(conn, &old)?;
        insert_thumbnails(conn, old.id, names)?;
    }
    let columns = PatchColumns::of(&patch);
    let product = patched(old, patch);
    columns.store(conn, &product)?;
    changes::record_product(conn, ProductAction::Updated, &product, product.version)?;
    Ok(product)
}

/// Updates only the stock.
pub(super) fn set_stock(conn: &Connection, product: Product, stock: i64) -> StoreResult<Product> {
    let patch = ProductPatch {
        stock: Some(stock),
        ..ProductPatch::default()
    };
    update(conn, product, patch)
}

pub(super) fn delete(conn: &Connection, product: Product) -> StoreResult<Product> {
    conn.prepare_cached("DELETE FROM products WHERE id = ?")?
        .execute([product.id.bytes()])?;
    delete_thumbnails(conn, &product)?;
    let version = product.version + 1;
    changes::record_product(conn, ProductAction::Deleted, &product, version)?;
    Ok(product)
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

fn patched(old: Product, patch: ProductPatch) -> Product {
    Product {
        id: old.id,
        title: patch.title.unwrap_or(old.title),
        description: patch.description.unwrap_or(old.description),
        code: patch.code.unwrap_or(old.code),
        price: patch.price.unwrap_or(old.price),
        status: patch.status.unwrap_or(old.status),
        stock: patch.stock.unwrap_or(old.stock),
        held: old.held,
        category: patch.category.unwrap_or(old.category),
        thumbnails: patch.thumbnails.unwrap_or(old.thumbnails),
        version: old.version + 1,
        created_at: old.created_at,
        updated_at: Timestamp::now(),
    }
}

/// Which fields a patch has. Only their columns are written, because SQLite updates an index only
/// if one of its columns is written.
struct PatchColumns {
    title: bool,
    description: bool,
    code: bool,
    price: bool,
    status: bool,
    stock: bool,
    category: bool,
    thumbnails: bool,
}

impl PatchColumns {
    fn of(patch: &ProductPatch) -> Self {
        Self {
            title: patch.title.is_some(),
            description: patch.description.is_some(),
            code: patch.code.is_some(),
            price: patch.price.is_some(),
            status: patch.status.is_some(),
            stock: patch.stock.is_some(),
            category: patch.category.is_some(),
            thumbnails: patch.thumbnails.is_some(),
        }
    }

    fn store(&self, conn: &Connection, product: &Product) -> StoreResult<()> {
        let is_searched = self.title || self.description || self.code;
        let search =
            is_searched.then(|| search_text(&product.title, &product.description, &product.code));
        let names = self
            .thumbnails
            .then(|| rows::names_json(&product.thumbnails));
        let (price, updated) = (product.price.minor(), product.updated_at.millis());
        let columns: [(bool, &str, &dyn ToSql); 11] = [
            (true, "version = ?", &product.version),
            (true, "updated_at = ?", &updated),
            (self.title, "title = ?", &product.title),
            (self.description, "description = ?", &product.description),
            (self.code, "code = ?", &product.code),
            (self.price, "price = ?", &price),
            (self.status, "status = ?", &product.status),
            (self.stock, "stock = ?", &product.stock),
            (self.category, "category = ?", &product.category),
            (self.thumbnails, "thumbnails = ?", &names),
            (is_searched, "search = ?", &search),
        ];
        let written = columns.iter().filter(|(is_written, ..)| *is_written);
        let set: Vec<_> = written.clone().map(|(_, column, _)| *column).collect();
        let id = product.id.bytes();
        let values = written.map(|(.., value)| *value).chain([&id as &dyn ToSql]);
        conn.prepare_cached(&format!(
            "UPDATE products SET {} WHERE id = ?",
            set.join(", ")
        ))?
        .execute(rusqlite::params_from_iter(values))?;
        Ok(())
    }
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
