//! A chat message under an idempotency key: in a transaction of its own, together with its record.

use super::chat_append::{find_known, unstored};
use super::chat_counter::take_numbers;
use super::commit::{CommitResult, Write};
use super::db::Db;
use super::documents::message;
use super::error::contended;
use super::retry::Retry;
use crate::domain::chat_message::{AppendedMessage, ChatMessage, NewChatMessage};
use crate::domain::command::{Conclusion, Outcome};
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::timestamp::Timestamp;
use crate::store::{Executed, StoreResult};

pub(super) async fn append(
    db: &Db,
    new: &NewChatMessage,
    key: &IdempotencyKey,
) -> StoreResult<Executed> {
    let _lock = db.chat_lock.lock().await;
    let unstored = unstored(new, Timestamp::now())?;
    let mut retry = Retry::operation();
    let mut was_in_doubt = false;
    loop {
        if let Some(executed) = db.records.executed(key, was_in_doubt).await? {
            return Ok(executed);
        }
        let known = find_known(db, std::slice::from_ref(new)).await?;
        if let Some(message) = known.into_values().next() {
            return db.records.save(key, appended(message, true)).await;
        }
        let mut message = unstored.clone();
        let result = store(db, &mut message, key).await;
        was_in_doubt |= result.is_in_doubt();
        let conclusion = appended(message, false);
        if let Some(executed) = db.records.conclude(key, conclusion, result).await? {
            return Ok(executed);
        }
        if !retry.next_attempt().await {
            return Err(contended("the chat"));
        }
    }
}

/// Makes one attempt. The record has the sequence number, which is taken within the transaction.
async fn store(db: &Db, message: &mut ChatMessage, key: &IdempotencyKey) -> CommitResult {
    let mut transaction = match db.sessions.begin().await {
        Ok(transaction) => transaction,
        Err(error) => return CommitResult::failed(error),
    };
    message.seq = match take_numbers(db, 1, &mut transaction.session).await {
        Ok(seq) => seq,
        Err(error) => return transaction.finish(Err(error)).await,
    };
    let insert = Write::insert(&db.messages, message::document(message));
    let save = db.records.write(key, &appended(message.clone(), false));
    let written = transaction.write_all([insert, save]).await;
    transaction.finish(written).await
}

fn appended(message: ChatMessage, repeated: bool) -> Conclusion {
    Conclusion::Done(Outcome::Message(AppendedMessage { message, repeated }))
}
