//! Pages and parts of the catalogue.

use futures_util::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Decimal128, Document, RawDocumentBuf, doc};
use mongodb::options::{AggregateOptions, Collation, CountOptions};

use super::collections::Collections;
use super::document::Oid;
use super::driver::SERVER_LIMIT;
use super::search;
use super::validation_query;
use crate::domain::ids::ProductId;
use crate::domain::money::Money;
use crate::domain::product::{DEFAULT_CATEGORY, MAX_NAME, Product};
use crate::domain::product_query::{
    Filter, ProductChunk, ProductPage, ProductQuery, Sort, SortField,
};
use crate::domain::text;
use crate::store::StoreResult;

/// Most categories that are named.
const MAX_CATEGORIES: usize = 200;
/// The member by which a page is sorted where the stored one has a default.
const SORT_KEY: &str = "_vitrina_sort";

impl Collections {
    pub(super) async fn list_products(&self, query: &ProductQuery) -> StoreResult<ProductPage> {
        let filter = matching(query);
        let products = self.page(&filter, query).await?;
        let seen = products.len() as u64;
        let offset = query.offset();
        // A page that is not full is the last one, and tells the number of all.
        let is_last = seen < u64::from(query.limit) && (seen > 0 || offset == 0);
        let total = if is_last {
            offset + seen
        } else {
            self.count(filter).await?
        };
        Ok(ProductPage { products, total })
    }

    async fn page(&self, filter: &Document, query: &ProductQuery) -> StoreResult<Vec<Product>> {
        let mut pipeline = vec![doc! { "$match": filter.clone() }];
        pipeline.extend(sorting(query.sort));
        pipeline.push(doc! { "$skip": query.offset() as i64 });
        pipeline.push(doc! { "$limit": i64::from(query.limit) });
        let options = AggregateOptions::builder()
            .collation(simple_collation())
            .max_time(SERVER_LIMIT)
            .batch_size(query.limit.saturating_add(1))
            .build();
        let found = self
            .products
            .aggregate(pipeline)
            .with_options(options)
            .with_type::<RawDocumentBuf>();
        let documents: Vec<_> = found.await?.try_collect().await?;
        Ok(documents
            .iter()
            .filter_map(|document| self.invalid_documents.read(document))
            .collect())
    }

    async fn count(&self, filter: Document) -> StoreResult<u64> {
        let options = CountOptions::builder()
            .collation(simple_collation())
            .max_time(SERVER_LIMIT)
            .build();
        Ok(self
            .products
            .count_documents(filter)
            .with_options(options)
            .await?)
    }

    pub(super) async fn product_chunk(
        &self,
        after: Option<ProductId>,
        only: Option<&[ProductId]>,
        limit: u32,
    ) -> StoreResult<ProductChunk> {
        let filter = behind(after, only);
        let found = self
            .products
            .find(filter)
            .sort(doc! { "_id": 1 })
            .limit(i64::from(limit));
        let documents: Vec<_> = found
            .batch_size(limit.saturating_add(1))
            .await?
            .try_collect()
            .await?;
        let products: Vec<_> = documents
            .iter()
            .filter_map(|document| self.invalid_documents.read(document))
            .collect();
        let remaining = match products.last() {
            Some(last) if products.len() >= limit as usize => {
                self.count(behind(Some(last.id), only)).await?
            }
            _ => 0,
        };
        Ok(ProductChunk {
            products,
            remaining,
        })
    }

    pub(super) async fn categories(&self) -> StoreResult<Vec<String>> {
        let stored = self.products.distinct("category", addressable()).await?;
        let unnamed = doc! { "_id": { "$type": "objectId" }, "category": null };
        let has_unnamed = self.products.find_one(unnamed).await?.is_some();
        let mut categories: Vec<String> = stored.iter().map(shown_category).collect();
        categories.extend(has_unnamed.then(|| DEFAULT_CATEGORY.to_owned()));
        categories.sort_unstable();
        categories.dedup();
        categories.truncate(MAX_CATEGORIES);
        Ok(categories)
    }

    pub(super) async fn thumbnails_in_use(&self, names: &[String]) -> StoreResult<Vec<String>> {
        let users = doc! { "thumbnails": { "$in": names } };
        let used = self.products.distinct("thumbnails", users).await?;
        let is_used = |name: &&String| {
            used.iter()
                .any(|value| value.as_str() == Some(name.as_str()))
        };
        Ok(names.iter().filter(is_used).cloned().collect())
    }
}

