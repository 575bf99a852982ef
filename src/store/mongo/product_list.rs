//! Pages and chunks of the catalogue.

use futures_util::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Decimal128, Document, RawDocumentBuf, doc};
use mongodb::options::{AggregateOptions, Collation, CountOptions};

use super::db::Db;
use super::documents::Oid;
use super::driver::SERVER_LIMIT;
use super::search;
use super::validation_query;
use crate::domain::field_spec::{Literal, Presence};
use crate::domain::ids::ProductId;
use crate::domain::money::Money;
use crate::domain::product::{DEFAULT_CATEGORY, FIELDS, MAX_NAME, Product};
use crate::domain::product_query::{
    Filter, ProductChunk, ProductPage, ProductQuery, Sort, SortField,
};
use crate::domain::text;
use crate::store::StoreResult;

const MAX_CATEGORIES: usize = 200;
/// The field by which a page is sorted where the stored field has a default.
const SORT_KEY: &str = "_vitrina_sort";

pub(super) async fn page(db: &Db, query: &ProductQuery) -> StoreResult<ProductPage> {
    let filter = matching(query);
    let products = find_page(db, &filter, query).await?;
    let found = products.len() as u64;
    let offset = query.offset();
    // A page that is not full is the last one, so the total is known.
    let is_last = found < u64::from(query.limit) && (found > 0 || offset == 0);
    let total = if is_last {
        offset + found
    } else {
        count(db, filter).await?
    };
    Ok(ProductPage { products, total })
}

async fn find_page(db: &Db, filter: &Document, query: &ProductQuery) -> StoreResult<Vec<Product>> {
    let mut pipeline = vec![doc! { "$match": filter.clone() }];
    pipeline.extend(sorting(query.sort));
    pipeline.push(doc! { "$skip": query.offset() as i64 });
    pipeline.push(doc! { "$limit": i64::from(query.limit) });
    let options = AggregateOptions::builder()
        .collation(simple_collation())
        .max_time(SERVER_LIMIT)
        .batch_size(query.limit.saturating_add(1))
        .build();
    let found = db.products.aggregate(pipeline).with_options(options);
    let found = found.with_type::<RawDocumentBuf>().await?;
    let documents: Vec<_> = found.try_collect().await?;
    Ok(read_all(db, &documents))
}

fn read_all(db: &Db, documents: &[RawDocumentBuf]) -> Vec<Product> {
    let products = documents.iter();
    let products = products.filter_map(|document| db.invalid_documents.read(document));
    products.collect()
}

async fn count(db: &Db, filter: Document) -> StoreResult<u64> {
    let options = CountOptions::builder()
        .collation(simple_collation())
        .max_time(SERVER_LIMIT)
        .build();
    Ok(db
        .products
        .count_documents(filter)
        .with_options(options)
        .await?)
}

pub(super) async fn chunk(
    db: &Db,
    after: Option<ProductId>,
    only: Option<&[ProductId]>,
    limit: u32,
) -> StoreResult<ProductChunk> {
    let found = db
        .products
        .find(with_id(after, only))
        .sort(doc! { "_id": 1 })
        .limit(i64::from(limit))
        .batch_size(limit.saturating_add(1));
    let documents: Vec<_> = found.await?.try_collect().await?;
    let products = read_all(db, &documents);
    let remaining = match products.last() {
        Some(last) if products.len() >= limit as usize => {
            count(db, with_id(Some(last.id), only)).await?
        }
        _ => 0,
    };
    Ok(ProductChunk {
        products,
        remaining,
    })
}

pub(super) async fn categories(db: &Db) -> StoreResult<Vec<String>> {
    let stored = db.products.distinct("category", with_any_id()).await?;
    let unnamed = doc! { "_id": { "$type": "objectId" }, "category": null };
    let has_unnamed = db.products.find_one(unnamed).await?.is_some();
    let mut categories: Vec<String> = stored.iter().map(shown_category).collect();
    categories.extend(has_unnamed.then(|| DEFAULT_CATEGORY.to_owned()));
    categories.sort_unstable();
    categories.dedup();
    categories.truncate(MAX_CATEGORIES);
    Ok(categories)
}

pub(super) async fn thumbnails_in_use(db: &Db, names: &[String]) -> StoreResult<Vec<String>> {
    let users = doc! { "thumbnails": { "$in": names } };
    let used = db.products.distinct("thumbnails", users).await?;
    let is_used = |name: &&String| used.iter().any(|used| used.as_str() == Some(name.as_str()));
    Ok(names.iter().filter(is_used).cloned().collect())
}

/// Matches documents that a client can name: their ids are ObjectIds. This is a range, which the
/// index counts and skips without reading documents.
fn with_any_id() -> Document {
    with_id(None, None)
}

/// Matches ids after one, and among some if they are given.
fn with_id(after: Option<ProductId>, only: Option<&[ProductId]>) -> Document {
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

/// A stored category as its products show it.
fn shown_category(stored: &Bson) -> String {
    match stored.as_str() {
        Some(category) if !category.trim().is_empty() => {
            text::clipped(category.to_owned(), MAX_NAME)
        }
        _ => DEFAULT_CATEGORY.to_owned(),
    }
}

/// Compares strings byte by byte, also in a collection that was made with another collation.
fn simple_collation() -> Collation {
    Collation::builder().locale("simple").build()
}

fn matching(query: &ProductQuery) -> Document {
    let mut conditions = vec![with_any_id()];
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
        return with_any_id();
    }
    doc! { "$and": conditions }
}

fn condition(filter: &Filter) -> Document {
    match filter {
        // The partial index serves only a query for strings.
        Filter::Text("code", code) => doc! { "code": { "$eq": code, "$type": "string" } },
        Filter::Text(field, text) => match default_value(field) {
            Some(default) if default.as_str() == Some(text) => {
                let missing = doc! { *field: { "$not": { "$type": "string" } } };
                doc! { "$or": [{ *field: text }, missing] }
            }
            _ => doc! { *field: text },
        },
        Filter::Status(true) => validation_query::for_sale(),
        Filter::Status(false) => doc! { "$nor": [validation_query::for_sale()] },
        // An unreadable stock counts as 0.
        Filter::StockAtLeast(least) if *least <= 0 => doc! {},
        Filter::StockAtLeast(least) => doc! { "stock": { "$gte": *least } },
        Filter::Price(price) => doc! { "price": { "$in": price_values(*price) } },
    }
}

/// The value of a field that a document lacks.
fn default_value(name: &str) -> Option<Bson> {
    let field = FIELDS.iter().find(|field| field.name == name)?;
    match field.presence {
        Presence::Default(Literal::Text(text)) => Some(text.into()),
        Presence::Default(Literal::Boolean(value)) => Some(value.into()),
        Presence::Optional => Some("".into()),
        _ => None,
    }
}

/// A price as Int32, Int64 or Double, which compare alike, and as Decimal128, which does not: 19.99
/// is not a binary number.
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
    // Documents without the field sort by the default that they show.
    let shown = |value: Document| {
        vec![
            doc! { "$set": { SORT_KEY: value } },
            by(SORT_KEY),
            doc! { "$unset": SORT_KEY },
        ]
    };
    let created = || doc! { "$ifNull": ["$createdAt", { "$toDate": "$_id" }] };
    match field {
        SortField::Field(name) => match default_value(name) {
            Some(default) => shown(doc! { "$ifNull": [format!("${name}"), default] }),
            None => vec![by(name)],
        },
        SortField::CreatedAt => shown(created()),
        SortField::UpdatedAt => shown(doc! { "$ifNull": ["$updatedAt", created()] }),
    }
}
