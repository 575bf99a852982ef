//! Messages on their way into the chat: whoever waits is stored together, one batch at a time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::collections::Collections;
use super::driver::{LIMIT, closed, with_deadline};
use super::error::unavailable;
use crate::domain::chat_message::{AppendedMessage, NewChatMessage};
use crate::metrics::{Gauge, StoreQueue};
use crate::store::{StoreError, StoreResult};

/// Messages that may wait.
const QUEUE: usize = 1_000;
/// Messages of one transaction.
const BATCH: usize = 100;
/// How long a message waits for a place in the queue.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);

/// The way into the chat.
#[derive(Debug)]
pub(super) struct ChatQueue {
    tx: Mutex<Option<mpsc::Sender<QueuedMessage>>>,
    /// Messages that wait.
    queued: Gauge,
    work: Mutex<Option<JoinHandle<()>>>,
}

/// A message and who waits for it.
struct QueuedMessage {
    message: NewChatMessage,
    answer: oneshot::Sender<StoreResult<AppendedMessage>>,
}

impl ChatQueue {
    pub(super) fn open(collections: Arc<Collections>, handle: &Handle) -> Self {
        let (tx, queue) = mpsc::channel(QUEUE);
        let queued = collections.metrics.waiting(StoreQueue::Chat);
        let work = handle.spawn(work(queue, collections, handle.clone()));
        Self {
            tx: Mutex::new(Some(tx)),
            queued,
            work: Mutex::new(Some(work)),
        }
    }

    /// Waits until the message is stored. One whose caller is gone before its batch begins is not
    /// stored; in a batch that has begun it is.
    pub(super) async fn append(&self, message: NewChatMessage) -> StoreResult<AppendedMessage> {
        let tx = lock(&self.tx).clone().ok_or_else(closed)?;
        let place = match timeout(ACQUIRE_TIMEOUT, tx.reserve()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) => return Err(closed()),
            Err(_) => return Err(unavailable("too many messages wait for the database")),
        };
        let (answer, stored) = oneshot::channel();
        self.queued.inc();
        place.send(QueuedMessage { message, answer });
        match timeout(LIMIT, stored).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(closed()),
            Err(_) => Err(unavailable("the message was not stored in time")),
        }
    }

    /// Takes no more messages and waits for those that were taken.
    pub(super) async fn close(&self) {
        lock(&self.tx).take();
        let work = lock(&self.work).take();
        if let Some(work) = work {
            let _ = timeout(LIMIT, work).await;
        }
    }
}

async fn work(
    mut queue: mpsc::Receiver<QueuedMessage>,
    collections: Arc<Collections>,
    handle: Handle,
) {
    let mut batch = Vec::with_capacity(BATCH);
    let metrics = collections.metrics.clone();
    let queued = metrics.waiting(StoreQueue::Chat);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        queued.dec_by(batch.len() as i64);
        // Whoever gave up was told that the message was not stored, so it is not.
        let waiting = batch
            .drain(..)
            .filter(|waiting| !waiting.answer.is_closed());
        let (messages, answers): (Vec<_>, Vec<_>) = waiting
            .map(|waiting| (waiting.message, waiting.answer))
            .unzip();
        let begun = Instant::now();
        let collections = collections.clone();
        let step = async move { collections.append_messages(&messages).await };
        let results = match with_deadline(&handle, LIMIT, step)
            .await
            .and_then(|result| result)
        {
            Ok(stored) => {
                metrics.commit_time.record(begun.elapsed());
                metrics.commit_size.record_size(stored.len());
                stored.into_iter().map(Ok).collect()
            }
            Err(error) => answers
                .iter()
                .map(|_| Err(the_same(&error)))
                .collect::<Vec<_>>(),
        };
        for (answer, result) in answers.into_iter().zip(results) {
            let _ = answer.send(result);
        }
    }
}

/// An error of a whole batch, for one more of its messages.
fn the_same(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(cause) => StoreError::Unavailable(cause.to_string().into()),
        other => StoreError::Internal(other.to_string().into()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