/// Documents that have an id by which a client can ask for them: all that a range of such ids holds, which the index
/// alone can count and pass over.
fn addressable() -> Document {
    behind(None, None)
}

/// Those behind an id, and among some where they are named.
fn behind(after: Option<ProductId>, only: Option<&[ProductId]>) -> Document {
    let mut id = doc! { "$lte": ObjectId::from_bytes([0xff; 12]) };
    match after {
        Some(after) => id.insert("$gt", after.oid()),
        None => id.insert("$gte", ObjectId::from_bytes([0; 12])),
    };
    if let Some(only) = only {
        id.insert("$in", only.iter().map(|id| id.oid()).collect::<Vec<_>>());
    }
    doc! { "_id": id }
}

/// A category as a product of it shows it.
fn shown_category(stored: &Bson) -> String {
    match stored.as_str() {
        Some(category) if !category.trim().is_empty() => {
            text::clipped(category.to_owned(), MAX_NAME)
        }
        _ => DEFAULT_CATEGORY.to_owned(),
    }
}

/// Compares texts byte by byte, also in a collection that somebody made with another collation.
fn simple_collation() -> Collation {
    Collation::builder().locale("simple").build()
}

fn matching(query: &ProductQuery) -> Document {
    let mut conditions = vec![addressable()];
    conditions.extend(query.filters.iter().map(condition));
    if let Some(search) = &query.search {
        let pattern = search::substring(search);
        let fields = ["title", "description", "code"];
        let any: Vec<_> = fields
            .iter()
            .map(|field| doc! { *field: pattern.clone() })
            .collect();
        conditions.push(doc! { "$or": any });
    }
    if conditions.len() == 1 {
        return addressable();
    }
    doc! { "$and": conditions }
}

fn condition(filter: &Filter) -> Document {
    match filter {
        Filter::Title(title) => doc! { "title": title },
        // The partial index serves only those who say that they look for a text.
        Filter::Code(code) => doc! { "code": { "$eq": code, "$type": "string" } },
        Filter::Category(category) if category == DEFAULT_CATEGORY => {
            doc! { "$or": [{ "category": category }, { "category": { "$not": { "$type": "string" } } }] }
        }
        Filter::Category(category) => doc! { "category": category },
        Filter::Status(true) => validation_query::for_sale(),
        Filter::Status(false) => doc! { "$nor": [validation_query::for_sale()] },
        // What cannot be read counts as 0.
        Filter::StockAtLeast(least) if *least <= 0 => doc! {},
        Filter::StockAtLeast(least) => doc! { "stock": { "$gte": *least } },
        Filter::Price(price) => doc! { "price": { "$in": price_values(*price) } },
    }
}

/// A price as Int32, Int64 or Double, which compare alike, and as Decimal128, which does not: 19.99
/// is no binary number.
fn price_values(price: Money) -> Vec<Bson> {
    let decimal: Option<Decimal128> = price.to_string().parse().ok();
    let mut values = vec![Bson::Double(price.to_f64())];
    values.extend(decimal.map(Bson::Decimal128));
    values
}

fn sorting(sort: Option<Sort>) -> Vec<Document> {
    let Some(Sort { field, descending }) = sort else {
        return vec![doc! { "$sort": { "_id": 1 } }];
    };
    let direction = if descending { -1 } else { 1 };
    let by = |key: &str| doc! { "$sort": { key: direction, "_id": 1 } };
    let stored = |key: &str| vec![by(key)];
    // Documents that lack the member sort by the default that they show.
    let shown = |value: Document| {
        vec![
            doc! { "$set": { SORT_KEY: value } },
            by(SORT_KEY),
            doc! { "$unset": SORT_KEY },
        ]
    };
    let created = || doc! { "$ifNull": ["$createdAt", { "$toDate": "$_id" }] };
    match field {
        SortField::Title => stored("title"),
        SortField::Code => stored("code"),
        SortField::Price => stored("price"),
        SortField::Stock => stored("stock"),
        SortField::Category => shown(doc! { "$ifNull": ["$category", DEFAULT_CATEGORY] }),
        SortField::Status => shown(doc! { "$ifNull": ["$status", true] }),
        SortField::CreatedAt => shown(created()),
        SortField::UpdatedAt => shown(doc! { "$ifNull": ["$updatedAt", created()] }),
    }
}
