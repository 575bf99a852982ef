//! Steps on their way to the server: whoever waits is written together, in one transaction.
//!
//! Steps of one process never meet each other that way, so that only other processes and programs
//! come between; and a rush for one product costs few commits. What one step of a batch fails by, all
//! of it fails by: it is then halved until that step stands alone.

use std::sync::Arc;
use std::time::Instant;

use mongodb::Database;
use mongodb::error::ErrorKind;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::collections::Collections;
use super::driver::{LIMIT, OPERATIONS, RETRY_FOR, with_deadline};
use super::error::{is_answer, is_transient};
use super::retry::Retry;
use super::sessions::Sessions;
use super::step::{CommitResult, Write, failed, write_all};
use crate::metrics::{StoreMetrics, StoreQueue};

/// Steps that may wait: no operation has more than one under way.
const QUEUE: usize = 2 * OPERATIONS as usize;
/// Steps of one transaction.
const BATCH: usize = OPERATIONS as usize;

/// The way to the server.
pub(super) type StepQueue = mpsc::Sender<UnitOfWork>;

/// A step, and who waits for it.
#[derive(Debug)]
pub(super) struct UnitOfWork {
    writes: Vec<Write>,
    outcome: oneshot::Sender<CommitResult>,
}

/// Where steps are written.
#[derive(Debug, Clone)]
struct Committer {
    sessions: Arc<Sessions>,
    database: Database,
    metrics: StoreMetrics,
}

impl Collections {
    /// Makes one attempt at a step. One whose caller is gone before its turn comes is not made.
    pub(super) async fn attempt(&self, writes: Vec<Write>) -> CommitResult {
        let (outcome, rx) = oneshot::channel();
        let Ok(permit) = self.steps.reserve().await else {
            return failed(ErrorKind::Shutdown.into());
        };
        self.metrics.waiting(StoreQueue::Steps).inc();
        permit.send(UnitOfWork { writes, outcome });
        rx.await.unwrap_or_else(|_| CommitResult::Failed {
            error: ErrorKind::Shutdown.into(),
            in_doubt: true,
        })
    }
}

/// Opens the queue; its work ends with the last sender.
pub(super) fn open(
    sessions: Arc<Sessions>,
    database: Database,
    handle: &Handle,
    metrics: &StoreMetrics,
) -> StepQueue {
    let (tx, queue) = mpsc::channel(QUEUE);
    let metrics = metrics.clone();
    let committer = Committer {
        sessions,
        database,
        metrics,
    };
    handle.spawn(work(queue, committer, handle.clone()));
    tx
}

async fn work(mut queue: mpsc::Receiver<UnitOfWork>, committer: Committer, handle: Handle) {
    let mut waiting = Vec::with_capacity(BATCH);
    let queued = committer.metrics.waiting(StoreQueue::Steps);
    while queue.recv_many(&mut waiting, BATCH).await > 0 {
        let mut batch = std::mem::take(&mut waiting);
        queued.dec_by(batch.len() as i64);
        batch.retain(|step| !step.outcome.is_closed());
        if !batch.is_empty() {
            let committer = committer.clone();
            // One that takes longer goes on beside the next.
            let _ =
                with_deadline(&handle, LIMIT, async move { committer.settle(batch).await }).await;
        }
    }
}

impl Committer {
    /// Attempts steps until each has its outcome.
    async fn settle(&self, batch: Vec<UnitOfWork>) {
        let mut disturbed = Retry::with_deadline(RETRY_FOR);
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            let outcome = self.attempt(&part).await;
            if part.len() > 1 && may_be_of_one(&outcome) {
                let rest = part.split_off(part.len() / 2);
                parts.extend([rest, part]);
                if is_disturbed(&outcome) {
                    disturbed.next_attempt().await;
                }
                continue;
            }
            for step in part {
                // Who is gone needs no outcome.
                let _ = step.outcome.send(outcome.clone());
            }
        }
    }

    async fn attempt(&self, steps: &[UnitOfWork]) -> CommitResult {
        let begun = Instant::now();
        let mut transaction = match self.sessions.begin().await {
            Ok(transaction) => transaction,
            Err(error) => return failed(error),
        };
        let writes = steps.iter().flat_map(|step| step.writes.iter().cloned());
        let written = write_all(writes, &self.database, &mut transaction.session).await;
        let outcome = transaction.end(written).await;
        if matches!(outcome, CommitResult::Committed) {
            self.metrics.commit_time.record(begun.elapsed());
            self.metrics.commit_size.record_size(steps.len());
        }
        outcome
    }
}

/// Whether the rest of a batch may hold without one of its steps.
fn may_be_of_one(outcome: &CommitResult) -> bool {
    match outcome {
        CommitResult::Committed => false,
        CommitResult::Conflict => true,
        CommitResult::Failed { error, in_doubt } => is_answer(error) && !in_doubt,
    }
}

fn is_disturbed(outcome: &CommitResult) -> bool {
    matches!(outcome, CommitResult::Failed { error, .. } if is_transient(error))
}
