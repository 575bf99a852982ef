//! The catalogue: operations on one product.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::connection::open_reader;
use super::rows::{self, product_columns};
use super::walk::SqliteWalk;
use super::{SqliteStore, catalogue, changes, quick};
use crate::domain::broken::BrokenProducts;
use crate::domain::change::ProductAction;
use crate::domain::ids::ProductId;
use crate::domain::product::{MAX_THUMBNAILS, NewProduct, Product, ProductPatch};
use crate::domain::product_query::{ProductChunk, ProductPage, ProductQuery};
use crate::domain::timestamp::Timestamp;
use crate::domain::upsert::{ProductBatch, Upserted};
use crate::store::{Noun, ProductStore, ProductWalk, StoreError, StoreResult};

#[async_trait]
impl ProductStore for SqliteStore {
    async fn create_product(&self, new: NewProduct) -> StoreResult<Product> {
        let id = ProductId::generate()?;
        let search = catalogue::search_text(&new.title, &new.description, &new.code);
        self.writer
            .write(move |conn| create(conn, id, new, &search))
            .await
    }

    async fn product(&self, id: ProductId) -> StoreResult<Product> {
        self.points.at_once(|conn| require(conn, id)).await
    }

    async fn list_products(&self, query: &ProductQuery) -> StoreResult<ProductPage> {
        let page = self.points.at_once(|conn| {
            let quick = quick::is_page(conn, query)?;
            quick.then(|| catalogue::page(conn, query)).transpose()
        });
        if let Some(page) = page.await? {
            return Ok(page);
        }
        let query = query.clone();
        self.scans
            .aside(move |conn| catalogue::page(conn, &query))
            .await
    }

    async fn product_chunk(
        &self,
        after: Option<ProductId>,
        only: Option<&[ProductId]>,
        limit: u32,
    ) -> StoreResult<ProductChunk> {
        let chunk = self.points.at_once(|conn| {
            let quick = quick::is_chunk(conn, only, limit)?;
            quick
                .then(|| catalogue::chunk(conn, after, only, limit))
                .transpose()
        });
        if let Some(chunk) = chunk.await? {
            return Ok(chunk);
        }
        let only = only.map(<[_]>::to_vec);
        self.scans
            .aside(move |conn| catalogue::chunk(conn, after, only.as_deref(), limit))
            .await
    }

    async fn categories(&self) -> StoreResult<Vec<String>> {
        self.points.at_once(catalogue::categories).await
    }

    async fn broken_products(&self, _limit: u32) -> StoreResult<BrokenProducts> {
        // Whoever writes to the file is this program, and it stores what passed the rules.
        Ok(BrokenProducts::default())
    }

    async fn update_product(
        &self,
        id: ProductId,
        patch: ProductPatch,
        expected: Option<i64>,
    ) -> StoreResult<Product> {
        self.writer
            .write(move |conn| update(conn, require_version(conn, id, expected)?, patch))
            .await
    }

    async fn delete_product(&self, id: ProductId, expected: Option<i64>) -> StoreResult<Product> {
        self.writer
            .write(move |conn| delete(conn, require_version(conn, id, expected)?))
            .await
    }

    async fn add_thumbnails(&self, id: ProductId, names: Vec<String>) -> StoreResult<Product> {
        self.writer
            .write(move |conn| {
                let product = require(conn, id)?;
                let names = [product.thumbnails.clone(), names].concat();
                if names.len() > MAX_THUMBNAILS {
                    return Err(StoreError::TooManyThumbnails);
                }
                update(conn, product, thumbnails(names))
            })
            .await
    }

    async fn remove_thumbnail(&self, id: ProductId, name: &str) -> StoreResult<Product> {
        let name = name.to_owned();
        self.writer
            .write(move |conn| {
                let product = require(conn, id)?;
                let mut names = product.thumbnails.clone();
                names.retain(|known| *known != name);
                if names.len() == product.thumbnails.len() {
                    return Err(StoreError::NotFound(Noun::Thumbnail));
                }
                update(conn, product, thumbnails(names))
            })
            .await
    }

    async fn upsert_products(&self, batch: ProductBatch) -> StoreResult<Vec<Upserted>> {
        self.upsert_batch(&batch).await
    }

    async fn preview_upserts(&self, batch: ProductBatch) -> StoreResult<Vec<Upserted>> {
        self.preview_batch(batch).await
    }

    async fn walk_products(&self) -> StoreResult<Box<dyn ProductWalk>> {
        let path = self.path.clone();
        let begin = move |_: &Connection| Ok(SqliteWalk::begin(open_reader(&path)?)?);
        Ok(Box::new(self.scans.aside(begin).await?))
    }

