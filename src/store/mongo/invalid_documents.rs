//! Says once of each document that it breaks a rule.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use futures_util::TryStreamExt;
use mongodb::bson::{RawDocument, doc};

use super::collections::Collections;
use super::document::member;
use super::document::product::{self, ReadProduct};
use crate::domain::ids::ProductId;
use crate::domain::product::Product;
use crate::domain::text;
use crate::store::StoreResult;

/// Ids that are remembered as told; beyond them no more is said.
const MAX_TOLD: usize = 1_000;

/// Longest value in a line of the log.
const LONGEST: usize = 300;

/// The documents that were told of.
#[derive(Debug, Default)]
pub(super) struct InvalidDocuments {
    told: Mutex<HashSet<ProductId>>,
}

impl InvalidDocuments {
    /// Reads a product and logs what is wrong with its document.
    pub(super) fn read(&self, document: &RawDocument) -> Option<Product> {
        let Some(ReadProduct { product, faults }) = product::read(document) else {
            log::debug!("left out a product whose _id is no ObjectId");
            return None;
        };
        if !faults.is_empty() {
            self.tell(product.id, &faults);
        }
        Some(product)
    }

    fn tell(&self, id: ProductId, faults: &[&str]) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < MAX_TOLD && told.insert(id) {
            log::warn!(
                "product {id} is not for sale: mend its {}",
                faults.join(", ")
            );
            if told.len() == MAX_TOLD {
                log::warn!("{MAX_TOLD} products are broken; no more of them are named");
            }
        }
    }
}

/// What else an `_id` can be. Said so, and not as "no ObjectId", the server finds them by its index.
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
/// Foreign ids that are named at a start.
const NAMED: i64 = 10;

impl Collections {
    /// Names products that nobody can ask for, because their `_id` is no ObjectId.
    pub(super) async fn tell_foreign_ids(&self) -> StoreResult<()> {
        let foreign = doc! { "_id": { "$type": FOREIGN_IDS.to_vec() } };
        let found = self
            .products
            .find(foreign)
            .projection(doc! { "_id": 1 })
            .limit(NAMED);
        let documents: Vec<_> = found.await?.try_collect().await?;
        for document in documents {
            let id = clipped(&member(&document, "_id"));
            log::warn!("left out a product whose _id is no ObjectId: {id}");
        }
        Ok(())
    }
}

/// A stored value for one line of the log: escaped, and not long.
pub(super) fn clipped(value: &impl std::fmt::Debug) -> String {
    text::clipped(format!("{value:?}"), LONGEST)
}
