//! A walk over the whole catalogue: two cursors, one behind the other.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt};
use mongodb::Cursor;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::options::Collation;
use tokio::runtime::Handle;

use super::MongoStore;
use super::collections::Collections;
use super::driver::with_deadline;
use crate::domain::product::Product;
use crate::store::{ProductWalk, StoreResult};

/// Products of a part.
const PART: u32 = 200;
/// How long the server may take for one: it sorts all of them first where no index has their order.
const PART_TIME: Duration = Duration::from_secs(60);

struct MongoWalk {
    collections: Arc<Collections>,
    handle: Handle,
    total: u64,
    place: WalkCursor,
}

/// How far a walk is.
#[derive(Default)]
struct WalkCursor {
    cursor: Option<Cursor<RawDocumentBuf>>,
    /// What comes behind the present cursor, the next one last.
    rest: Vec<Document>,
}

impl MongoStore {
    pub(super) async fn walk(&self) -> StoreResult<Box<dyn ProductWalk>> {
        let collections = self.collections.clone();
        let count = collections.clone();
        let total = async move { Ok(count.products.estimated_document_count().await?) };
        Ok(Box::new(MongoWalk {
            total: self.driver.run(total).await?,
            collections,
            handle: self.driver.handle().clone(),
            place: WalkCursor {
                cursor: None,
                rest: vec![without_code(), with_code()],
            },
        }))
    }
}

fn with_code() -> Document {
    doc! { "code": { "$type": "string" } }
}

fn without_code() -> Document {
    doc! { "code": { "$not": { "$type": "string" } } }
}

#[async_trait]
impl ProductWalk for MongoWalk {
    fn total(&self) -> u64 {
        self.total
    }

    async fn next(&mut self) -> StoreResult<Vec<Product>> {
        let collections = self.collections.clone();
        // A part that fails takes the place with it: the walk is over.
        let mut place = std::mem::take(&mut self.place);
        let read = async move {
            let part = place.part(&collections).await?;
            StoreResult::Ok((part, place))
        };
        let (part, place) = with_deadline(&self.handle, PART_TIME, read).await??;
        self.place = place;
        Ok(part)
    }
}

impl WalkCursor {
    async fn part(&mut self, collections: &Collections) -> StoreResult<Vec<Product>> {
        loop {
            let mut cursor = match (self.cursor.take(), self.rest.pop()) {
                (Some(cursor), next) => {
                    self.rest.extend(next);
                    cursor
                }
                (None, Some(filter)) => collections.open_walk(filter).await?,
                (None, None) => return Ok(Vec::new()),
            };
            let documents: Vec<_> = (&mut cursor).take(PART as usize).try_collect().await?;
            if documents.is_empty() {
                continue;
            }
            self.cursor = Some(cursor);
            let products = documents
                .iter()
                .filter_map(|document| collections.invalid_documents.read(document));
            let part: Vec<_> = products.collect();
            if !part.is_empty() {
                return Ok(part);
            }
        }
    }
}

impl Collections {
    async fn open_walk(&self, filter: Document) -> StoreResult<Cursor<RawDocumentBuf>> {
        // With a unique index each code stands for itself, and the index gives the order.
        let order = if self.code_index.is_present() {
            doc! { "code": 1 }
        } else {
            doc! { "code": 1, "_id": 1 }
        };
        let simple = Collation::builder().locale("simple").build();
        Ok(self
            .products
            .find(filter)
            .sort(order)
            .collation(simple)
            .allow_disk_use(true)
            .batch_size(PART)
            .await?)
    }
}
