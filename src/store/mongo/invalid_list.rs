//! The list of products that somebody should mend.

use std::collections::HashSet;

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};

use super::collections::Collections;
use super::document::product::{self, ReadProduct};
use super::driver::SERVER_LIMIT;
use super::validation_query;
use crate::domain::invalid_product::{InvalidProduct, InvalidProducts, ProductIssue};
use crate::store::StoreResult;

/// Most codes of several products that are looked at in one list.
const SHARED_CODES: i64 = 100;

impl Collections {
    pub(super) async fn invalid_products(&self, limit: u32) -> StoreResult<InvalidProducts> {
        let shared = self.shared_codes().await?;
        let mut kinds = vec![doc! { "$nor": [validation_query::sound()] }];
        if !shared.is_empty() {
            kinds.push(doc! { "code": { "$in": shared.iter().collect::<Vec<_>>() } });
        }
        let filter = doc! { "_id": { "$type": "objectId" }, "$or": kinds };
        let found = self
            .products
            .find(filter)
            .sort(doc! { "_id": 1 })
            .limit(i64::from(limit) + 1)
            .max_time(SERVER_LIMIT);
        let documents: Vec<_> = found.await?.try_collect().await?;
        let has_more = documents.len() > limit as usize;
        let products = documents
            .iter()
            .take(limit as usize)
            .filter_map(|document| invalid_documents(product::read(document)?, &shared))
            .collect();
        Ok(InvalidProducts { products, has_more })
    }

    /// Codes that several products have; where the index is, there are none.
    async fn shared_codes(&self) -> StoreResult<HashSet<String>> {
        if self.code_index.is_present() {
            return Ok(HashSet::new());
        }
        let pipeline = [
            doc! { "$match": { "code": { "$type": "string" } } },
            doc! { "$group": { "_id": "$code", "products": { "$sum": 1 } } },
            doc! { "$match": { "products": { "$gt": 1 } } },
            doc! { "$sort": { "_id": 1 } },
            doc! { "$limit": SHARED_CODES },
        ];
        let groups = self.products.aggregate(pipeline).max_time(SERVER_LIMIT);
        let groups: Vec<Document> = groups.with_type::<Document>().await?.try_collect().await?;
        let code = |group: &Document| group.get_str("_id").ok().map(str::to_owned);
        Ok(groups.iter().filter_map(code).collect())
    }
}

fn invalid_documents(read: ReadProduct, shared: &HashSet<String>) -> Option<InvalidProduct> {
    let ReadProduct { product, faults } = read;
    let mut faults: Vec<_> = faults.into_iter().map(ProductIssue::Unreadable).collect();
    if shared.contains(&product.code) {
        faults.push(ProductIssue::SharedCode);
    }
    (!faults.is_empty()).then_some(InvalidProduct { product, faults })
}
