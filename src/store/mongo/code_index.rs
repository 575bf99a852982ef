//! Product codes are unique.
//!
//! A unique index ensures that. It cannot be made while an older database has duplicate codes. Then
//! the store starts without it and logs that; a look-up refuses new duplicates of this process; and
//! the index is tried again until the duplicates are fixed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, doc};
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::sleep;

use super::documents::Raw;
use super::error::{cause, is_duplicate_key};
use super::invalid_documents::clipped;
use super::names;
use crate::store::StoreResult;

const NAME: &str = "vitrina_unique_code";
/// Pause between two attempts to make the index.
const RETRY_EVERY: Duration = Duration::from_secs(60);
/// Duplicate codes listed in the log.
const MAX_LISTED: i64 = 10;

/// The index on codes, and its substitute.
#[derive(Debug)]
pub(super) struct CodeIndex {
    products: Raw,
    is_present: AtomicBool,
    lock: Mutex<()>,
}

/// A lock on all codes where no index guards them. Hold it until the code is written.
#[derive(Debug)]
pub(super) struct CodeLock<'a> {
    _guard: Option<MutexGuard<'a, ()>>,
    /// Another product is known to have the code.
    pub(super) is_taken: bool,
}

impl CodeIndex {
    pub(super) fn new(database: &Database) -> Self {
        Self {
            products: database.collection(names::PRODUCTS),
            is_present: AtomicBool::new(false),
            lock: Mutex::default(),
        }
    }

    pub(super) fn is_present(&self) -> bool {
        self.is_present.load(Ordering::Acquire)
    }

    /// Locks all codes, unless the index exists.
    pub(super) async fn lock(&self) -> Option<MutexGuard<'_, ()>> {
        if self.is_present() {
            None
        } else {
            Some(self.lock.lock().await)
        }
    }

    /// Locks all codes, and looks for products other than the owner that have this one.
    pub(super) async fn lock_code(
        &self,
        code: &str,
        owner: Option<ObjectId>,
    ) -> StoreResult<CodeLock<'_>> {
        let guard = self.lock().await;
        let mut is_taken = false;
        if guard.is_some() {
            let owner = owner.map_or(Bson::Null, Bson::ObjectId);
            let other = doc! { "code": code, "_id": { "$ne": owner } };
            is_taken = self.products.find_one(other).await?.is_some();
        }
        Ok(CodeLock {
            _guard: guard,
            is_taken,
        })
    }

    /// Makes the index, unless it or mongoose's stricter one exists; false if duplicates prevent
    /// it.
    pub(super) async fn make(&self) -> StoreResult<bool> {
        if !self.exists().await? {
            let options = IndexOptions::builder()
                .name(NAME.to_owned())
                .unique(true)
                .partial_filter_expression(doc! { "code": { "$type": "string" } })
                .build();
            let index = IndexModel::builder()
                .keys(doc! { "code": 1 })
                .options(options);
            match self.products.create_index(index.build()).await {
                Ok(_) => {}
                Err(error) if is_duplicate_key(&error) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        self.is_present.store(true, Ordering::Release);
        Ok(true)
    }

    async fn exists(&self) -> StoreResult<bool> {
        let indexes: Vec<IndexModel> = self.products.list_indexes().await?.try_collect().await?;
        let strings = doc! { "code": { "$type": "string" } };
        Ok(indexes.iter().any(|index| {
            let options = index.options.clone().unwrap_or_default();
            let filter = options.partial_filter_expression;
            let covers_strings = filter.is_none_or(|filter| filter == strings);
            let is_on_code = index.keys.len() == 1 && index.keys.contains_key("code");
            is_on_code && options.unique == Some(true) && covers_strings
        }))
    }

    /// Makes the index once the duplicates are fixed.
    pub(super) async fn keep_trying(&self) {
        loop {
            sleep(RETRY_EVERY).await;
            match self.make().await {
                Ok(true) => return log::info!("unique index on `code` created"),
                Ok(false) => {}
                Err(error) => log::debug!("unique index on `code` not created, retrying: {error}"),
            }
        }
    }

    /// Logs which codes prevent the index.
    pub(super) async fn log_duplicates(&self) {
        let pipeline = [
            doc! { "$match": { "code": { "$type": "string" } } },
            doc! { "$group": {
                "_id": "$code",
                "products": { "$sum": 1 },
                "first": { "$first": "$_id" },
                "last": { "$last": "$_id" },
            } },
            doc! { "$match": { "products": { "$gt": 1 } } },
            doc! { "$limit": MAX_LISTED },
        ];
        log::error!("duplicate product codes, unique index not created");
        let groups = async {
            let groups = self.products.aggregate(pipeline).await?;
            groups.try_collect::<Vec<_>>().await
        };
        match groups.await {
            Ok(groups) => groups
                .iter()
                .for_each(|group| log::error!("duplicate code: {}", clipped(group))),
            Err(error) => log::error!("duplicate codes not listed: {}", cause(&error)),
        }
    }
}