    async fn thumbnails_in_use(&self, names: &[String]) -> StoreResult<Vec<String>> {
        if quick::are_keys(names.len()) {
            let used = |conn: &_| catalogue::thumbnails_in_use(conn, names);
            return self.points.at_once(used).await;
        }
        let names = names.to_vec();
        self.scans
            .aside(move |conn| catalogue::thumbnails_in_use(conn, &names))
            .await
    }
}

/// A product, if it is there.
pub(super) fn find(conn: &Connection, id: ProductId) -> rusqlite::Result<Option<Product>> {
    let sql = concat!("SELECT ", product_columns!(), " FROM products WHERE id = ?");
    conn.prepare_cached(sql)?
        .query_row([id.bytes()], rows::product)
        .optional()
}

/// A product that must be there.
pub(super) fn require(conn: &Connection, id: ProductId) -> StoreResult<Product> {
    find(conn, id)?.ok_or(StoreError::NotFound(Noun::Product))
}

fn require_version(
    conn: &Connection,
    id: ProductId,
    expected: Option<i64>,
) -> StoreResult<Product> {
    let product = require(conn, id)?;
    let current = product.version;
    match expected {
        Some(expected) if expected != current => Err(StoreError::VersionMismatch { current }),
        _ => Ok(product),
    }
}

fn thumbnails(names: Vec<String>) -> ProductPatch {
    ProductPatch {
        thumbnails: Some(names),
        ..ProductPatch::default()
    }
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
            rows::names_text(&product.thumbnails),
            product.description,
            search,
        ])?;
    if inserted == 0 {
        return Err(StoreError::DuplicateCode);
    }
    note_thumbnails(conn, id, &product.thumbnails)?;
    changes::record_product(conn, ProductAction::Created, &product, product.version)?;
    Ok(product)
}

pub(super) fn update(conn: &Connection, old: Product, patch: ProductPatch) -> StoreResult<Product> {
    if let Some(code) = patch.code.as_ref().filter(|code| **code != old.code) {
        require_free_code(conn, code)?;
    }
    if let Some(names) = &patch.thumbnails {
        forget_thumbnails(conn, &old)?;
        note_thumbnails(conn, old.id, names)?;
    }
    let named = Named::of(&patch);
    let product = patched(old, patch);
    named.store(conn, &product)?;
    changes::record_product(conn, ProductAction::Updated, &product, product.version)?;
    Ok(product)
}

/// Gives a product another stock, as an update of it.
pub(super) fn set_stock(conn: &Connection, product: Product, stock: i64) -> StoreResult<Product> {
    let patch = ProductPatch {
        stock: Some(stock),
        ..ProductPatch::default()
    };
    update(conn, product, patch)
}

fn delete(conn: &Connection, product: Product) -> StoreResult<Product> {
    conn.prepare_cached("DELETE FROM products WHERE id = ?")?
        .execute([product.id.bytes()])?;
    forget_thumbnails(conn, &product)?;
    let version = product.version + 1;
    changes::record_product(conn, ProductAction::Deleted, &product, version)?;
    Ok(product)
}

fn require_free_code(conn: &Connection, code: &str) -> StoreResult<()> {
    let taken = conn
        .prepare_cached("SELECT 1 FROM products WHERE code = ?")?
        .exists([code])?;
    if taken {
        return Err(StoreError::DuplicateCode);
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

/// Which fields a patch names. Only their columns are written: SQLite touches an index only when
/// one of its columns is written.
struct Named {
    title: bool,
    description: bool,
    code: bool,
    price: bool,
    status: bool,
    stock: bool,
    category: bool,
    thumbnails: bool,
}

impl Named {
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
        let searched = self.title || self.description || self.code;
        let search = searched
            .then(|| catalogue::search_text(&product.title, &product.description, &product.code));
        let names = self
            .thumbnails
            .then(|| rows::names_text(&product.thumbnails));
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
            (searched, "search = ?", &search),
        ];
        let written = columns.iter().filter(|(named, ..)| *named);
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

fn note_thumbnails(conn: &Connection, id: ProductId, names: &[String]) -> rusqlite::Result<()> {
    for name in names {
        conn.prepare_cached("INSERT OR IGNORE INTO thumbnail_names (name, product) VALUES (?, ?)")?
            .execute(params![name, id.bytes()])?;
    }
    Ok(())
}

fn forget_thumbnails(conn: &Connection, product: &Product) -> rusqlite::Result<()> {
    for name in &product.thumbnails {
        conn.prepare_cached("DELETE FROM thumbnail_names WHERE name = ? AND product = ?")?
            .execute(params![name, product.id.bytes()])?;
    }
    Ok(())
}
