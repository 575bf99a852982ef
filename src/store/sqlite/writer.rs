//! The one writer: takes operations from a bounded queue and commits all waiting ones in one
//! transaction, so that many callers share one wait for the disk.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::changes::{self, Retention};
use super::error::{self, GroupCommitError};
use super::lock::FileLock;
use crate::metrics::{Gauge, StoreMetrics, StoreQueue};
use crate::store::StoreResult;

/// Operations that may wait; more are refused at once.
pub(super) const MAX_QUEUED: usize = 4_096;
/// How long a caller waits for its operation. A slower disk may still store it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(4);
/// Most operations in one transaction.
const MAX_GROUP: usize = 256;

/// The queue of the writer's thread.
#[derive(Debug)]
pub(super) struct WriterHandle {
    pub(super) tx: mpsc::Sender<WriterMessage>,
    latest: watch::Receiver<LatestChange>,
    metrics: StoreMetrics,
    waiting: Gauge,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// The newest committed change.
#[derive(Debug, Clone, Copy)]
pub(super) struct LatestChange {
    pub(super) number: i64,
    /// When it was committed, or when the store was opened if it is older.
    pub(super) at: Instant,
}

impl WriterHandle {
    /// Starts the thread, which owns the connection and the lock until it ends.
    pub(super) fn start(
        conn: Connection,
        lock: FileLock,
        retention: Retention,
        metrics: &StoreMetrics,
    ) -> io::Result<Self> {
        let (tx, rx) = mpsc::channel(MAX_QUEUED);
        let (latest_tx, latest) = watch::channel(LatestChange {
            number: retention.newest(),
            at: Instant::now(),
        });
        let waiting = metrics.waiting(StoreQueue::Writes);
        let writer = Writer {
            conn,
            retention,
            is_failing: false,
            metrics: metrics.clone(),
            waiting: waiting.clone(),
            latest: latest_tx,
        };
        let thread = thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || {
                let latest = writer.run(rx);
                // The file is free before `stop` returns.
                drop(lock);
                drop(latest);
            })?;
        Ok(Self {
            tx,
            latest,
            metrics: metrics.clone(),
            waiting,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs an operation in a transaction, and returns when it is on the disk. An error of the
    /// operation rolls back its own writes only. An operation in the queue runs even if its caller
    /// is gone or got an error after [`WRITE_TIMEOUT`].
    pub(super) async fn write<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    {
        let (reply, replied) = oneshot::channel();
        let job = Box::new(PendingWrite {
            work: Some(work),
            outcome: None,
            reply,
        });
        let _in_flight = self.metrics.begin();
        let started = Instant::now();
        let permit = self.tx.try_reserve().map_err(|refused| match refused {
            TrySendError::Full(()) => error::overloaded(),
            TrySendError::Closed(()) => error::closed(),
        })?;
        self.waiting.inc();
        permit.send(WriterMessage::Run(job));
        let outcome = match timeout(WRITE_TIMEOUT, replied).await {
            Ok(reply) => reply.unwrap_or_else(|_| Err(error::closed())),
            Err(_) => Err(error::timed_out()),
        };
        self.metrics.operation_time.record(started.elapsed());
        outcome
    }

    /// The number of the newest committed change.
    pub(super) fn newest_change(&self) -> i64 {
        self.latest.borrow().number
    }

    /// Changes with every commit that adds changes.
    pub(super) fn latest(&self) -> watch::Receiver<LatestChange> {
        self.latest.clone()
    }

    /// Lets the writer finish the accepted operations, and returns when the file is closed and
    /// unlocked.
    pub(super) async fn stop(&self) {
        // Fails if the writer has stopped already.
        let _ = self.tx.send(WriterMessage::Stop).await;
        let mut latest = self.latest();
        while latest.changed().await.is_ok() {}
    }
}

impl Drop for WriterHandle {
    /// A store that is dropped without being closed leaves a complete and unlocked file too.
    fn drop(&mut self) {
        let (closed, _) = mpsc::channel(1);
        self.tx = closed;
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(Err(_)) = thread.take().map(JoinHandle::join) {
            log::error!("writer thread panicked");
        }
    }
}

pub(super) enum WriterMessage {
    Run(Box<dyn WriteJob>),
    Stop,
}

/// An operation, whatever type it returns to its caller.
pub(super) trait WriteJob: Send {
    /// Runs the operation; `false` if its writes must be rolled back.
    fn run(&mut self, conn: &Connection) -> bool;
    /// Replies to the caller, after the group's transaction was committed or failed.
    fn reply(self: Box<Self>, error: Option<&GroupCommitError>);
}

struct PendingWrite<T, F> {
    work: Option<F>,
    outcome: Option<StoreResult<T>>,
    reply: oneshot::Sender<StoreResult<T>>,
}

impl<T, F> WriteJob for PendingWrite<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> StoreResult<T> + Send,
{
    fn run(&mut self, conn: &Connection) -> bool {
        let outcome = self.work.take().map(|work| {
            catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or_else(|_| Err(error::panicked()))
        });
        let is_ok = matches!(outcome, Some(Ok(_)));
        self.outcome = outcome;
        is_ok
    }

    fn reply(self: Box<Self>, group_error: Option<&GroupCommitError>) {
        let outcome = match group_error {
            // Replaces a refusal too: that may depend on an earlier operation of the lost group.
            Some(group_error) => Err(group_error.into()),
            None => self.outcome.unwrap_or_else(|| Err(error::closed())),
        };
        // The caller may be gone; its write stays.
        let _ = self.reply.send(outcome);
    }
}

/// The state of the writer's thread.
struct Writer {
    conn: Connection,
    retention: Retention,
    /// The last group was rolled back. Only the first of consecutive failures is logged, and the
    /// first success after them.
    is_failing: bool,
    metrics: StoreMetrics,
    waiting: Gauge,
    latest: watch::Sender<LatestChange>,
}

impl Writer {
    /// Runs to the end and closes the file; `stop` waits until the result is dropped.
    fn run(mut self, mut rx: mpsc::Receiver<WriterMessage>) -> watch::Sender<LatestChange> {
        while let Some(message) = rx.blocking_recv() {
            let mut group = Vec::new();
            let mut next = Some(message);
            while let Some(message) = next {
                match message {
                    WriterMessage::Run(job) => group.push(job),
                    // Accepted operations stay in the queue; new ones are refused.
                    WriterMessage::Stop => rx.close(),
                }
                next = (group.len() < MAX_GROUP)
                    .then(|| rx.try_recv().ok())
                    .flatten();
            }
            self.run_group_guarded(group);
        }
        // The last connection to close writes the log into the file.
        if let Err((_, error)) = self.conn.close() {
            log::error!("closing SQLite failed: {error}");
        }
        self.latest
    }

    /// A panic ends its group, not the writer: its callers get an error, and uncommitted writes are
    /// rolled back.
    fn run_group_guarded(&mut self, group: Vec<Box<dyn WriteJob>>) {
        self.waiting.dec_by(group.len() as i64);
        if catch_unwind(AssertUnwindSafe(|| self.run_group(group))).is_ok() {
            return;
        }
        log::error!("writer panicked, restarting; the current group may be lost");
        self.rollback();
        // After a panic behind the commit, the feed still has to be notified.
        match changes::newest(&self.conn) {
            Ok(number) => self.publish(self.retention.after(number)),
            Err(error) => log::error!("cannot read the latest change: {error}"),
        }
    }

    fn publish(&mut self, retention: Retention) {
        self.retention = retention;
        let (number, at) = (retention.newest(), Instant::now());
        self.latest.send_if_modified(|latest| {
            let has_changed = latest.number != number;
            if has_changed {
                *latest = LatestChange { number, at };
            }
            has_changed
        });
    }

    fn run_group(&mut self, mut group: Vec<Box<dyn WriteJob>>) {
        if group.is_empty() {
            return;
        }
        let error = match self.commit(&mut group) {
            Ok(retention) => {
                self.publish(retention);
                None
            }
            Err(error) => {
                self.rollback();
                Some(error)
            }
        };
        self.log_result(error.as_ref());
        for job in group {
            job.reply(error.as_ref());
        }
    }

    /// Runs the whole group in one transaction.
    fn commit(&self, group: &mut [Box<dyn WriteJob>]) -> Result<Retention, GroupCommitError> {
        self.execute("BEGIN IMMEDIATE")?;
        for job in &mut *group {
            self.execute("SAVEPOINT job")?;
            let is_ok = job.run(&self.conn);
            if self.conn.is_autocommit() {
                return Err(GroupCommitError::Aborted);
            }
            if !is_ok {
                self.execute("ROLLBACK TO job")?;
            }
            self.execute("RELEASE job")?;
        }
        let retention = self.retention.after(changes::newest(&self.conn)?);
        let retention = self.trim(retention)?;
        let started = Instant::now();
        self.execute("COMMIT")?;
        self.metrics.commit_time.record(started.elapsed());
        self.metrics.commit_size.record_size(group.len());
        Ok(retention)
    }

    /// Trims old changes. Its failure does not fail the group: the next group tries again.
    fn trim(&self, retention: Retention) -> Result<Retention, GroupCommitError> {
        if !retention.is_due() {
            return Ok(retention);
        }
        self.execute("SAVEPOINT job")?;
        let trimmed = retention.trim(&self.conn).or_else(|_| {
            if self.conn.is_autocommit() {
                return Err(GroupCommitError::Aborted);
            }
            self.execute("ROLLBACK TO job")?;
            Ok(retention)
        })?;
        self.execute("RELEASE job")?;
        Ok(trimmed)
    }

    fn rollback(&self) {
        if !self.conn.is_autocommit()
            && let Err(error) = self.execute("ROLLBACK")
        {
            log::error!("rolling back failed: {error}");
        }
    }

    fn log_result(&mut self, error: Option<&GroupCommitError>) {
        match error {
            Some(error) if !self.is_failing => log::error!("write group rolled back: {error}"),
            None if self.is_failing => log::info!("writes succeed again"),
            _ => {}
        }
        self.is_failing = error.is_some();
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.conn.prepare_cached(sql)?.execute([]).map(drop)
    }
}
