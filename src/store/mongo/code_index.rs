//! No two products with one code.
//!
//! The unique index sees to that. It cannot be made while an older database holds duplicates: then
//! the shop starts all the same and says so, a look-up refuses new duplicates of this process, and
//! the index is tried again until somebody has mended the old ones.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::IndexModel;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, doc};
use mongodb::options::IndexOptions;
use tokio::sync::{Mutex, MutexGuard};

use super::collections::Collections;
use super::error::{cause, is_duplicate_key};
use super::invalid_documents::clipped;
use crate::store::StoreResult;

const NAME: &str = "vitrina_unique_code";
/// How long until the index is tried again.
pub(super) const AGAIN: Duration = Duration::from_secs(60);
/// Duplicate codes that are named in the log.
const NAMED: i64 = 10;

/// Whether the index is there.
#[derive(Debug, Default)]
pub(super) struct CodeIndex {
    present: AtomicBool,
    one_writer: Mutex<()>,
}

impl CodeIndex {
    pub(super) fn is_present(&self) -> bool {
        self.present.load(Ordering::Acquire)
    }

    /// While there is no index: the right to look a code up and write it.
    pub(super) async fn only_writer(&self) -> Option<MutexGuard<'_, ()>> {
        if self.is_present() {
            None
        } else {
            Some(self.one_writer.lock().await)
        }
    }
}

/// The right to write a code; held until it is written.
pub(super) enum CodeWrite<'a> {
    /// Nobody else has the code, or the index will tell.
    Free(Option<MutexGuard<'a, ()>>),
    /// Another product has it.
    Taken,
}

impl Collections {
    /// Looks a code up where no index guards it.
    pub(super) async fn code_write(
        &self,
        code: &str,
        owner: Option<ObjectId>,
    ) -> StoreResult<CodeWrite<'_>> {
        let guard = self.code_index.only_writer().await;
        if guard.is_some() {
            let owner = owner.map_or(Bson::Null, Bson::ObjectId);
            let other = doc! { "code": code, "_id": { "$ne": owner } };
            if self.products.find_one(other).await?.is_some() {
                return Ok(CodeWrite::Taken);
            }
        }
        Ok(CodeWrite::Free(guard))
    }

    /// Makes the index unless it, or a stronger one of mongoose's, is there.
    pub(super) async fn make_code_index(&self) -> StoreResult<bool> {
        if !self.has_code_index().await? {
            let options = IndexOptions::builder()
                .name(NAME.to_owned())
                .unique(true)
                .partial_filter_expression(doc! { "code": { "$type": "string" } })
                .build();
            let index = IndexModel::builder()
                .keys(doc! { "code": 1 })
                .options(options)
                .build();
            match self.products.create_index(index).await {
                Ok(_) => {}
                Err(error) if is_duplicate_key(&error) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        self.code_index.present.store(true, Ordering::Release);
        Ok(true)
    }

    async fn has_code_index(&self) -> StoreResult<bool> {
        let indexes: Vec<IndexModel> = self.products.list_indexes().await?.try_collect().await?;
        let strings = doc! { "code": { "$type": "string" } };
        Ok(indexes.iter().any(|index| {
            let options = index.options.clone().unwrap_or_default();
            let covers = options
                .partial_filter_expression
                .is_none_or(|filter| filter == strings);
            let on_code = index.keys.len() == 1 && index.keys.contains_key("code");
            on_code && options.unique == Some(true) && covers
        }))
    }

    /// Says which codes stand in the way.
    pub(super) async fn tell_duplicate_codes(&self) {
        let pipeline = [
            doc! { "$match": { "code": { "$type": "string" } } },
            doc! { "$group": {
                "_id": "$code",
                "products": { "$sum": 1 },
                "first": { "$first": "$_id" },
                "last": { "$last": "$_id" },
            } },
            doc! { "$match": { "products": { "$gt": 1 } } },
            doc! { "$limit": NAMED },
        ];
        log::error!("some products share a code, so codes are not guarded by an index yet");
        let groups = async {
            self.products
                .aggregate(pipeline)
                .await?
                .try_collect::<Vec<_>>()
                .await
        };
        match groups.await {
            Ok(groups) => groups
                .iter()
                .for_each(|group| log::error!("one code: {}", clipped(group))),
            Err(error) => log::error!("they cannot be listed: {}", cause(&error)),
        }
    }
}

/// Makes the index once somebody has mended the duplicates.
pub(super) async fn keep_trying(collections: std::sync::Arc<Collections>) {
    loop {
        tokio::time::sleep(AGAIN).await;
        match collections.make_code_index().await {
            Ok(true) => {
                return log::info!("no code is shared any more: the index on codes is there");
            }
            Ok(false) => {}
            Err(error) => log::debug!("the index on codes cannot be made now: {error}"),
        }
    }
}
