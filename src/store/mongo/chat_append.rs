//! Chat messages appended in batches.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::bson::doc;

use super::chat_counter::take_numbers;
use super::db::Db;
use super::documents::message;
use super::error::{cause, is_duplicate_key, is_transient, unavailable};
use super::retry::Retry;
use crate::domain::chat_message::{AppendedMessage, ChatMessage, NewChatMessage};
use crate::domain::ids::ChatMessageId;
use crate::domain::timestamp::Timestamp;
use crate::store::StoreResult;

/// An author and a nonce: a message with the same ones is a repetition.
type AuthorNonce = (String, String);
type Known = HashMap<AuthorNonce, ChatMessage>;

/// Appends messages in their order, in one transaction, and returns a result for each. Repetitions
/// are not stored again.
///
/// They are taken out before: one duplicate key aborts the whole transaction, and so only means to
/// look again.
pub(super) async fn append(db: &Db, new: &[NewChatMessage]) -> StoreResult<Vec<AppendedMessage>> {
    let _lock = db.chat_lock.lock().await;
    let mut retry = Retry::operation();
    loop {
        let mut batch = Batch::new(new, find_known(db, new).await?)?;
        if batch.fresh.is_empty() {
            return Ok(batch.into_results());
        }
        match store(db, &mut batch.fresh, &mut retry).await {
            Ok(()) => return Ok(batch.into_results()),
            Err(error) if !is_transient(&error) && !is_duplicate_key(&error) => {
                return Err(error.into());
            }
            Err(error) if !retry.next_attempt().await => return Err(unavailable(cause(&error))),
            Err(_) => {}
        }
    }
}

/// The stored messages that these would repeat.
pub(super) async fn find_known(db: &Db, new: &[NewChatMessage]) -> StoreResult<Known> {
    // The partial index serves only a query for strings.
    let is = |nonce: String| doc! { "$eq": nonce, "$type": "string" };
    let repeated: Vec<_> = new
        .iter()
        .filter_map(author_and_nonce)
        .map(|(user, nonce)| doc! { "user": user, "nonce": is(nonce) })
        .collect();
    if repeated.is_empty() {
        return Ok(HashMap::new());
    }
    let found = db.messages.find(doc! { "$or": repeated }).await?;
    let documents: Vec<_> = found.try_collect().await?;
    let known = documents.iter().filter_map(|document| {
        let message = message::read(document)?;
        Some(((message.user.clone(), message.nonce.clone()?), message))
    });
    Ok(known.collect())
}

async fn store(
    db: &Db,
    fresh: &mut [ChatMessage],
    retry: &mut Retry,
) -> mongodb::error::Result<()> {
    let mut transaction = db.sessions.begin().await?;
    let session = &mut transaction.session;
    let stored = async {
        let first = take_numbers(db, fresh.len(), session).await?;
        for (seq, message) in (first..).zip(fresh.iter_mut()) {
            message.seq = seq;
        }
        let documents: Vec<_> = fresh.iter().map(message::document).collect();
        let messages = db.messages.clone_with_type();
        messages.insert_many(documents).session(session).await
    };
    match stored.await {
        Ok(_) => transaction.commit(retry).await,
        Err(error) => {
            transaction.abort(Some(&error)).await;
            Err(error)
        }
    }
}

/// A message that is not stored yet and has no sequence number.
pub(super) fn unstored(new: &NewChatMessage, now: Timestamp) -> StoreResult<ChatMessage> {
    Ok(ChatMessage {
        id: ChatMessageId::generate()?,
        seq: 0,
        user: new.user.as_str().to_owned(),
        text: new.text().to_owned(),
        datetime: now,
        nonce: new.nonce().map(str::to_owned),
    })
}

/// Messages that are appended together.
struct Batch {
    /// Those to be stored.
    fresh: Vec<ChatMessage>,
    known: Known,
    dispositions: Vec<Disposition>,
}

/// How a message of the batch is handled.
enum Disposition {
    /// It is the fresh one with this index.
    Stored(usize),
    /// It repeats the fresh one with this index.
    Repeats(usize),
    /// It was stored before.
    Known(AuthorNonce),
}

impl Batch {
    fn new(new: &[NewChatMessage], known: Known) -> StoreResult<Self> {
        let now = Timestamp::now();
        let mut batch = Self {
            fresh: Vec::new(),
            known,
            dispositions: Vec::new(),
        };
        let mut indexes: HashMap<AuthorNonce, usize> = HashMap::new();
        for message in new {
            let key = author_and_nonce(message);
            let disposition = match &key {
                Some(key) if batch.known.contains_key(key) => Disposition::Known(key.clone()),
                Some(key) if indexes.contains_key(key) => Disposition::Repeats(indexes[key]),
                _ => Disposition::Stored(batch.fresh.len()),
            };
            if let Disposition::Stored(index) = disposition {
                indexes.extend(key.map(|key| (key, index)));
                batch.fresh.push(unstored(message, now)?);
            }
            batch.dispositions.push(disposition);
        }
        Ok(batch)
    }

    fn into_results(self) -> Vec<AppendedMessage> {
        let result = |disposition: &Disposition| {
            let (message, repeated) = match disposition {
                Disposition::Stored(index) => (&self.fresh[*index], false),
                Disposition::Repeats(index) => (&self.fresh[*index], true),
                Disposition::Known(key) => (&self.known[key], true),
            };
            AppendedMessage {
                message: message.clone(),
                repeated,
            }
        };
        self.dispositions.iter().map(result).collect()
    }
}

fn author_and_nonce(message: &NewChatMessage) -> Option<AuthorNonce> {
    let author = message.user.as_str().to_owned();
    Some((author, message.nonce()?.to_owned()))
}
