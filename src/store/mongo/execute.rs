//! Commands: planned from what was read, then committed; with a key, together with its record.

use async_trait::async_trait;
use mongodb::bson::doc;

use super::code_index::CodeLock;
use super::commit::Write;
use super::db::Db;
use super::documents::product::new_document;
use super::documents::raw;
use super::error::contended;
use super::retry::Retry;
use super::striped_lock::StripeGuard;
use super::{MongoStore, carts, chat_once, products, purchase};
use crate::domain::command::{Command, Conclusion, Outcome};
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::{CartId, OrderId, ProductId};
use crate::domain::product::NewProduct;
use crate::domain::refusal::Refusal;
use crate::domain::timestamp::Timestamp;
use crate::store::{Execute, Executed, StoreError, StoreResult};

#[async_trait]
impl Execute for MongoStore {
    async fn execute(&self, command: Command) -> StoreResult<Outcome> {
        if let Command::AppendMessage(new) = command {
            return self.chat_queue.append(new).await.map(Outcome::Message);
        }
        self.run(|db| async move { execute(&db, command).await })
            .await
    }

    async fn execute_once(&self, command: Command, key: IdempotencyKey) -> StoreResult<Executed> {
        self.run(|db| async move { execute_once(&db, &command, &key).await })
            .await
    }

    async fn save_conclusion(
        &self,
        key: IdempotencyKey,
        conclusion: Conclusion,
    ) -> StoreResult<Executed> {
        self.run(|db| async move { db.records.save(&key, conclusion).await })
            .await
    }
}

/// The effect of a command on the state that was read: its outcome, and the writes that bring it
/// about.
struct Plan {
    outcome: Outcome,
    writes: Vec<Write>,
}

/// In-process locks held during a keyed command, to reduce contention.
#[derive(Default)]
struct RequestLocks<'a> {
    _cart: Option<StripeGuard<'a>>,
    _code: Option<CodeLock<'a>>,
}

/// Ids of what a command creates, the same for all attempts.
struct NewIds {
    product: ProductId,
    cart: CartId,
    order: OrderId,
}

/// Executes a command without a key.
async fn execute(db: &Db, command: Command) -> StoreResult<Outcome> {
    match command {
        Command::CreateProduct(new) => {
            let product = products::create(db, ProductId::generate()?, &new).await;
            product.map(Outcome::Product)
        }
        Command::CreateCart(lines) => carts::create(db, lines).await.map(Outcome::Cart),
        Command::ChangeCart(cart, change) => {
            carts::change(db, cart, &change).await.map(Outcome::Cart)
        }
        Command::Purchase(cart, request) => {
            let order = OrderId::generate()?;
            let purchased = purchase::purchase(db, order, cart, &request).await;
            purchased.map(Outcome::Purchase)
        }
        Command::AppendMessage(_) => Err(not_planned()),
    }
}

/// Executes a command unless its key has a record. Of two concurrent requests with one key, the
/// second conflicts with the first one's record, and then finds it.
async fn execute_once(db: &Db, command: &Command, key: &IdempotencyKey) -> StoreResult<Executed> {
    if let Command::AppendMessage(message) = command {
        return chat_once::append(db, message, key).await;
    }
    let ids = NewIds {
        product: ProductId::generate()?,
        cart: CartId::generate()?,
        order: OrderId::generate()?,
    };
    let _locks = request_locks(db, command).await?;
    let mut retry = Retry::operation();
    let mut was_in_doubt = false;
    loop {
        if let Some(executed) = db.records.executed(key, was_in_doubt).await? {
            return Ok(executed);
        }
        let Plan {
            outcome,
            mut writes,
        } = match plan(db, command, &ids).await {
            Ok(plan) => plan,
            Err(StoreError::Refused(refusal)) => {
                return db.records.save(key, Conclusion::Refused(refusal)).await;
            }
            Err(failure) => return Err(failure),
        };
        let conclusion = Conclusion::Done(outcome);
        writes.push(db.records.write(key, &conclusion));
        let result = db.commit_queue.commit(writes).await;
        was_in_doubt |= result.is_in_doubt();
        if let Some(executed) = db.records.conclude(key, conclusion, result).await? {
            return Ok(executed);
        }
        if !retry.next_attempt().await {
            return Err(contended("the documents"));
        }
    }
}

async fn request_locks<'a>(db: &'a Db, command: &Command) -> StoreResult<RequestLocks<'a>> {
    let mut locks = RequestLocks::default();
    match command {
        // The plan refuses a taken code.
        Command::CreateProduct(new) => {
            locks._code = Some(db.code_index.lock_code(&new.code, None).await?);
        }
        Command::ChangeCart(cart, _) | Command::Purchase(cart, _) => {
            locks._cart = Some(db.cart_locks.lock(cart.bytes()).await);
        }
        Command::CreateCart(_) | Command::AppendMessage(_) => {}
    }
    Ok(locks)
}

async fn plan(db: &Db, command: &Command, ids: &NewIds) -> StoreResult<Plan> {
    match command {
        Command::CreateProduct(new) => plan_product(db, ids.product, new).await,
        Command::CreateCart(lines) => {
            let new = carts::plan_new(db, ids.cart, lines.clone()).await?;
            Ok(Plan {
                outcome: Outcome::Cart(new.cart.clone()),
                writes: new.into_writes(db),
            })
        }
        Command::ChangeCart(cart, change) => {
            let changed = carts::plan_change(db, *cart, change).await?;
            Ok(Plan {
                writes: changed.writes(db),
                outcome: Outcome::Cart(changed.cart),
            })
        }
        Command::Purchase(cart, request) => {
            let (purchased, writes) = purchase::plan(db, ids.order, *cart, request).await?;
            Ok(Plan {
                outcome: Outcome::Purchase(purchased),
                writes,
            })
        }
        Command::AppendMessage(_) => Err(not_planned()),
    }
}

async fn plan_product(db: &Db, id: ProductId, new: &NewProduct) -> StoreResult<Plan> {
    let same_code = doc! { "code": &new.code };
    if db.products.find_one(same_code).await?.is_some() {
        return Err(Refusal::DuplicateCode.into());
    }
    let document = new_document(id, new, Timestamp::now());
    let product = products::read(db, &raw(&document)?)?;
    Ok(Plan {
        outcome: Outcome::Product(product),
        writes: vec![Write::insert(&db.products, document)],
    })
}

/// Messages are not planned: they take their sequence numbers within the transaction.
fn not_planned() -> StoreError {
    StoreError::Internal("a chat message cannot be planned".into())
}
