//! The chat: appended in batches, read in pages, deleted one by one.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::bson::{Bson, doc};

use super::collections::Collections;
use super::document::{Oid, member, message, number, unchanged};
use super::driver::RETRY_FOR;
use super::error::{cause, is_duplicate_key, is_transient, unavailable};
use super::retry::Retry;
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::chat_message::{AppendedMessage, ChatHistory, ChatMessage, NewChatMessage};
use crate::domain::ids::ChatMessageId;
use crate::domain::timestamp::Timestamp;
use crate::store::{StoreError, StoreResult};

/// An author and a mark of theirs.
type Mark = (String, String);

impl Collections {
    /// Appends messages in their order, in one transaction; those whose author and nonce are known
    /// are answered with the stored one. One result for each message.
    pub(super) async fn append_messages(
        &self,
        new: &[NewChatMessage],
    ) -> StoreResult<Vec<AppendedMessage>> {
        let _turn = self.chat_turn.lock().await;
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        loop {
            let mut batch = Batch::of(new, self.marked(new).await?)?;
            if !batch.fresh.is_empty() {
                match self.store(&mut batch.fresh, &mut attempts).await {
                    Ok(()) => {}
                    Err(error) if is_transient(&error) || is_duplicate_key(&error) => {
                        if attempts.next_attempt().await {
                            continue;
                        }
                        return Err(StoreError::Unavailable(cause(&error)));
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            return Ok(batch.answers());
        }
    }

    /// The stored messages that have the marks of these.
    pub(super) async fn marked(
        &self,
        new: &[NewChatMessage],
    ) -> StoreResult<HashMap<Mark, ChatMessage>> {
        // The partial index serves only those who say that they look for a text.
        let is = |nonce: String| doc! { "$eq": nonce, "$type": "string" };
        let marks: Vec<_> = new
            .iter()
            .filter_map(mark)
            .map(|(user, nonce)| doc! { "user": user, "nonce": is(nonce) })
            .collect();
        if marks.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.messages.find(doc! { "$or": marks }).await?;
        let documents: Vec<_> = found.try_collect().await?;
        let messages = documents
            .iter()
            .filter_map(|document| message::read(document));
        Ok(messages
            .filter_map(|message| Some(((message.user.clone(), message.nonce.clone()?), message)))
            .collect())
    }

    async fn store(
        &self,
        fresh: &mut [ChatMessage],
        attempts: &mut Retry,
    ) -> mongodb::error::Result<()> {
        let mut transaction = self.sessions.begin().await?;
        let session = &mut transaction.session;
        let stored = async {
            let first = self.take_numbers(fresh.len(), session).await?;
            for (seq, message) in (first..).zip(fresh.iter_mut()) {
                message.seq = seq;
            }
            let documents: Vec<_> = fresh.iter().map(message::document).collect();
            let messages = self.messages.clone_with_type();
            messages.insert_many(documents).session(session).await
        };
        match stored.await {
            Ok(_) => transaction.commit(attempts).await,
            Err(error) => {
                transaction.abort(Some(&error)).await;
                Err(error)
            }
        }
    }

    pub(super) async fn history(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> StoreResult<ChatHistory> {
        let mut seq = doc! { "$type": "number" };
        if let Some(before) = before {
            seq.insert("$lt", before);
        }
        let filter = doc! { "_id": { "$type": "objectId" }, "seq": seq };
        let wanted = i64::from(limit) + 1;
        let found = self
            .messages
            .find(filter)
            .sort(doc! { "seq": -1, "_id": -1 })
            .limit(wanted);
        let documents: Vec<_> = found
            .batch_size(limit.saturating_add(2))
            .await?
            .try_collect()
            .await?;
        let has_more = documents.len() > limit as usize;
        let newest = documents.iter().take(limit as usize);
        let mut messages: Vec<_> = newest
            .filter_map(|document| message::read(document))
            .collect();
        messages.reverse();
        Ok(ChatHistory { messages, has_more })
    }

    pub(super) async fn delete_message(&self, id: ChatMessageId) -> StoreResult<()> {
        let mut attempts = Retry::with_deadline(RETRY_FOR);
        loop {
            let found = self.messages.find_one(doc! { "_id": id.oid() });
            let found = found.projection(doc! { "seq": 1 }).await?;
            let document = found.ok_or(StoreError::Refused(Refusal::NotFound(Resource::Message)))?;
            let seq = member(&document, "seq");
            if let Some(number) = seq.and_then(number::whole) {
                self.write_message_tombstone(id, number).await?;
            }
            let seq = seq.and_then(|seq| Bson::try_from(seq).ok());
            let as_read = doc! { "_id": id.oid(), "seq": unchanged(seq.as_ref()) };
            if self.messages.delete_one(as_read).await?.deleted_count == 1 {
                return Ok(());
            }
            if !attempts.next_attempt().await {
                return Err(unavailable("others changed the message at every attempt"));
            }
        }
    }
}

/// What becomes of the messages of a batch.
struct Batch {
    /// Those to be stored, still without numbers.
    fresh: Vec<ChatMessage>,
    known: HashMap<Mark, ChatMessage>,
    fates: Vec<Disposition>,
}

enum Disposition {
    /// It is stored as this one of the fresh ones.
    Stored(usize),
    /// It is the same as an earlier one of the batch.
    Repeats(usize),
    /// It was stored before.
    Known(Mark),
}

impl Batch {
    fn of(new: &[NewChatMessage], known: HashMap<Mark, ChatMessage>) -> StoreResult<Self> {
        let now = Timestamp::now();
        let mut batch = Self {
            fresh: Vec::new(),
            known,
            fates: Vec::new(),
        };
        let mut marks: HashMap<Mark, usize> = HashMap::new();
        for message in new {
            let mark = mark(message);
            let fate = match &mark {
                Some(mark) if batch.known.contains_key(mark) => Disposition::Known(mark.clone()),
                Some(mark) if marks.contains_key(mark) => Disposition::Repeats(marks[mark]),
                _ => Disposition::Stored(batch.fresh.len()),
            };
            if let Disposition::Stored(index) = fate {
                marks.extend(mark.map(|mark| (mark, index)));
                batch.fresh.push(ChatMessage {
                    id: ChatMessageId::generate()?,
                    seq: 0,
                    user: message.user.as_str().to_owned(),
                    text: message.text().to_owned(),
                    datetime: now,
                    nonce: message.nonce().map(str::to_owned),
                });
            }
            batch.fates.push(fate);
        }
        Ok(batch)
    }

    fn answers(self) -> Vec<AppendedMessage> {
        let answer = |fate: &Disposition| match fate {
            Disposition::Stored(index) => AppendedMessage {
                message: self.fresh[*index].clone(),
                repeated: false,
            },
            Disposition::Repeats(index) => AppendedMessage {
                message: self.fresh[*index].clone(),
                repeated: true,
            },
            Disposition::Known(mark) => AppendedMessage {
                message: self.known[mark].clone(),
                repeated: true,
            },
        };
        self.fates.iter().map(answer).collect()
    }
}

fn mark(message: &NewChatMessage) -> Option<Mark> {
    Some((
        message.user.as_str().to_owned(),
        message.nonce()?.to_owned(),
    ))
}
