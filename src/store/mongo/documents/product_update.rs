//! Updates of products, as expressions of MongoDB's aggregation language: they read the stored
//! values by the same rules as `documents::product`.

use mongodb::bson::{Document, doc};

use super::date;
use super::number::MAX_EXACT;
use super::product::stored;
use crate::domain::product::{MAX_STOCK, ProductPatch};
use crate::domain::timestamp::Timestamp;

/// The fields that a patch sets. Strings are literals: a pipeline would take `$x` for a path.
pub(crate) fn patched_fields(patch: &ProductPatch) -> Document {
    let fields = patch.values().map(stored);
    fields
        .map(|(name, value)| (name, doc! { "$literal": value }.into()))
        .collect()
}

/// Sets fields and raises the version.
pub(crate) fn update(mut fields: Document, now: Timestamp) -> Vec<Document> {
    fields.insert("version", doc! { "$add": [current_version(), 1i64] });
    fields.insert("updatedAt", date(now));
    vec![doc! { "$set": fields }]
}

/// The version as `number::version` reads it.
pub(crate) fn current_version() -> Document {
    let is_valid = doc! { "$and": [
        { "$isNumber": "$version" },
        { "$gte": ["$version", 1] },
        { "$lte": ["$version", MAX_EXACT] },
    ] };
    doc! { "$cond": [is_valid, { "$toLong": { "$trunc": ["$version", 0] } }, 1i64] }
}

/// The held units, 0 where the stored value is not a number.
pub(crate) fn current_held() -> Document {
    let whole = doc! { "$toInt": { "$trunc": [
        { "$max": [0, { "$min": ["$held", MAX_STOCK as i32] }] }, 0,
    ] } };
    doc! { "$cond": [{ "$isNumber": "$held" }, whole, 0] }
}

pub(crate) fn current_thumbnails() -> Document {
    doc! { "$cond": [{ "$isArray": "$thumbnails" }, "$thumbnails", []] }
}

/// True while so many units are in stock and not held.
pub(crate) fn are_free(units: i64) -> Document {
    let stock = doc! { "$cond": [{ "$isNumber": "$stock" }, "$stock", 0] };
    let free = doc! { "$subtract": [stock, current_held()] };
    doc! { "$gte": [free, units as i32] }
}
