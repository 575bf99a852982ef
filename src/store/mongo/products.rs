//! Single products: made, read, changed, deleted.

use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};
use mongodb::options::ReturnDocument;

use super::code_index::CodeWrite;
use super::collections::{Collections, raw};
use super::document::number::EXACT;
use super::document::product::{new_document, stock_number};
use super::document::{Oid, date, member, unchanged};
use super::driver::RETRY_FOR;
use super::error::{is_duplicate_key, unavailable};
use super::retry::Retry;
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::ids::ProductId;
use crate::domain::product::{MAX_THUMBNAILS, NewProduct, Product, ProductPatch};
use crate::domain::timestamp::Timestamp;
use crate::store::{StoreError, StoreResult};

impl Collections {
    pub(super) async fn create_product(&self, new: NewProduct) -> StoreResult<Product> {
        let CodeWrite::Free(_guard) = self.code_write(&new.code, None).await? else {
            return Err(Refusal::DuplicateCode.into());
        };
        let document = raw(&new_document(
            ProductId::generate()?,
            &new,
            Timestamp::now(),
        ))?;
        self.products
            .insert_one(&document)
            .await
            .map_err(duplicate_code)?;
        self.readable(&document)
    }

    pub(super) async fn product(&self, id: ProductId) -> StoreResult<Product> {
        let document = self.products.find_one(doc! { "_id": id.oid() }).await?;
        self.readable(&document.ok_or(StoreError::Refused(Refusal::NotFound(Resource::Product)))?)
    }

    pub(super) async fn update_product(
        &self,
        id: ProductId,
        patch: ProductPatch,
        expected: Option<i64>,
    ) -> StoreResult<Product> {
        let _guard = match &patch.code {
            Some(code) => match self.code_write(code, Some(id.oid())).await? {
                CodeWrite::Free(guard) => guard,
                CodeWrite::Taken => return Err(self.refusal_before(id, expected).await?),
            },
            None => None,
        };
        let fields = fields(patch);
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        loop {
            let filter = match expected {
                Some(version) => doc! {
                    "_id": id.oid(),
                    "$expr": { "$eq": [version_expression(), version] },
                },
                None => doc! { "_id": id.oid() },
            };
            if let Some(product) = self.change_product(filter, fields.clone()).await? {
                return Ok(product);
            }
            let current = self.product(id).await?.version;
            match expected {
                Some(version) if version != current => {
                    return Err(Refusal::VersionMismatch { current }.into());
                }
                // It has the expected version by now, or came back: the next attempt may meet it.
                _ if attempts.next_attempt().await => {}
                _ => return Err(contended()),
            }
        }
    }

    /// What to say of a code that is taken, to somebody who may be wrong about more than that.
    async fn refusal_before(
        &self,
        id: ProductId,
        expected: Option<i64>,
    ) -> StoreResult<StoreError> {
        let current = self.product(id).await?.version;
        Ok(match expected {
            Some(version) if version != current => StoreError::Refused(Refusal::VersionMismatch { current }),
            _ => StoreError::Refused(Refusal::DuplicateCode),
        })
    }

    pub(super) async fn delete_product(
        &self,
        id: ProductId,
        expected: Option<i64>,
    ) -> StoreResult<Product> {
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        loop {
            let found = self.products.find_one(doc! { "_id": id.oid() }).await?;
            let document = found.ok_or(StoreError::Refused(Refusal::NotFound(Resource::Product)))?;
            let product = self.readable(&document)?;
            let current = product.version;
            if expected.is_some_and(|expected| expected != current) {
                return Err(Refusal::VersionMismatch { current }.into());
            }
            self.write_product_tombstone(&product).await?;
            let version = member(&document, "version").and_then(|value| Bson::try_from(value).ok());
            let as_read = doc! { "_id": id.oid(), "version": unchanged(version.as_ref()) };
            if let Some(last) = self.products.find_one_and_delete(as_read).await? {
                return self.readable(&last);
            }
            if !attempts.next_attempt().await {
                return Err(contended());
            }
        }
    }

