//! Group commit: units of work that are waiting are committed together.

use std::sync::Arc;
use std::time::Instant;

use mongodb::error::ErrorKind;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::sessions::Sessions;
use super::unit_of_work::{CommitResult, Write};
use crate::metrics::{Gauge, StoreMetrics, StoreQueue};
use crate::store::mongo::driver::{LIMIT, OPERATIONS, with_deadline};
use crate::store::mongo::error::{is_server_reply, is_transient};
use crate::store::mongo::retry::Retry;

/// Units that may wait: no operation has more than one at a time.
const QUEUE: usize = 2 * OPERATIONS as usize;
/// Units of one transaction.
const GROUP: usize = OPERATIONS as usize;

/// The queue of this process.
#[derive(Debug)]
pub(crate) struct CommitQueue {
    tx: mpsc::Sender<UnitOfWork>,
    waiting: Gauge,
}

#[derive(Debug)]
struct UnitOfWork {
    writes: Vec<Write>,
    result: oneshot::Sender<CommitResult>,
}

/// Commits the groups.
#[derive(Debug, Clone)]
struct Committer {
    sessions: Arc<Sessions>,
    metrics: StoreMetrics,
}

impl CommitQueue {
    /// Starts the committer; it ends when the queue is dropped.
    pub(crate) fn start(sessions: Arc<Sessions>, handle: &Handle, metrics: StoreMetrics) -> Self {
        let (tx, rx) = mpsc::channel(QUEUE);
        let waiting = metrics.waiting(StoreQueue::Steps);
        let committer = Committer { sessions, metrics };
        handle.spawn(commit_groups(
            rx,
            waiting.clone(),
            committer,
            handle.clone(),
        ));
        Self { tx, waiting }
    }

    /// Makes one attempt to commit a unit of work. If the caller is dropped before its group
    /// begins, nothing is written.
    pub(crate) async fn commit(&self, writes: Vec<Write>) -> CommitResult {
        let (result, committed) = oneshot::channel();
        let Ok(permit) = self.tx.reserve().await else {
            return CommitResult::failed(ErrorKind::Shutdown.into());
        };
        self.waiting.inc();
        permit.send(UnitOfWork { writes, result });
        committed.await.unwrap_or_else(|_| CommitResult::Failed {
            error: ErrorKind::Shutdown.into(),
            in_doubt: true,
        })
    }
}

async fn commit_groups(
    mut rx: mpsc::Receiver<UnitOfWork>,
    waiting: Gauge,
    committer: Committer,
    handle: Handle,
) {
    let mut received = Vec::with_capacity(GROUP);
    while rx.recv_many(&mut received, GROUP).await > 0 {
        let mut group = std::mem::take(&mut received);
        waiting.dec_by(group.len() as i64);
        group.retain(|unit| !unit.result.is_closed());
        if !group.is_empty() {
            let committer = committer.clone();
            let commit = async move { committer.commit_all(group).await };
            // One that takes longer continues beside the next.
            let _ = with_deadline(&handle, LIMIT, commit).await;
        }
    }
}

impl Committer {
    /// Attempts a group, and its halves as long as one unit may fail the others.
    async fn commit_all(&self, group: Vec<UnitOfWork>) {
        let mut retry = Retry::operation();
        let mut parts = vec![group];
        while let Some(mut part) = parts.pop() {
            let result = self.commit(&part).await;
            if part.len() > 1 && may_be_due_to_one(&result) {
                let rest = part.split_off(part.len() / 2);
                parts.extend([rest, part]);
                if is_interfered_with(&result) {
                    retry.next_attempt().await;
                }
                continue;
            }
            for unit in part {
                let _ = unit.result.send(result.clone());
            }
        }
    }

    async fn commit(&self, units: &[UnitOfWork]) -> CommitResult {
        let begun = Instant::now();
        let mut transaction = match self.sessions.begin().await {
            Ok(transaction) => transaction,
            Err(error) => return CommitResult::failed(error),
        };
        let writes = units.iter().flat_map(|unit| unit.writes.iter().cloned());
        let written = transaction.write_all(writes).await;
        let result = transaction.finish(written).await;
        if matches!(result, CommitResult::Committed) {
            self.metrics.commit_time.record(begun.elapsed());
            self.metrics.commit_size.record_size(units.len());
        }
        result
    }
}

/// Whether a group failed in a way in which one of its units may have failed it.
fn may_be_due_to_one(result: &CommitResult) -> bool {
    match result {
        CommitResult::Committed => false,
        CommitResult::Conflict => true,
        CommitResult::Failed { error, in_doubt } => is_server_reply(error) && !in_doubt,
    }
}

fn is_interfered_with(result: &CommitResult) -> bool {
    matches!(result, CommitResult::Failed { error, .. } if is_transient(error))
}
