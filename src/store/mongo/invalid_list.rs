//! The list of invalid products, for the admin.

use std::collections::HashSet;

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};

use super::db::Db;
use super::documents::product::{self, ReadProduct};
use super::driver::SERVER_LIMIT;
use super::validation_query;
use crate::domain::invalid_product::{InvalidProduct, InvalidProducts, ProductIssue};
use crate::store::StoreResult;

/// Most duplicate codes that one list considers.
const MAX_SHARED_CODES: i64 = 100;

pub(super) async fn first(db: &Db, limit: u32) -> StoreResult<InvalidProducts> {
    let shared = shared_codes(db).await?;
    let mut kinds = vec![doc! { "$nor": [validation_query::valid()] }];
    if !shared.is_empty() {
        kinds.push(doc! { "code": { "$in": shared.iter().collect::<Vec<_>>() } });
    }
    let found = db
        .products
        .find(doc! { "_id": { "$type": "objectId" }, "$or": kinds })
        .sort(doc! { "_id": 1 })
        .limit(i64::from(limit) + 1)
        .max_time(SERVER_LIMIT);
    let documents: Vec<_> = found.await?.try_collect().await?;
    let has_more = documents.len() > limit as usize;
    let listed = documents.iter().take(limit as usize);
    let products = listed.filter_map(|document| invalid(product::read(document)?, &shared));
    Ok(InvalidProducts {
        products: products.collect(),
        has_more,
    })
}

/// Codes that several products have. With the unique index there are none.
async fn shared_codes(db: &Db) -> StoreResult<HashSet<String>> {
    if db.code_index.is_present() {
        return Ok(HashSet::new());
    }
    let pipeline = [
        doc! { "$match": { "code": { "$type": "string" } } },
        doc! { "$group": { "_id": "$code", "products": { "$sum": 1 } } },
        doc! { "$match": { "products": { "$gt": 1 } } },
        doc! { "$sort": { "_id": 1 } },
        doc! { "$limit": MAX_SHARED_CODES },
    ];
    let groups = db.products.aggregate(pipeline).max_time(SERVER_LIMIT);
    let groups: Vec<Document> = groups.await?.try_collect().await?;
    let code = |group: &Document| group.get_str("_id").ok().map(str::to_owned);
    Ok(groups.iter().filter_map(code).collect())
}

fn invalid(read: ReadProduct, shared: &HashSet<String>) -> Option<InvalidProduct> {
    let ReadProduct {
        product,
        invalid_fields,
    } = read;
    let fields = invalid_fields.into_iter();
    let mut faults: Vec<_> = fields.map(ProductIssue::Unreadable).collect();
    if shared.contains(&product.code) {
        faults.push(ProductIssue::SharedCode);
    }
    (!faults.is_empty()).then_some(InvalidProduct { product, faults })
}
