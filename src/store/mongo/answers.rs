//! Idempotency keys: a request's writes and the record of its answer are one transaction. Whoever
//! comes second with a key meets the record, waits for its transaction, and gives its answer.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Document, RawBsonRef, RawDocument, doc};
use tokio::sync::MutexGuard;

use super::carts::CartChange;
use super::code_index::CodeWrite;
use super::collections::{Collections, raw};
use super::document::product::new_document;
use super::document::{date, member};
use super::driver::RETRY_FOR;
use super::error::{is_duplicate_key, unavailable};
use super::retry::Attempts;
use super::step::{Outcome, Write};
use super::turns::Turn;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::{CartId, OrderId, ProductId};
use crate::domain::product::NewProduct;
use crate::domain::timestamp::Timestamp;
use crate::store::{Effect, KEPT_FOR, KeyedRequest, Once, Reply, StoreError, StoreResult};

/// Answers that have had their time and are deleted at once when there is no room for another one;
/// otherwise the server deletes them.
const STEP: i64 = 1_000;
/// How long the number of answers is believed to be about what it was.
const BELIEVED: Duration = Duration::from_secs(1);

/// How many answers are kept.
#[derive(Debug)]
pub(super) struct KeptAnswers {
    most: u64,
    /// When they were counted, and found to be few.
    few_at: Mutex<Option<Instant>>,
}

impl KeptAnswers {
    pub(super) fn new(most: u64) -> Self {
        Self {
            most,
            few_at: Mutex::default(),
        }
    }

    fn were_few(&self) -> bool {
        let few_at = self.few_at.lock().unwrap_or_else(PoisonError::into_inner);
        few_at.is_some_and(|counted| counted.elapsed() < BELIEVED)
    }

    /// Notes a count. They are few while no second could bring them to the bound.
    fn note(&self, count: u64) {
        let are_few = count < self.most / 10 * 9;
        let mut few_at = self.few_at.lock().unwrap_or_else(PoisonError::into_inner);
        *few_at = are_few.then(Instant::now);
    }
}

/// What nobody else of this process may come into while a request is done.
#[derive(Default)]
struct Alone<'a> {
    _cart: Option<Turn<'a>>,
    _code: Option<MutexGuard<'a, ()>>,
}

/// Ids for what a request makes: the same at every attempt.
struct Fresh {
    product: ProductId,
    cart: CartId,
    order: OrderId,
}

impl Collections {
    pub(super) async fn answer_once(&self, once: &Once) -> StoreResult<Reply> {
        if let KeyedRequest::AppendMessage(message) = &once.request {
            return self.append_once(message, once).await;
        }
        let fresh = Fresh {
            product: ProductId::generate()?,
            cart: CartId::generate()?,
            order: OrderId::generate()?,
        };
        let _alone = self.alone(&once.request).await?;
        let mut attempts = Attempts::within(RETRY_FOR);
        let mut was_in_doubt = false;
        loop {
            if let Some(answer) = self.answered(&once.key).await? {
                return Ok(found(answer, was_in_doubt));
            }
            self.require_room().await?;
            let (effect, mut writes) = match self.keyed_step(&once.request, &fresh).await {
                Ok(step) => step,
                Err(refusal) if refusal.is_final() => {
                    let answer = (once.answer)(Err(refusal));
                    return self.keep_answer(&once.key, answer).await;
                }
                Err(error) => return Err(error),
            };
            let answer = (once.answer)(Ok(effect));
            writes.push(self.keep(&once.key, &answer));
            let outcome = self.attempt(writes).await;
            let is_worth_another = outcome.is_worth_another();
            was_in_doubt |= outcome.is_in_doubt();
            match outcome {
                Outcome::Committed => return Ok(Reply::First(answer)),
                Outcome::Failed { error, in_doubt } if !is_worth_another => {
                    let known = if in_doubt {
                        self.answered(&once.key).await?
                    } else {
                        None
                    };
                    return known.map(Reply::First).ok_or_else(|| error.into());
                }
                Outcome::CameBetween | Outcome::Failed { .. } => {}
            }
            if !attempts.again().await {
                return Err(unavailable("others wrote the same at every attempt"));
            }
        }
    }

