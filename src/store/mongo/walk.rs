//! A walk over the whole catalogue: the products with a code, then the others.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt};
use mongodb::Cursor;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::options::Collation;
use tokio::runtime::Handle;

use super::db::Db;
use super::driver::with_deadline;
use crate::domain::product::Product;
use crate::store::{ProductWalk, StoreResult};

/// Products of one part.
const PART: u32 = 200;
/// How long the server may take for one part. Without an index on codes it sorts all products
/// first.
const PART_TIME: Duration = Duration::from_secs(60);

pub(super) struct MongoWalk {
    db: Arc<Db>,
    handle: Handle,
    total: u64,
    position: WalkCursor,
}

/// How far a walk has come.
#[derive(Default)]
struct WalkCursor {
    cursor: Option<Cursor<RawDocumentBuf>>,
    /// The filters after the present cursor, the next one last.
    filters: Vec<Document>,
}

impl MongoWalk {
    pub(super) async fn open(db: Arc<Db>, handle: Handle) -> StoreResult<Self> {
        let total = db.products.estimated_document_count().await?;
        let with_code = doc! { "code": { "$type": "string" } };
        let without_code = doc! { "code": { "$not": { "$type": "string" } } };
        Ok(Self {
            db,
            handle,
            total,
            position: WalkCursor {
                cursor: None,
                filters: vec![without_code, with_code],
            },
        })
    }
}

#[async_trait]
impl ProductWalk for MongoWalk {
    fn total(&self) -> u64 {
        self.total
    }

    async fn next(&mut self) -> StoreResult<Vec<Product>> {
        let db = self.db.clone();
        // If a part fails, the position is lost and the walk is over.
        let mut position = std::mem::take(&mut self.position);
        let read = async move {
            let part = position.next_part(&db).await?;
            StoreResult::Ok((part, position))
        };
        let (part, position) = with_deadline(&self.handle, PART_TIME, read).await??;
        self.position = position;
        Ok(part)
    }
}

impl WalkCursor {
    async fn next_part(&mut self, db: &Db) -> StoreResult<Vec<Product>> {
        loop {
            let mut cursor = match self.cursor.take() {
                Some(cursor) => cursor,
                None => match self.filters.pop() {
                    Some(filter) => open_cursor(db, filter).await?,
                    None => return Ok(Vec::new()),
                },
            };
            let documents: Vec<_> = (&mut cursor).take(PART as usize).try_collect().await?;
            if documents.is_empty() {
                continue;
            }
            self.cursor = Some(cursor);
            let products = documents.iter();
            let products = products.filter_map(|document| db.invalid_documents.read(document));
            let part: Vec<_> = products.collect();
            if !part.is_empty() {
                return Ok(part);
            }
        }
    }
}

async fn open_cursor(db: &Db, filter: Document) -> StoreResult<Cursor<RawDocumentBuf>> {
    // Only the unique index gives this order; without it, ids order equal codes.
    let order = if db.code_index.is_present() {
        doc! { "code": 1 }
    } else {
        doc! { "code": 1, "_id": 1 }
    };
    let simple = Collation::builder().locale("simple").build();
    Ok(db
        .products
        .find(filter)
        .sort(order)
        .collation(simple)
        .allow_disk_use(true)
        .batch_size(PART)
        .await?)
}
