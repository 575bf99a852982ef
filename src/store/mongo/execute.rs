//! Commands: planned from what was read, then committed, under a key together with its record.

use mongodb::bson::doc;
use tokio::sync::MutexGuard;

use super::code_index::CodeWrite;
use super::collections::{Collections, raw};
use super::document::product::new_document;
use super::driver::RETRY_FOR;
use super::error::unavailable;
use super::retry::Retry;
use super::step::{CommitResult, Write};
use super::striped_lock::StripeGuard;
use crate::domain::command::{Command, Conclusion, Outcome};
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::{CartId, OrderId, ProductId};
use crate::domain::product::NewProduct;
use crate::domain::refusal::Refusal;
use crate::domain::timestamp::Timestamp;
use crate::store::{Executed, StoreError, StoreResult};

/// The effect of a command on the state that was read: its outcome, and the writes that make it so.
/// Each write matches only while what it rests on is unchanged.
pub(super) struct Plan {
    pub(super) outcome: Outcome,
    pub(super) writes: Vec<Write>,
}

/// In-process locks held while a keyed command is executed, so that it meets less contention.
#[derive(Default)]
struct RequestLocks<'a> {
    _cart: Option<StripeGuard<'a>>,
    _code: Option<MutexGuard<'a, ()>>,
}

/// Ids for what a command makes: the same at every attempt.
struct FreshIds {
    product: ProductId,
    cart: CartId,
    order: OrderId,
}

impl Collections {
    /// Executes a command without a key. Messages go through the chat queue instead.
    pub(super) async fn execute(&self, command: Command) -> StoreResult<Outcome> {
        match command {
            Command::CreateProduct(new) => self.create_product(new).await.map(Outcome::Product),
            Command::CreateCart(lines) => self.create_cart(lines).await.map(Outcome::Cart),
            Command::ChangeCart(cart, change) => {
                self.change_cart(cart, change).await.map(Outcome::Cart)
            }
            Command::Purchase(cart, request) => {
                let order = OrderId::generate()?;
                self.purchase(order, cart, &request).await.map(Outcome::Purchase)
            }
            Command::AppendMessage(_) => Err(not_planned()),
        }
    }

    /// Executes a command unless its key has a record. Whoever comes second with a key meets the
    /// record, waits for its transaction, and gets its conclusion.
    pub(super) async fn execute_once(
        &self,
        command: &Command,
        key: &IdempotencyKey,
    ) -> StoreResult<Executed> {
        if let Command::AppendMessage(message) = command {
            return self.append_once(message, key).await;
        }
        let fresh = FreshIds {
            product: ProductId::generate()?,
            cart: CartId::generate()?,
            order: OrderId::generate()?,
        };
        let _locks = self.request_locks(command).await?;
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        let mut was_in_doubt = false;
        loop {
            if let Some(saved) = self.saved(key).await? {
                // An attempt may have saved it whose end was not reported.
                let replayed = !was_in_doubt;
                return Ok(Executed { saved, replayed });
            }
            self.require_room().await?;
            let Plan {
                outcome,
                mut writes,
            } = match self.plan_command(command, &fresh).await {
                Ok(plan) => plan,
                Err(StoreError::Refused(refusal)) => {
                    return self.save(key, Conclusion::Refused(refusal)).await;
                }
                Err(failure) => return Err(failure),
            };
            let conclusion = Conclusion::Done(outcome);
            writes.push(self.save_write(key, &conclusion));
            let result = self.attempt(writes).await;
            let is_worth_another = result.is_worth_another();
            was_in_doubt |= result.is_in_doubt();
            match result {
                CommitResult::Committed => return Ok(Executed::first(conclusion)),
                CommitResult::Failed { error, in_doubt } if !is_worth_another => {
                    let saved = if in_doubt { self.saved(key).await? } else { None };
                    let saved = saved.ok_or_else(|| StoreError::from(error))?;
                    let replayed = false;
                    return Ok(Executed { saved, replayed });
                }
                CommitResult::Conflict | CommitResult::Failed { .. } => {}
            }
            if !attempts.next_attempt().await {
                return Err(unavailable("others wrote the same at every attempt"));
            }
        }
    }

    async fn request_locks(&self, command: &Command) -> StoreResult<RequestLocks<'_>> {
        let mut locks = RequestLocks::default();
        match command {
            Command::CreateProduct(new) => {
                // A taken code is found by the plan too.
                if let CodeWrite::Free(guard) = self.code_write(&new.code, None).await? {
                    locks._code = guard;
                }
            }
            Command::ChangeCart(cart, _) | Command::Purchase(cart, _) => {
                locks._cart = Some(self.cart_locks.of(cart.bytes()).await);
            }
            Command::CreateCart(_) | Command::AppendMessage(_) => {}
        }
        Ok(locks)
    }

    async fn plan_command(&self, command: &Command, fresh: &FreshIds) -> StoreResult<Plan> {
        match command {
            Command::CreateProduct(new) => self.plan_product(fresh.product, new).await,
            Command::CreateCart(lines) => {
                let new = self.new_cart(fresh.cart, lines.clone()).await?;
                Ok(Plan {
                    outcome: Outcome::Cart(new.cart.clone()),
                    writes: self.new_cart_writes(new),
                })
            }
            Command::ChangeCart(cart, change) => {
                let changed = self.changed_cart(*cart, change).await?;
                Ok(Plan {
                    writes: self.cart_writes(&changed),
                    outcome: Outcome::Cart(changed.cart),
                })
            }
            Command::Purchase(cart, request) => {
                let (purchased, writes) = self.plan_purchase(fresh.order, *cart, request).await?;
                Ok(Plan {
                    outcome: Outcome::Purchase(purchased),
                    writes,
                })
            }
            Command::AppendMessage(_) => Err(not_planned()),
        }
    }

    async fn plan_product(&self, id: ProductId, new: &NewProduct) -> StoreResult<Plan> {
        let same_code = doc! { "code": &new.code };
        if self.products.find_one(same_code).await?.is_some() {
            return Err(Refusal::DuplicateCode.into());
        }
        let document = new_document(id, new, Timestamp::now());
        let product = self.readable(&raw(&document)?)?;
        Ok(Plan {
            outcome: Outcome::Product(product),
            writes: vec![Write::insert(&self.products, document)],
        })
    }
}

/// Messages have ways of their own: they take their sequence numbers in the transaction.
fn not_planned() -> StoreError {
    StoreError::Internal("a chat message is not planned".into())
}