    async fn alone(&self, request: &KeyedRequest) -> StoreResult<Alone<'_>> {
        let cart = match request {
            KeyedRequest::AddToCart(cart, _)
            | KeyedRequest::SetCartLine(cart, _)
            | KeyedRequest::ReplaceCart(cart, _)
            | KeyedRequest::RemoveCartLine(cart, _)
            | KeyedRequest::Purchase(cart, _) => Some(cart.bytes()),
            KeyedRequest::CreateProduct(_)
            | KeyedRequest::CreateCart(_)
            | KeyedRequest::AppendMessage(_) => None,
        };
        let code = match request {
            KeyedRequest::CreateProduct(new) => match self.code_write(&new.code, None).await? {
                CodeWrite::Free(guard) => guard,
                // The step will find that out too.
                CodeWrite::Taken => None,
            },
            _ => None,
        };
        let cart = match cart {
            Some(id) => Some(self.cart_turns.of(id).await),
            None => None,
        };
        Ok(Alone {
            _cart: cart,
            _code: code,
        })
    }

    /// What a request does, and the writes that do it.
    async fn keyed_step(
        &self,
        request: &KeyedRequest,
        fresh: &Fresh,
    ) -> StoreResult<(Effect, Vec<Write>)> {
        let (cart, change) = match request {
            KeyedRequest::CreateProduct(new) => return self.new_product(new, fresh.product).await,
            KeyedRequest::CreateCart(lines) => {
                let made = self.new_cart(fresh.cart, lines.clone()).await?;
                return Ok((Effect::Cart(made.cart.clone()), self.new_cart_writes(made)));
            }
            KeyedRequest::Purchase(cart, request) => {
                let step = self.purchase_step(fresh.order, *cart, request).await;
                return step.map(|(purchased, writes)| (Effect::Purchase(purchased), writes));
            }
            KeyedRequest::AppendMessage(_) => {
                return Err(StoreError::Internal(
                    "messages have a way of their own".into(),
                ));
            }
            KeyedRequest::AddToCart(cart, line) => (cart, CartChange::Add(*line)),
            KeyedRequest::SetCartLine(cart, line) => (cart, CartChange::Set(*line)),
            KeyedRequest::ReplaceCart(cart, lines) => (cart, CartChange::Replace(lines.clone())),
            KeyedRequest::RemoveCartLine(cart, product) => (cart, CartChange::Remove(*product)),
        };
        let changed = self.changed_cart(*cart, &change).await?;
        let writes = self.cart_writes(&changed);
        Ok((Effect::Cart(changed.cart), writes))
    }

    async fn new_product(
        &self,
        new: &NewProduct,
        id: ProductId,
    ) -> StoreResult<(Effect, Vec<Write>)> {
        if self
            .products
            .find_one(doc! { "code": &new.code })
            .await?
            .is_some()
        {
            return Err(StoreError::DuplicateCode);
        }
        let document = new_document(id, new, Timestamp::now());
        let product = self.readable(&raw(&document)?)?;
        let insert = Write::insert(&self.products, document);
        Ok((Effect::Product(product), vec![insert]))
    }

    /// The answer that is kept for a key.
    pub(super) async fn answered(&self, key: &IdempotencyKey) -> StoreResult<Option<Vec<u8>>> {
        let live = doc! { "_id": binary(key.id()), "at": { "$gt": date(expired()) } };
        let Some(kept) = self.answers.find_one(live).await? else {
            return Ok(None);
        };
        if bytes(&kept, "fingerprint") != Some(&key.fingerprint()[..]) {
            return Err(StoreError::IdempotencyMismatch);
        }
        let answer = bytes(&kept, "answer").map(<[u8]>::to_vec);
        answer
            .map(Some)
            .ok_or_else(|| StoreError::Internal("a kept answer cannot be read".into()))
    }

    /// Keeps the answer to a request that has no effect, unless the key was answered before.
    pub(super) async fn keep_answer(
        &self,
        key: &IdempotencyKey,
        answer: Vec<u8>,
    ) -> StoreResult<Reply> {
        let mut attempts = Attempts::within(RETRY_FOR);
        loop {
            if let Some(known) = self.answered(key).await? {
                return Ok(Reply::Replayed(known));
            }
            self.require_room().await?;
            let (filter, document) = (free(key), raw(&record(key, &answer))?);
            match self
                .answers
                .replace_one(filter, document)
                .upsert(true)
                .await
            {
                Ok(_) => return Ok(Reply::First(answer)),
                Err(error) if is_duplicate_key(&error) => {}
                Err(error) => return Err(error.into()),
            }
            if !attempts.again().await {
                return Err(unavailable("others used the key at every attempt"));
            }
        }
    }

    /// The write that keeps an answer together with what it answers.
    pub(super) fn keep(&self, key: &IdempotencyKey, answer: &[u8]) -> Write {
        Write::put(&self.answers, free(key), record(key, answer))
    }

    /// Refuses a new key when as many answers are kept as can be.
    pub(super) async fn require_room(&self) -> StoreResult<()> {
        if self.kept_answers.were_few() {
            return Ok(());
        }
        if self.has_room().await? {
            return Ok(());
        }
        self.forget_expired().await?;
        if self.has_room().await? {
            return Ok(());
        }
        Err(StoreError::KeysExhausted)
    }

    async fn has_room(&self) -> StoreResult<bool> {
        let count = self.answers.estimated_document_count().await?;
        self.kept_answers.note(count);
        let told = i64::try_from(count).unwrap_or(i64::MAX);
        self.metrics.keys_kept.set(told);
        Ok(count < self.kept_answers.most)
    }

    async fn forget_expired(&self) -> StoreResult<()> {
        let old = doc! { "at": { "$lte": date(expired()) } };
        let found = self
            .answers
            .find(old)
            .projection(doc! { "_id": 1 })
            .limit(STEP);
        let documents: Vec<_> = found.await?.try_collect().await?;
        let ids: Vec<_> = documents
            .iter()
            .filter_map(|document| Bson::try_from(member(document, "_id")?).ok())
            .collect();
        self.answers
            .delete_many(doc! { "_id": { "$in": ids } })
            .await?;
        Ok(())
    }
}

