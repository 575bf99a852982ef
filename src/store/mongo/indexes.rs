//! The indexes. Each start makes those that are missing.

use std::time::Duration;

use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;

use super::db::Db;
use super::error::{cause, is_duplicate_key, is_index_conflict};
use super::names;
use crate::store::{RECORD_LIFE, StoreResult};

/// How long the feed can report more of a deleted document than its id.
const TOMBSTONE_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// A marker is of no use once its feed has read it.
const MARKER_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Shorter than tombstones, which a replay from a checkpoint needs.
const CHECKPOINT_LIFE: Duration = Duration::from_secs(6 * 24 * 3600);

/// Makes what is missing. Another program's index on the same fields is left as it is. An index
/// that the data does not allow is logged: only speed depends on it.
pub(super) async fn make_all(db: &Db) -> StoreResult<()> {
    for (collection, index) in indexes() {
        let collection = db.database.collection::<Document>(collection);
        let name = collection.name();
        let keys = index.keys.clone();
        match collection.create_index(index).await {
            Ok(_) => {}
            Err(error) if is_index_conflict(&error) => {
                log::debug!("{name} already has an index on {keys}");
            }
            Err(error) if is_duplicate_key(&error) => {
                let error = cause(&error);
                log::error!("unique index on {keys} of {name} not created: {error}");
            }
            Err(error) => return Err(error.into()),
        }
    }
    if !db.code_index.make().await? {
        db.code_index.log_duplicates().await;
    }
    Ok(())
}

fn indexes() -> Vec<(&'static str, IndexModel)> {
    let sparse = || IndexOptions::builder().sparse(true).build();
    let unique_strings = |key: &str| {
        IndexOptions::builder()
            .unique(true)
            .partial_filter_expression(doc! { key: { "$type": "string" } })
            .build()
    };
    let mut all = plain_indexes();
    all.extend(expiring_indexes());
    all.extend([
        with_options(names::CARTS, doc! { "products.heldUntil": 1 }, sparse()),
        with_options(names::CARTS, doc! { "expiresAt": 1 }, sparse()),
        with_options(
            names::MESSAGES,
            doc! { "user": 1, "nonce": 1 },
            unique_strings("nonce"),
        ),
        with_options(names::ORDERS, doc! { "code": 1 }, unique_strings("code")),
    ]);
    all
}

fn plain_indexes() -> Vec<(&'static str, IndexModel)> {
    let plain = |collection, keys| with_options(collection, keys, IndexOptions::default());
    vec![
        plain(names::PRODUCTS, doc! { "thumbnails": 1 }),
        plain(names::MESSAGES, doc! { "seq": 1, "_id": 1 }),
        plain(names::ORDERS, doc! { "purchase_datetime": -1, "_id": 1 }),
        plain(
            names::ORDERS,
            doc! { "purchaser": 1, "purchase_datetime": -1 },
        ),
        plain(names::ORDERS, doc! { "cart": 1, "purchase_datetime": -1 }),
    ]
}

/// The server deletes these documents so long after the time in the field.
fn expiring_indexes() -> Vec<(&'static str, IndexModel)> {
    let expiring = |collection, field: &str, life| {
        let options = IndexOptions::builder().expire_after(life).build();
        with_options(collection, doc! { field: 1 }, options)
    };
    vec![
        expiring(names::TOMBSTONES, "at", TOMBSTONE_LIFE),
        expiring(names::MUTES, "until", Duration::ZERO),
        expiring(names::IDEMPOTENCY_RECORDS, "at", RECORD_LIFE),
        expiring(names::FEED_MARKERS, "at", MARKER_LIFE),
        expiring(names::FEED_CHECKPOINTS, "at", CHECKPOINT_LIFE),
    ]
}

fn with_options(
    collection: &'static str,
    keys: Document,
    options: IndexOptions,
) -> (&'static str, IndexModel) {
    let index = IndexModel::builder().keys(keys).options(options);
    (collection, index.build())
}