    pub(super) async fn add_thumbnails(
        &self,
        id: ProductId,
        names: Vec<String>,
    ) -> StoreResult<Product> {
        let room = MAX_THUMBNAILS.checked_sub(names.len());
        let Some(room) = room else {
            return self
                .product(id)
                .await
                .and(Err(Refusal::TooManyThumbnails.into()));
        };
        let filter = doc! {
            "_id": id.oid(),
            "$expr": { "$lte": [{ "$size": thumbnails_expression() }, room as i32] },
        };
        let longer = doc! { "$concatArrays": [thumbnails_expression(), { "$literal": names }] };
        match self
            .change_product(filter, doc! { "thumbnails": longer })
            .await?
        {
            Some(product) => Ok(product),
            None => self
                .product(id)
                .await
                .and(Err(Refusal::TooManyThumbnails.into())),
        }
    }

    pub(super) async fn remove_thumbnail(&self, id: ProductId, name: &str) -> StoreResult<Product> {
        let filter = doc! { "_id": id.oid(), "thumbnails": name };
        let others = doc! { "$filter": {
            "input": thumbnails_expression(),
            "cond": { "$ne": ["$$this", { "$literal": name }] },
        } };
        match self
            .change_product(filter, doc! { "thumbnails": others })
            .await?
        {
            Some(product) => Ok(product),
            None => self
                .product(id)
                .await
                .and(Err(Refusal::NotFound(Resource::Thumbnail).into())),
        }
    }

    /// Sets fields of one product and raises its version; `None` when the filter matches nothing.
    async fn change_product(
        &self,
        filter: Document,
        mut fields: Document,
    ) -> StoreResult<Option<Product>> {
        fields.extend(change_of_version(Timestamp::now()));
        let change = vec![doc! { "$set": fields }];
        let changed = self
            .products
            .find_one_and_update(filter, change)
            .return_document(ReturnDocument::After)
            .await
            .map_err(duplicate_code)?;
        changed.map(|document| self.readable(&document)).transpose()
    }

    pub(super) fn readable(&self, document: &RawDocumentBuf) -> StoreResult<Product> {
        self.invalid_documents
            .read(document)
            .ok_or_else(|| StoreError::Internal("the product's document lost its id".into()))
    }
}

/// The fields that a patch names. Texts are marked as texts: a pipeline would take `$x` for a path.
pub(super) fn fields(patch: ProductPatch) -> Document {
    let literal = |value: Bson| Bson::from(doc! { "$literal": value });
    let mut fields = Document::new();
    let mut set = |key: &str, value: Option<Bson>| {
        fields.extend(value.map(|value| (key.to_owned(), literal(value))));
    };
    set("title", patch.title.map(Bson::from));
    set("description", patch.description.map(Bson::from));
    set("code", patch.code.map(Bson::from));
    set(
        "price",
        patch.price.map(|price| Bson::Double(price.to_f64())),
    );
    set("status", patch.status.map(Bson::from));
    set("stock", patch.stock.map(stock_number));
    set("category", patch.category.map(Bson::from));
    set("thumbnails", patch.thumbnails.map(Bson::from));
    fields
}

/// What every change of a product sets.
pub(super) fn change_of_version(now: Timestamp) -> Document {
    doc! {
        "version": { "$add": [version_expression(), 1i64] },
        "updatedAt": date(now),
    }
}

/// The version that a document shows: what `number::version` reads, in the server's words.
pub(super) fn version_expression() -> Document {
    let in_bounds = doc! { "$and": [
        { "$isNumber": "$version" },
        { "$gte": ["$version", 1] },
        { "$lte": ["$version", EXACT] },
    ] };
    doc! { "$cond": [in_bounds, { "$toLong": { "$trunc": ["$version", 0] } }, 1i64] }
}

fn thumbnails_expression() -> Document {
    doc! { "$cond": [{ "$isArray": "$thumbnails" }, "$thumbnails", []] }
}

fn duplicate_code(error: mongodb::error::Error) -> StoreError {
    if is_duplicate_key(&error) {
        StoreError::Refused(Refusal::DuplicateCode)
    } else {
        error.into()
    }
}

pub(super) fn contended() -> StoreError {
    unavailable("others changed the document at every attempt")
}
