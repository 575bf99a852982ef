//! A message under an idempotency key: alone in its transaction, with the record of its answer.

use super::answers::found;
use super::collections::Collections;
use super::document::message;
use super::driver::RETRY_FOR;
use super::error::unavailable;
use super::retry::Attempts;
use super::step::{Outcome, Write, failed, write_all};
use crate::domain::chat_message::{Appended, ChatMessage, NewChatMessage};
use crate::domain::ids::ChatMessageId;
use crate::domain::timestamp::Timestamp;
use crate::store::{Effect, Once, Reply, StoreResult};

impl Collections {
    /// Appends a message once.
    pub(super) async fn append_once(
        &self,
        new: &NewChatMessage,
        once: &Once,
    ) -> StoreResult<Reply> {
        let _turn = self.chat_turn.lock().await;
        let fresh = ChatMessage {
            id: ChatMessageId::generate()?,
            seq: 0,
            user: new.user.as_str().to_owned(),
            text: new.text().to_owned(),
            datetime: Timestamp::now(),
            nonce: new.nonce().map(str::to_owned),
        };
        let mut attempts = Attempts::within(RETRY_FOR);
        let mut was_in_doubt = false;
        loop {
            if let Some(answer) = self.answered(&once.key).await? {
                return Ok(found(answer, was_in_doubt));
            }
            self.require_room().await?;
            let known = self.marked(std::slice::from_ref(new)).await?;
            if let Some(message) = known.into_values().next() {
                let answer = answer(once, message, true);
                return self.keep_answer(&once.key, answer).await;
            }
            let (outcome, answer) = self.store_once(fresh.clone(), once).await;
            let is_worth_another = outcome.is_worth_another();
            was_in_doubt |= outcome.is_in_doubt();
            match outcome {
                Outcome::Committed => return Ok(Reply::First(answer)),
                Outcome::Failed { error, .. } if !is_worth_another => {
                    let known = self.answered(&once.key).await?;
                    return known.map(Reply::First).ok_or_else(|| error.into());
                }
                Outcome::CameBetween | Outcome::Failed { .. } => {}
            }
            if !attempts.again().await {
                return Err(unavailable("others appended messages at every attempt"));
            }
        }
    }

    /// Makes one attempt. The number is taken in the transaction, so the answer that tells it is made
    /// there.
    async fn store_once(&self, mut message: ChatMessage, once: &Once) -> (Outcome, Vec<u8>) {
        let mut transaction = match self.sessions.begin().await {
            Ok(transaction) => transaction,
            Err(error) => return (failed(error), Vec::new()),
        };
        let session = &mut transaction.session;
        message.seq = match self.take_numbers(1, session).await {
            Ok(seq) => seq,
            Err(error) => return (transaction.end(Err(error)).await, Vec::new()),
        };
        let insert = Write::insert(&self.messages, message::document(&message));
        let answer = answer(once, message, false);
        let writes = [insert, self.keep(&once.key, &answer)];
        let written = write_all(writes, &self.database, session).await;
        (transaction.end(written).await, answer)
    }
}

fn answer(once: &Once, message: ChatMessage, repeated: bool) -> Vec<u8> {
    (once.answer)(Ok(Effect::Message(Appended { message, repeated })))
}
