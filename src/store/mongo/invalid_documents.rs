//! Logs each invalid product document once.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use futures_util::TryStreamExt;
use mongodb::bson::{RawDocument, doc};

use super::documents::product;
use super::documents::{Raw, field};
use crate::domain::ids::ProductId;
use crate::domain::product::Product;
use crate::domain::text;
use crate::store::StoreResult;

/// Invalid products that are logged.
const MAX_LOGGED: usize = 1_000;
/// Longest value in a line of the log.
const MAX_VALUE: usize = 300;
/// Products with foreign ids that are logged at a start.
const MAX_FOREIGN: i64 = 10;
/// All other types of an `_id`. Unlike "not an ObjectId", the index serves a query for these.
const FOREIGN_IDS: [&str; 8] = [
    "number",
    "string",
    "object",
    "binData",
    "bool",
    "date",
    "null",
    "timestamp",
];

/// The products that were logged.
#[derive(Debug, Default)]
pub(super) struct InvalidDocuments {
    logged: Mutex<HashSet<ProductId>>,
}

impl InvalidDocuments {
    /// Reads a product, and logs its invalid fields.
    pub(super) fn read(&self, document: &RawDocument) -> Option<Product> {
        let Some(product) = product::read(document) else {
            log::debug!("skipping a product, _id is not an ObjectId");
            return None;
        };
        if !product.invalid_fields.is_empty() {
            self.log(product.id, &product.invalid_fields);
        }
        Some(product)
    }

    fn log(&self, id: ProductId, fields: &[&str]) {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.len() < MAX_LOGGED && logged.insert(id) {
            let fields = fields.join(", ");
            log::warn!("product {id} has invalid fields ({fields}); not for sale until fixed");
            if logged.len() == MAX_LOGGED {
                log::warn!("more than {MAX_LOGGED} invalid products; not listing further ones");
            }
        }
    }
}

/// Logs products that no client can name, because their `_id` is not an ObjectId.
pub(super) async fn log_foreign_ids(products: &Raw) -> StoreResult<()> {
    let foreign = doc! { "_id": { "$type": FOREIGN_IDS.to_vec() } };
    let found = products.find(foreign).projection(doc! { "_id": 1 });
    let documents: Vec<_> = found.limit(MAX_FOREIGN).await?.try_collect().await?;
    for document in documents {
        let id = clipped(&field(&document, "_id"));
        log::warn!("skipping product, _id is not an ObjectId: {id}");
    }
    Ok(())
}

/// A stored value for one line of the log: escaped, and not long.
pub(super) fn clipped(value: &impl std::fmt::Debug) -> String {
    text::clipped(format!("{value:?}"), MAX_VALUE)
}