/// What an answer is that was found: the first one, where an attempt may have stored it whose end was
/// not told.
pub(super) fn found(answer: Vec<u8>, was_in_doubt: bool) -> Reply {
    if was_in_doubt {
        Reply::First(answer)
    } else {
        Reply::Replayed(answer)
    }
}

/// Answers up to this moment have had their time.
fn expired() -> Timestamp {
    Timestamp::from_millis(Timestamp::now().millis() - KEPT_FOR.as_millis() as i64)
}

/// Matches a key's record when it has had its time. A live one is not matched, and hinders a new one
/// by its id.
fn free(key: &IdempotencyKey) -> Document {
    doc! { "_id": binary(key.id()), "at": { "$lte": date(expired()) } }
}

fn record(key: &IdempotencyKey, answer: &[u8]) -> Document {
    doc! {
        "_id": binary(key.id()),
        "fingerprint": binary(key.fingerprint()),
        "at": date(Timestamp::now()),
        "answer": binary(answer),
    }
}

pub(super) fn binary(bytes: impl AsRef<[u8]>) -> Binary {
    Binary {
        subtype: BinarySubtype::Generic,
        bytes: bytes.as_ref().to_vec(),
    }
}

fn bytes<'a>(document: &'a RawDocument, key: &str) -> Option<&'a [u8]> {
    match member(document, key)? {
        RawBsonRef::Binary(binary) => Some(binary.bytes),
        _ => None,
    }
}
