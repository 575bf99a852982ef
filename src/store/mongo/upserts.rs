//! Products that come in by their codes: a batch is one transaction of its own, so that no purchase
//! waits for it or fails with it.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::error::Result as MongoResult;

use super::collections::Collections;
use super::document::product::{self, ReadProduct, new_document};
use super::document::{Oid, date};
use super::driver::RETRY_FOR;
use super::products::{change_of_version, contended, fields};
use super::retry::Retry;
use super::step::{CommitResult, Write, write_all};
use crate::domain::error::ValidationError;
use crate::domain::ids::ProductId;
use crate::domain::timestamp::Timestamp;
use crate::domain::upsert::{Decision, ProductBatch, ProductUpsert, UpsertOutcome, dropped_by};
use crate::store::StoreResult;

/// The products that have the codes of a batch.
type Known = HashMap<String, Vec<ReadProduct>>;

/// What a batch comes to.
#[derive(Default)]
struct Plan {
    outcomes: Vec<UpsertOutcome>,
    writes: Vec<Write>,
    /// Matches a document only when the plan was carried out.
    proof: Option<Document>,
}

impl Collections {
    pub(super) async fn upsert_products(&self, batch: &ProductBatch) -> StoreResult<Vec<UpsertOutcome>> {
        let _guard = self.code_index.only_writer().await;
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        loop {
            let (plan, outcome) = self.attempt_upserts(batch).await?;
            let is_stored = async {
                match plan.proof {
                    Some(proof) => Ok(self.products.find_one(proof).await?.is_some()),
                    None => Ok(true),
                }
            };
            if outcome.holds(is_stored).await? {
                return Ok(plan.outcomes);
            }
            if !attempts.next_attempt().await {
                return Err(contended());
            }
        }
    }

    pub(super) async fn preview_upserts(&self, batch: &ProductBatch) -> StoreResult<Vec<UpsertOutcome>> {
        let found = self.products.find(having(batch)).await?;
        let known = by_code(found.try_collect().await?);
        Ok(self.plan(batch, &known)?.outcomes)
    }

    /// Reads and writes in one state of the database: what others change meanwhile undoes it.
    async fn attempt_upserts(&self, batch: &ProductBatch) -> StoreResult<(Plan, CommitResult)> {
        let mut transaction = self.sessions.begin().await?;
        let found: MongoResult<Vec<RawDocumentBuf>> = async {
            let session = &mut transaction.session;
            let mut found = self
                .products
                .find(having(batch))
                .session(&mut *session)
                .await?;
            found.stream(session).try_collect().await
        }
        .await;
        let found = match found {
            Ok(found) => found,
            Err(error) => return Ok((Plan::default(), transaction.end(Err(error)).await)),
        };
        let mut plan = match self.plan(batch, &by_code(found)) {
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
        let written = write_all(writes, &self.database, &mut transaction.session).await;
        Ok((plan, transaction.end(written).await))
    }

    fn plan(&self, batch: &ProductBatch, known: &Known) -> StoreResult<Plan> {
        let mut plan = Plan::default();
        for row in batch.rows() {
            let outcome = match known.get(row.code()).map_or(&[][..], Vec::as_slice) {
                [] => self.plan_row(row, None, &mut plan)?,
                [one] => self.plan_row(row, Some(one), &mut plan)?,
                several => UpsertOutcome::Refused(shared(several.len())),
            };
            plan.outcomes.push(outcome);
        }
        Ok(plan)
    }

    fn plan_row(
        &self,
        row: &ProductUpsert,
        known: Option<&ReadProduct>,
        plan: &mut Plan,
    ) -> StoreResult<UpsertOutcome> {
        let now = Timestamp::now();
        let decision = match known {
            // What is shown in place of a broken field is not what is stored.
            Some(invalid_documents) if !invalid_documents.faults.is_empty() => {
                Decision::Change(row.patch().clone())
            }
            known => row.decide(known.map(|known| &known.product)),
        };
        Ok(match (decision, known) {
            (Decision::Create(new), _) => {
                let id = ProductId::generate()?;
                plan.proof = Some(doc! { "_id": id.oid() });
                let document = new_document(id, &new, now);
                plan.writes.push(Write::insert(&self.products, document));
                UpsertOutcome::Created
            }
            (Decision::Change(patch), Some(known)) => {
                let (id, version) = (known.product.id.oid(), known.product.version + 1);
                let dropped = dropped_by(&patch, &known.product);
                let mut set = fields(patch);
                set.extend(change_of_version(now));
                plan.proof = Some(doc! { "_id": id, "version": version, "updatedAt": date(now) });
                let change = vec![doc! { "$set": set }];
                let filter = doc! { "_id": id };
                plan.writes
                    .push(Write::change(&self.products, filter, change));
                UpsertOutcome::Updated { dropped }
            }
            (Decision::Keep | Decision::Change(_), _) => UpsertOutcome::Unchanged,
            (Decision::Refuse(error), _) => UpsertOutcome::Refused(error),
        })
    }
}

/// The products of a batch, found by the index on codes, which is partial.
fn having(batch: &ProductBatch) -> Document {
    let codes: Vec<_> = batch.rows().iter().map(ProductUpsert::code).collect();
    doc! { "code": { "$in": codes, "$type": "string" } }
}

fn by_code(documents: Vec<RawDocumentBuf>) -> Known {
    let mut known = Known::new();
    for document in documents {
        // One whose id is no ObjectId has the code as well, but nobody can name it.
        let code = document.get_str("code").unwrap_or_default().to_owned();
        if let Some(read) = product::read(&document) {
            known.entry(code).or_default().push(read);
        }
    }
    known
}

fn shared(count: usize) -> ValidationError {
    ValidationError::field(
        "code",
        format!("is that of {count} products: mend it first"),
    )
}
