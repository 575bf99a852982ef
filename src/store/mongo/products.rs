//! Single products: created, read, changed, deleted.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::options::ReturnDocument;

use super::db::Db;
use super::documents::product::new_document;
use super::documents::product_update::{
    current_thumbnails, current_version, patched_fields, update,
};
use super::documents::{Oid, owned_field, raw, unchanged};
use super::error::{contended, is_duplicate_key};
use super::mark::mark_of;
use super::retry::Retry;
use super::tombstones::write_product_tombstone;
use super::walk::MongoWalk;
use super::{MongoStore, upserts};
use crate::domain::ids::ProductId;
use crate::domain::product::{MAX_THUMBNAILS, NewProduct, Product, ProductPatch};
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::timestamp::Timestamp;
use crate::domain::upsert::{ProductBatch, UpsertOutcome};
use crate::store::{ProductStore, ProductWalk, StoreError, StoreResult};

#[async_trait]
impl ProductStore for MongoStore {
    async fn product(&self, id: ProductId) -> StoreResult<Product> {
        self.run(move |db| async move { find(&db, id).await }).await
    }

    async fn products_with_code(&self, code: &str) -> StoreResult<Vec<Product>> {
        let code = code.to_owned();
        self.run(|db| async move { find_by_code(&db, &code).await })
            .await
    }

    async fn update_product(
        &self,
        id: ProductId,
        patch: ProductPatch,
        expected: Option<i64>,
    ) -> StoreResult<Product> {
        self.run(move |db| async move { patch_product(&db, id, patch, expected).await })
            .await
    }

    async fn delete_product(&self, id: ProductId, expected: Option<i64>) -> StoreResult<Product> {
        self.run(move |db| async move { delete(&db, id, expected).await })
            .await
    }

    async fn add_thumbnails(&self, id: ProductId, names: Vec<String>) -> StoreResult<Product> {
        self.run(move |db| async move { add_thumbnails(&db, id, names).await })
            .await
    }

    async fn remove_thumbnail(&self, id: ProductId, name: &str) -> StoreResult<Product> {
        let name = name.to_owned();
        self.run(move |db| async move { remove_thumbnail(&db, id, &name).await })
            .await
    }

    async fn upsert_products(&self, batch: ProductBatch) -> StoreResult<Vec<UpsertOutcome>> {
        self.run(|db| async move { upserts::apply(&db, &batch).await })
            .await
    }

    async fn preview_upserts(&self, batch: ProductBatch) -> StoreResult<Vec<UpsertOutcome>> {
        self.run(|db| async move { upserts::preview(&db, &batch).await })
            .await
    }

    async fn walk_products(&self) -> StoreResult<Box<dyn ProductWalk>> {
        let handle = self.driver.handle().clone();
        let walk = self.run(|db| MongoWalk::open(db, handle)).await?;
        Ok(Box::new(walk))
    }

    async fn thumbnails_in_use(&self, names: &[String]) -> StoreResult<Vec<String>> {
        let names = names.to_vec();
        self.run(|db| async move { thumbnails_in_use(&db, &names).await })
            .await
    }
}

/// Stores a new product by a single insertion.
pub(super) async fn create(db: &Db, id: ProductId, new: &NewProduct) -> StoreResult<Product> {
    let lock = db.code_index.lock_code(&new.code, None).await?;
    if lock.is_taken {
        return Err(Refusal::DuplicateCode.into());
    }
    let document = raw(&new_document(id, new, Timestamp::now()))?;
    let mut session = db.session().await?;
    let inserted = db.products.insert_one(&document).session(&mut session);
    inserted.await.map_err(refuse_duplicate_code)?;
    db.written.raise(mark_of(&session));
    read(db, &document)
}

async fn find(db: &Db, id: ProductId) -> StoreResult<Product> {
    read(db, &find_document(db, id).await?)
}

async fn find_by_code(db: &Db, code: &str) -> StoreResult<Vec<Product>> {
    // The partial index serves only a query for strings.
    let with_code = doc! { "code": { "$eq": code, "$type": "string" } };
    let found: Vec<_> = db.products.find(with_code).await?.try_collect().await?;
    found.iter().map(|document| read(db, document)).collect()
}

async fn thumbnails_in_use(db: &Db, names: &[String]) -> StoreResult<Vec<String>> {
    let users = doc! { "thumbnails": { "$in": names } };
    let used = db.products.distinct("thumbnails", users).await?;
    let is_used = |name: &&String| used.iter().any(|used| used.as_str() == Some(name.as_str()));
    Ok(names.iter().filter(is_used).cloned().collect())
}

