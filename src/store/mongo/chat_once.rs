//! A message under an idempotency key: alone in its transaction, with the record of its answer.

use super::collections::Collections;
use super::document::message;
use super::driver::RETRY_FOR;
use super::error::unavailable;
use super::retry::Retry;
use super::step::{CommitResult, Write, failed, write_all};
use crate::domain::chat_message::{AppendedMessage, ChatMessage, NewChatMessage};
use crate::domain::command::{Conclusion, Outcome};
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::ChatMessageId;
use crate::domain::timestamp::Timestamp;
use crate::store::{Executed, StoreError, StoreResult};

impl Collections {
    /// Appends a message once.
    pub(super) async fn append_once(
        &self,
        new: &NewChatMessage,
        key: &IdempotencyKey,
    ) -> StoreResult<Executed> {
        let _turn = self.chat_turn.lock().await;
        let fresh = ChatMessage {
            id: ChatMessageId::generate()?,
            seq: 0,
            user: new.user.as_str().to_owned(),
            text: new.text().to_owned(),
            datetime: Timestamp::now(),
            nonce: new.nonce().map(str::to_owned),
        };
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        let mut was_in_doubt = false;
        loop {
            if let Some(saved) = self.saved(key).await? {
                // An attempt may have saved it whose end was not reported.
                let replayed = !was_in_doubt;
                return Ok(Executed { saved, replayed });
            }
            self.require_room().await?;
            let known = self.marked(std::slice::from_ref(new)).await?;
            if let Some(message) = known.into_values().next() {
                return self.save(key, appended(message, true)).await;
            }
            let mut message = fresh.clone();
            let result = self.store_once(&mut message, key).await;
            let is_worth_another = result.is_worth_another();
            was_in_doubt |= result.is_in_doubt();
            match result {
                CommitResult::Committed => return Ok(Executed::first(appended(message, false))),
                CommitResult::Failed { error, .. } if !is_worth_another => {
                    let saved = self.saved(key).await?;
                    let saved = saved.ok_or_else(|| StoreError::from(error))?;
                    let replayed = false;
                    return Ok(Executed { saved, replayed });
                }
                CommitResult::Conflict | CommitResult::Failed { .. } => {}
            }
            if !attempts.next_attempt().await {
                return Err(unavailable("others appended messages at every attempt"));
            }
        }
    }

    /// Makes one attempt. The sequence number is taken in the transaction, so the conclusion is made
    /// there.
    async fn store_once(&self, message: &mut ChatMessage, key: &IdempotencyKey) -> CommitResult {
        let mut transaction = match self.sessions.begin().await {
            Ok(transaction) => transaction,
            Err(error) => return failed(error),
        };
        let session = &mut transaction.session;
        message.seq = match self.take_numbers(1, session).await {
            Ok(seq) => seq,
            Err(error) => return transaction.end(Err(error)).await,
        };
        let insert = Write::insert(&self.messages, message::document(message));
        let save = self.save_write(key, &appended(message.clone(), false));
        let written = write_all([insert, save], &self.database, session).await;
        transaction.end(written).await
    }
}

fn appended(message: ChatMessage, repeated: bool) -> Conclusion {
    Conclusion::Done(Outcome::Message(AppendedMessage { message, repeated }))
}
