//! Chat messages on their way to the database: those that are waiting are appended together, one
//! batch at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::chat_append;
use super::db::Db;
use super::driver::{LIMIT, closed, with_deadline};
use super::error::unavailable;
use crate::domain::chat_message::{AppendedMessage, NewChatMessage};
use crate::metrics::{Gauge, StoreQueue};
use crate::store::{StoreError, StoreResult};

/// Messages that may wait.
const QUEUE: usize = 1_000;
/// Messages of one transaction.
const BATCH: usize = 100;
/// How long a message waits for a slot in the queue.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct ChatQueue {
    tx: Mutex<Option<mpsc::Sender<QueuedMessage>>>,
    waiting: Gauge,
    task: Mutex<Option<JoinHandle<()>>>,
}

struct QueuedMessage {
    message: NewChatMessage,
    result: oneshot::Sender<StoreResult<AppendedMessage>>,
}

impl ChatQueue {
    pub(super) fn start(db: Arc<Db>, handle: &Handle) -> Self {
        let (tx, rx) = mpsc::channel(QUEUE);
        let waiting = db.metrics.waiting(StoreQueue::Chat);
        let task = handle.spawn(append_batches(rx, waiting.clone(), db, handle.clone()));
        Self {
            tx: Mutex::new(Some(tx)),
            waiting,
            task: Mutex::new(Some(task)),
        }
    }

    /// Waits until the message is stored. If the caller is dropped before its batch begins, it is
    /// not stored; after that it is.
    pub(super) async fn append(&self, message: NewChatMessage) -> StoreResult<AppendedMessage> {
        let tx = lock(&self.tx).clone().ok_or_else(closed)?;
        let permit = match timeout(ACQUIRE_TIMEOUT, tx.reserve()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(closed()),
            Err(_) => {
                return Err(unavailable(
                    "too many messages are waiting for the database",
                ));
            }
        };
        let (result, appended) = oneshot::channel();
        self.waiting.inc();
        permit.send(QueuedMessage { message, result });
        match timeout(LIMIT, appended).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(closed()),
            Err(_) => Err(unavailable("the message was not stored in time")),
        }
    }

    /// Accepts no more messages, and waits for those that were accepted.
    pub(super) async fn close(&self) {
        lock(&self.tx).take();
        let task = lock(&self.task).take();
        if let Some(task) = task {
            let _ = timeout(LIMIT, task).await;
        }
    }
}

async fn append_batches(
    mut rx: mpsc::Receiver<QueuedMessage>,
    waiting: Gauge,
    db: Arc<Db>,
    handle: Handle,
) {
    let mut received = Vec::with_capacity(BATCH);
    while rx.recv_many(&mut received, BATCH).await > 0 {
        waiting.dec_by(received.len() as i64);
        // A caller that timed out was sent an error, so its message must not be stored.
        let queued = received
            .drain(..)
            .filter(|queued| !queued.result.is_closed());
        let (messages, senders): (Vec<_>, Vec<_>) =
            queued.map(|queued| (queued.message, queued.result)).unzip();
        let results = append_batch(&db, &handle, messages).await;
        for (sender, result) in senders.into_iter().zip(results) {
            let _ = sender.send(result);
        }
    }
}

/// Returns a result for each message.
async fn append_batch(
    db: &Arc<Db>,
    handle: &Handle,
    messages: Vec<NewChatMessage>,
) -> Vec<StoreResult<AppendedMessage>> {
    let begun = Instant::now();
    let (owned_db, count) = (db.clone(), messages.len());
    let append = async move { chat_append::append(&owned_db, &messages).await };
    match with_deadline(handle, LIMIT, append).await.flatten() {
        Ok(appended) => {
            db.metrics.commit_time.record(begun.elapsed());
            db.metrics.commit_size.record_size(appended.len());
            appended.into_iter().map(Ok).collect()
        }
        Err(error) => (0..count).map(|_| Err(copy(&error))).collect(),
    }
}

/// A batch's error, for one of its messages.
fn copy(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(cause) => StoreError::Unavailable(cause.to_string().into()),
        other => StoreError::Internal(other.to_string().into()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