async fn find_document(db: &Db, id: ProductId) -> StoreResult<RawDocumentBuf> {
    let found = db.products.find_one(doc! { "_id": id.oid() }).await?;
    Ok(found.ok_or(Refusal::NotFound(Resource::Product))?)
}

async fn patch_product(
    db: &Db,
    id: ProductId,
    patch: ProductPatch,
    expected: Option<i64>,
) -> StoreResult<Product> {
    let lock = match &patch.code {
        Some(code) => Some(db.code_index.lock_code(code, Some(id.oid())).await?),
        None => None,
    };
    if lock.as_ref().is_some_and(|lock| lock.is_taken) {
        find(db, id).await?.require_version(expected)?;
        return Err(Refusal::DuplicateCode.into());
    }
    let fields = patched_fields(&patch);
    let mut retry = Retry::operation();
    loop {
        let mut filter = doc! { "_id": id.oid() };
        if let Some(version) = expected {
            filter.insert("$expr", doc! { "$eq": [current_version(), version] });
        }
        if let Some(product) = find_and_update(db, filter, fields.clone()).await? {
            return Ok(product);
        }
        find(db, id).await?.require_version(expected)?;
        // It has the expected version by now, or exists again.
        if !retry.next_attempt().await {
            return Err(contended("the product"));
        }
    }
}

async fn delete(db: &Db, id: ProductId, expected: Option<i64>) -> StoreResult<Product> {
    let mut retry = Retry::operation();
    loop {
        let document = find_document(db, id).await?;
        let product = read(db, &document)?;
        product.require_version(expected)?;
        write_product_tombstone(db, &product).await?;
        let version = owned_field(&document, "version");
        let as_read = doc! { "_id": id.oid(), "version": unchanged(version.as_ref()) };
        let mut session = db.session().await?;
        let deleted = db.products.find_one_and_delete(as_read);
        if let Some(last) = deleted.session(&mut session).await? {
            db.written.raise(mark_of(&session));
            return read(db, &last);
        }
        if !retry.next_attempt().await {
            return Err(contended("the product"));
        }
    }
}

async fn add_thumbnails(db: &Db, id: ProductId, names: Vec<String>) -> StoreResult<Product> {
    if let Some(free) = MAX_THUMBNAILS.checked_sub(names.len()) {
        let filter = doc! {
            "_id": id.oid(),
            "$expr": { "$lte": [{ "$size": current_thumbnails() }, free as i32] },
        };
        let longer = doc! { "$concatArrays": [current_thumbnails(), { "$literal": names }] };
        let updated = find_and_update(db, filter, doc! { "thumbnails": longer }).await?;
        if let Some(product) = updated {
            return Ok(product);
        }
    }
    find(db, id).await?;
    Err(Refusal::TooManyThumbnails.into())
}

async fn remove_thumbnail(db: &Db, id: ProductId, name: &str) -> StoreResult<Product> {
    let filter = doc! { "_id": id.oid(), "thumbnails": name };
    let others = doc! { "$filter": {
        "input": current_thumbnails(),
        "cond": { "$ne": ["$$this", { "$literal": name }] },
    } };
    match find_and_update(db, filter, doc! { "thumbnails": others }).await? {
        Some(product) => Ok(product),
        None => {
            find(db, id).await?;
            Err(Refusal::NotFound(Resource::Thumbnail).into())
        }
    }
}

/// Sets fields of a product and raises its version; `None` if the filter matches nothing.
async fn find_and_update(
    db: &Db,
    filter: Document,
    fields: Document,
) -> StoreResult<Option<Product>> {
    let update = update(fields, Timestamp::now());
    let mut session = db.session().await?;
    let updated = db.products.find_one_and_update(filter, update);
    let updated = updated.return_document(ReturnDocument::After);
    let updated = updated.session(&mut session).await;
    let Some(document) = updated.map_err(refuse_duplicate_code)? else {
        return Ok(None);
    };
    db.written.raise(mark_of(&session));
    read(db, &document).map(Some)
}

pub(super) fn read(db: &Db, document: &RawDocumentBuf) -> StoreResult<Product> {
    let product = db.invalid_documents.read(document);
    product.ok_or_else(|| StoreError::Internal("a product's document lost its id".into()))
}

fn refuse_duplicate_code(error: mongodb::error::Error) -> StoreError {
    if is_duplicate_key(&error) {
        Refusal::DuplicateCode.into()
    } else {
        error.into()
    }
}
