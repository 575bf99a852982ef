//! Products: reads choose a pool of readers, writes run on the writer.

use async_trait::async_trait;
use rusqlite::Connection;

use super::connection::open_reader;
use super::product_rows::{delete, require, update};
use super::store::SqliteStore;
use super::walk::SqliteWalk;
use super::{catalogue, query_cost};
use crate::domain::ids::ProductId;
use crate::domain::invalid_product::InvalidProducts;
use crate::domain::product::{MAX_THUMBNAILS, Product, ProductPatch};
use crate::domain::product_query::{ProductChunk, ProductPage, ProductQuery};
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::upsert::{ProductBatch, UpsertOutcome};
use crate::store::{ProductStore, ProductWalk, StoreResult};

#[async_trait]
impl ProductStore for SqliteStore {
    async fn product(&self, id: ProductId) -> StoreResult<Product> {
        self.points.read_inline(|conn| require(conn, id)).await
    }

    async fn list_products(&self, query: &ProductQuery) -> StoreResult<ProductPage> {
        let page = self.points.read_inline(|conn| {
            let is_cheap = query_cost::is_cheap_page(conn, query)?;
            is_cheap.then(|| catalogue::page(conn, query)).transpose()
        });
        if let Some(page) = page.await? {
            return Ok(page);
        }
        let query = query.clone();
        self.scans
            .read_blocking(move |conn| catalogue::page(conn, &query))
            .await
    }

    async fn product_chunk(
        &self,
        after: Option<ProductId>,
        only: Option<&[ProductId]>,
        limit: u32,
    ) -> StoreResult<ProductChunk> {
        let chunk = self.points.read_inline(|conn| {
            let is_cheap = query_cost::is_cheap_chunk(conn, only, limit)?;
            is_cheap
                .then(|| catalogue::chunk(conn, after, only, limit))
                .transpose()
        });
        if let Some(chunk) = chunk.await? {
            return Ok(chunk);
        }
        let only = only.map(<[_]>::to_vec);
        self.scans
            .read_blocking(move |conn| catalogue::chunk(conn, after, only.as_deref(), limit))
            .await
    }

    async fn categories(&self) -> StoreResult<Vec<String>> {
        self.points.read_inline(catalogue::categories).await
    }

    async fn invalid_products(&self, _limit: u32) -> StoreResult<InvalidProducts> {
        // Only this program writes to the file, and it stores only valid products.
        Ok(InvalidProducts::default())
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
        if query_cost::is_cheap_lookup(names.len()) {
            let used = |conn: &_| catalogue::thumbnails_in_use(conn, names);
            return self.points.read_inline(used).await;
        }
        let names = names.to_vec();
        self.scans
            .read_blocking(move |conn| catalogue::thumbnails_in_use(conn, &names))
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
