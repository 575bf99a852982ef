//! Indexes, made at every start where they are missing.

use std::time::Duration;

use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;

use super::collections::{Collections, name};
use super::error::{cause, is_duplicate_key, is_index_conflict};
use crate::store::{RECORD_LIFE, StoreResult};

/// How long the feed can say more of a deleted document than its id.
const TOMBSTONES_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long marks of feeds are kept; they are of no use once they were read.
const MARKERS_KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long saved places are kept: less than the tombstones, which a feed that goes back needs.
const PLACES_KEPT: Duration = Duration::from_secs(6 * 24 * 3600);

impl Collections {
    /// Makes what is missing. An index that another program made on the same fields is left as it
    /// is, and one that the data does not allow is told of: only speed hangs on it.
    pub(super) async fn make_indexes(&self) -> StoreResult<()> {
        for (collection, index) in indexes() {
            let collection = self.database.collection::<Document>(collection);
            let keys = index.keys.clone();
            match collection.create_index(index).await {
                Ok(_) => {}
                Err(error) if is_index_conflict(&error) => {
                    log::debug!("{} has an index on {keys} already", collection.name());
                }
                Err(error) if is_duplicate_key(&error) => {
                    log::error!(
                        "{}: no unique index on {keys}: {}",
                        collection.name(),
                        cause(&error)
                    );
                }
                Err(error) => return Err(error.into()),
            }
        }
        if !self.make_code_index().await? {
            self.tell_duplicate_codes().await;
        }
        Ok(())
    }
}

fn indexes() -> Vec<(&'static str, IndexModel)> {
    let plain = IndexOptions::default;
    let sparse = || IndexOptions::builder().sparse(true).build();
    let expiring = |after| IndexOptions::builder().expire_after(after).build();
    // A sender's mark is stored once per sender; messages without one do not count.
    let nonces = IndexOptions::builder()
        .unique(true)
        .partial_filter_expression(doc! { "nonce": { "$type": "string" } })
        .build();
    let codes = IndexOptions::builder()
        .unique(true)
        .partial_filter_expression(doc! { "code": { "$type": "string" } })
        .build();
    let index = |keys, options| IndexModel::builder().keys(keys).options(options).build();
    vec![
        (
            name::PRODUCTS,
            index(doc! { "category": 1, "_id": 1 }, plain()),
        ),
        (
            name::PRODUCTS,
            index(doc! { "price": 1, "_id": 1 }, plain()),
        ),
        (
            name::PRODUCTS,
            index(doc! { "price": -1, "_id": 1 }, plain()),
        ),
        (name::PRODUCTS, index(doc! { "thumbnails": 1 }, plain())),
        (
            name::CARTS,
            index(doc! { "products.heldUntil": 1 }, sparse()),
        ),
        (name::CARTS, index(doc! { "expiresAt": 1 }, sparse())),
        (name::MESSAGES, index(doc! { "seq": 1, "_id": 1 }, plain())),
        (
            name::MESSAGES,
            index(doc! { "user": 1, "nonce": 1 }, nonces),
        ),
        (name::ORDERS, index(doc! { "code": 1 }, codes)),
        (
            name::ORDERS,
            index(doc! { "purchase_datetime": -1, "_id": 1 }, plain()),
        ),
        (
            name::ORDERS,
            index(doc! { "purchaser": 1, "purchase_datetime": -1 }, plain()),
        ),
        (
            name::ORDERS,
            index(doc! { "cart": 1, "purchase_datetime": -1 }, plain()),
        ),
        (
            name::TOMBSTONES,
            index(doc! { "at": 1 }, expiring(TOMBSTONES_KEPT)),
        ),
        (
            name::MUTES,
            index(doc! { "until": 1 }, expiring(Duration::ZERO)),
        ),
        (name::ANSWERS, index(doc! { "at": 1 }, expiring(RECORD_LIFE))),
        (
            name::MARKERS,
            index(doc! { "at": 1 }, expiring(MARKERS_KEPT)),
        ),
        (name::PLACES, index(doc! { "at": 1 }, expiring(PLACES_KEPT))),
    ]
}
