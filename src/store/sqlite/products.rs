//! Products: reads choose a pool of readers, writes run on the writer.

use async_trait::async_trait;
use rusqlite::Connection;

use super::connection::open_reader;
use super::product_rows::{delete, find_by_code, require, thumbnails_in_use, update};
use super::store::SqliteStore;
use super::walk::SqliteWalk;
use crate::domain::ids::ProductId;
use crate::domain::product::{MAX_THUMBNAILS, Product, ProductPatch};
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::upsert::{ProductBatch, UpsertOutcome};
use crate::store::{ProductStore, ProductWalk, StoreResult};

/// Up to this many names are looked up inline. Passing a read to another thread and back takes 60
/// to 130 µs of CPU time, a look-up less than one.
const MAX_INLINE_NAMES: usize = 100;

#[async_trait]
impl ProductStore for SqliteStore {
    async fn product(&self, id: ProductId) -> StoreResult<Product> {
        self.points.read_inline(|conn| require(conn, id)).await
    }

    async fn products_with_code(&self, code: &str) -> StoreResult<Vec<Product>> {
        let find = |conn: &_| Ok(find_by_code(conn, code)?.into_iter().collect());
        self.points.read_inline(find).await
    }

    async fn update_product(
        &self,
        id: ProductId,
        patch: ProductPatch,
        expected: Option<i64>,
    ) -> StoreResult<Product> {
        self.writer
            .write(move |conn| update(conn, require_version(conn, id, expected)?, &patch))
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
                    return Err(Refusal::TooManyThumbnails.into());
                }
                update(conn, product, &with_thumbnails(names))
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
                    return Err(Refusal::NotFound(Resource::Thumbnail).into());
                }
                update(conn, product, &with_thumbnails(names))
            })
            .await
    }

    async fn upsert_products(&self, batch: ProductBatch) -> StoreResult<Vec<UpsertOutcome>> {
        self.upsert_batch(&batch).await
    }

    async fn preview_upserts(&self, batch: ProductBatch) -> StoreResult<Vec<UpsertOutcome>> {
        self.preview_batch(batch).await
    }

    async fn walk_products(&self) -> StoreResult<Box<dyn ProductWalk>> {
        let path = self.path.clone();
        let open = move |_: &Connection| Ok(SqliteWalk::begin(open_reader(&path)?)?);
        Ok(Box::new(self.scans.read_blocking(open).await?))
    }

    async fn thumbnails_in_use(&self, names: &[String]) -> StoreResult<Vec<String>> {
        if names.len() <= MAX_INLINE_NAMES {
            let used = |conn: &_| thumbnails_in_use(conn, names);
            return self.points.read_inline(used).await;
        }
        let names = names.to_vec();
        self.scans
            .read_blocking(move |conn| thumbnails_in_use(conn, &names))
            .await
    }
}

fn require_version(
    conn: &Connection,
    id: ProductId,
    expected: Option<i64>,
) -> StoreResult<Product> {
    let product = require(conn, id)?;
    product.require_version(expected)?;
    Ok(product)
}

fn with_thumbnails(names: Vec<String>) -> ProductPatch {
    ProductPatch {
        thumbnails: Some(names),
        ..ProductPatch::default()
    }
}
