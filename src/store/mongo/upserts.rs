//! Products inserted or updated by their codes. A batch is a transaction of its own, so that no
//! purchase waits for it or fails with it.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::bson::{Document, RawDocumentBuf, doc};

use super::commit::{CommitResult, Transaction, Write};
use super::db::Db;
use super::documents::product::{self, new_document};
use super::documents::product_update::{patched_fields, update};
use super::documents::{Oid, date};
use super::error::contended;
use super::retry::Retry;
use crate::domain::error::ValidationError;
use crate::domain::ids::ProductId;
use crate::domain::product::{NewProduct, Product, ProductPatch};
use crate::domain::timestamp::Timestamp;
use crate::domain::upsert::{Decision, ProductBatch, ProductUpsert, UpsertOutcome, dropped_by};
use crate::store::StoreResult;

/// The products that have the codes of a batch.
type Known = HashMap<String, Vec<Product>>;

/// The effect of a batch on the state that was read.
#[derive(Default)]
struct Plan {
    outcomes: Vec<UpsertOutcome>,
    writes: Vec<Write>,
    /// Matches a document only if the writes were committed.
    trace: Option<Document>,
}

pub(super) async fn apply(db: &Db, batch: &ProductBatch) -> StoreResult<Vec<UpsertOutcome>> {
    let _lock = db.code_index.lock().await;
    let mut retry = Retry::operation();
    loop {
        let (plan, result) = attempt(db, batch).await?;
        let is_stored = async {
            match plan.trace {
                Some(trace) => Ok(db.products.find_one(trace).await?.is_some()),
                None => Ok(true),
            }
        };
        if result.resolve(is_stored).await? {
            return Ok(plan.outcomes);
        }
        if !retry.next_attempt().await {
            return Err(contended("the products"));
        }
    }
}

pub(super) async fn preview(db: &Db, batch: &ProductBatch) -> StoreResult<Vec<UpsertOutcome>> {
    let found = db.products.find(with_codes_of(batch)).await?;
    let known = by_code(found.try_collect().await?);
    Ok(plan(db, batch, &known)?.outcomes)
}

/// Reads and writes in one snapshot of the database: a concurrent change aborts it.
async fn attempt(db: &Db, batch: &ProductBatch) -> StoreResult<(Plan, CommitResult)> {
    let mut transaction = db.sessions.begin().await?;
    let found = match find_in(db, &mut transaction, batch).await {
        Ok(found) => found,
        Err(error) => return Ok((Plan::default(), transaction.finish(Err(error)).await)),
    };
    let mut plan = match plan(db, batch, &by_code(found)) {
        Ok(plan) => plan,
        Err(error) => {
            transaction.abort(None).await;
            return Err(error);
        }
    };
    if plan.writes.is_empty() {
        transaction.abort(None).await;
        return Ok((plan, CommitResult::Committed));
    }
    let writes = std::mem::take(&mut plan.writes);
    let written = transaction.write_all(writes).await;
    Ok((plan, transaction.finish(written).await))
}

async fn find_in(
    db: &Db,
    transaction: &mut Transaction<'_>,
    batch: &ProductBatch,
) -> mongodb::error::Result<Vec<RawDocumentBuf>> {
    let session = &mut transaction.session;
    let found = db.products.find(with_codes_of(batch));
    let mut found = found.session(&mut *session).await?;
    found.stream(session).try_collect().await
}

fn plan(db: &Db, batch: &ProductBatch, known: &Known) -> StoreResult<Plan> {
    let mut plan = Plan::default();
    for row in batch.rows() {
        let outcome = match known.get(row.code()).map_or(&[][..], Vec::as_slice) {
            [] => plan.add(db, row, None)?,
            [one] => plan.add(db, row, Some(one))?,
            several => UpsertOutcome::Refused(shared_code(several.len())),
        };
        plan.outcomes.push(outcome);
    }
    Ok(plan)
}

impl Plan {
    fn add(
        &mut self,
        db: &Db,
        row: &ProductUpsert,
        known: Option<&Product>,
    ) -> StoreResult<UpsertOutcome> {
        let decision = match known {
            // An invalid field is shown with another value than the stored one.
            Some(known) if !known.invalid_fields.is_empty() => {
                Decision::Change(row.patch().clone())
            }
            known => row.decide(known),
        };
        Ok(match (decision, known) {
            (Decision::Create(new), _) => self.create(db, &new)?,
            (Decision::Change(patch), Some(known)) => self.change(db, &patch, known),
            (Decision::Keep | Decision::Change(_), _) => UpsertOutcome::Unchanged,
            (Decision::Refuse(error), _) => UpsertOutcome::Refused(error),
        })
    }

    fn create(&mut self, db: &Db, new: &NewProduct) -> StoreResult<UpsertOutcome> {
        let id = ProductId::generate()?;
        self.trace = Some(doc! { "_id": id.oid() });
        let document = new_document(id, new, Timestamp::now());
        self.writes.push(Write::insert(&db.products, document));
        Ok(UpsertOutcome::Created)
    }

    fn change(&mut self, db: &Db, patch: &ProductPatch, known: &Product) -> UpsertOutcome {
        let now = Timestamp::now();
        let (id, version) = (known.id.oid(), known.version + 1);
        self.trace = Some(doc! { "_id": id, "version": version, "updatedAt": date(now) });
        let dropped = dropped_by(patch, known);
        let update = update(patched_fields(patch), now);
        self.writes
            .push(Write::update(&db.products, doc! { "_id": id }, update));
        UpsertOutcome::Updated { dropped }
    }
}

/// Matches the products of a batch. The partial index serves only a query for strings.
fn with_codes_of(batch: &ProductBatch) -> Document {
    let codes: Vec<_> = batch.rows().iter().map(ProductUpsert::code).collect();
    doc! { "code": { "$in": codes, "$type": "string" } }
}

fn by_code(documents: Vec<RawDocumentBuf>) -> Known {
    let mut known = Known::new();
    for document in documents {
        // A document with a foreign id is left out: no client can name it.
        let code = document.get_str("code").unwrap_or_default().to_owned();
        if let Some(read) = product::read(&document) {
            known.entry(code).or_default().push(read);
        }
    }
    known
}

fn shared_code(count: usize) -> ValidationError {
    let reason = format!("is shared by {count} products: fix them first");
    ValidationError::field("code", reason)
}
