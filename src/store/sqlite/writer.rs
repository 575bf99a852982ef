//! The one writer: takes operations from a bounded queue and commits those that wait in one
//! transaction, so that many callers share the wait for the disk.

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
use super::error::{self, GroupFailure};
use super::lock::FileLock;
use crate::metrics::{Gauge, StoreMetrics, StoreQueue};
use crate::store::StoreResult;

/// Operations that may wait; beyond that callers are refused at once.
pub(super) const QUEUE: usize = 4_096;
/// How long a caller waits for its operation. A disk that is slower than that may still store it.
const LIMIT: Duration = Duration::from_secs(4);
/// Most operations of one transaction.
const GROUP: usize = 256;

/// The way to the writer's thread.
#[derive(Debug)]
pub(super) struct WriterHandle {
    pub(super) orders: mpsc::Sender<Order>,
    newest: watch::Receiver<Newest>,
    metrics: StoreMetrics,
    /// Operations that wait.
    waiting: Gauge,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// The newest committed change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Newest {
    /// Its number.
    pub(super) number: i64,
    /// When it was committed; of one that was there before, when the store was opened.
    pub(super) at: Instant,
}

impl WriterHandle {
    /// Starts the thread, which holds the connection and the lock until it ends.
    pub(super) fn start(
        conn: Connection,
        lock: FileLock,
        retention: Retention,
        metrics: &StoreMetrics,
    ) -> io::Result<Self> {
        let (orders, queue) = mpsc::channel(QUEUE);
        let (told, newest) = watch::channel(Newest {
            number: retention.newest(),
            at: Instant::now(),
        });
        let waiting = metrics.waiting(StoreQueue::Writes);
        let writer = Writer {
            conn,
            retention,
            failing: false,
            metrics: metrics.clone(),
            waiting: waiting.clone(),
        };
        let thread = thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || {
                writer.run(queue, &told);
                // The file is free before anybody who waits for the end hears of it.
                drop(lock);
                drop(told);
            })?;
        Ok(Self {
            orders,
            newest,
            metrics: metrics.clone(),
            waiting,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs an operation in a transaction, and returns when it is on the disk. An error of the
    /// operation takes back all that it wrote, and nothing else. Once the operation is in the
    /// queue it runs, also when the caller goes away or is told that it took too long.
    pub(super) async fn write<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write {
            work: Some(work),
            outcome: None,
            reply,
        });
        let _under_way = self.metrics.begin();
        let asked = Instant::now();
        let place = self.orders.try_reserve().map_err(|refused| match refused {
            TrySendError::Full(()) => error::behind(),
            TrySendError::Closed(()) => error::closed(),
        })?;
        self.waiting.inc();
        place.send(Order::Run(job));
        let outcome = match timeout(LIMIT, answer).await {
            Ok(answer) => answer.unwrap_or_else(|_| Err(error::closed())),
            Err(_) => Err(error::late()),
        };
        self.metrics.operation_time.took(asked.elapsed());
        outcome
    }

    /// The newest committed change, kept up to date.
    pub(super) fn newest(&self) -> watch::Receiver<Newest> {
        self.newest.clone()
    }

    /// Lets the writer finish what it has accepted, and returns when the file is closed and free.
    pub(super) async fn stop(&self) {
        // A writer that is gone already takes no order, and needs none.
        let _ = self.orders.send(Order::Stop).await;
        let mut newest = self.newest();
        while newest.changed().await.is_ok() {}
    }
}

impl Drop for WriterHandle {
    /// A store that is dropped without being closed still leaves a whole and free file behind.
    fn drop(&mut self) {
        let (nowhere, _) = mpsc::channel(1);
        self.orders = nowhere;
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(Err(_)) = thread.take().map(JoinHandle::join) {
            log::error!("the writer's thread panicked");
        }
    }
}

/// What the writer is asked.
pub(super) enum Order {
    Run(Box<dyn Job>),
    Stop,
}

/// An operation whose types only its caller knows.
pub(super) trait Job: Send {
    /// Does the work; `false` when what it wrote must be taken back.
    fn run(&mut self, conn: &Connection) -> bool;
    /// Tells the caller, after the group's transaction was committed or has failed.
    fn answer(self: Box<Self>, failure: Option<&GroupFailure>);
}

struct Write<T, F> {
    work: Option<F>,
    outcome: Option<StoreResult<T>>,
    reply: oneshot::Sender<StoreResult<T>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> StoreResult<T> + Send,
{
    fn run(&mut self, conn: &Connection) -> bool {
        let outcome = self.work.take().map(|work| {
            catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or_else(|_| Err(error::panicked()))
        });
        let kept = matches!(outcome, Some(Ok(_)));
        self.outcome = outcome;
        kept
    }

    fn answer(self: Box<Self>, failure: Option<&GroupFailure>) {
        let outcome = match failure {
            // A refusal too: it may rest on what an earlier operation of the lost group wrote.
            Some(failure) => Err(failure.into()),
            None => self.outcome.unwrap_or_else(|| Err(error::closed())),
        };
        // The caller may have gone; its write stays.
        let _ = self.reply.send(outcome);
    }
}

/// What lives on the writer's thread.
struct Writer {
    conn: Connection,
    retention: Retention,
    /// The last group was lost: the log tells the first of a row of failures, and its end.
    failing: bool,
    metrics: StoreMetrics,
    waiting: Gauge,
}

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Order>, newest: &watch::Sender<Newest>) {
        while let Some(order) = queue.blocking_recv() {
            let mut group = Vec::new();
            let mut next = Some(order);
            while let Some(order) = next {
                match order {
                    Order::Run(job) => group.push(job),
                    // What was accepted before stays in the queue; nothing new gets in.
                    Order::Stop => queue.close(),
                }
                next = (group.len() < GROUP)
                    .then(|| queue.try_recv().ok())
                    .flatten();
            }
            self.serve_contained(group, newest);
        }
        // The last connection to go writes the log into the file.
        if let Err((_, error)) = self.conn.close() {
            log::error!("closing the database failed: {error}");
        }
    }

    /// A panic ends its group, not the writer: whoever waits is told that it did not answer, and what was
    /// not committed is taken back.
    fn serve_contained(&mut self, group: Vec<Box<dyn Job>>, newest: &watch::Sender<Newest>) {
        self.waiting.dec_by(group.len() as i64);
        if catch_unwind(AssertUnwindSafe(|| self.serve(group, newest))).is_ok() {
            return;
        }
        log::error!("the writer panicked and goes on; what it had in hand may not be stored");
        self.give_up();
        // It may have panicked behind its commit: the feed must hear of that too.
        match changes::newest(&self.conn) {
            Ok(number) => self.tell(self.retention.after(number), newest),
            Err(error) => log::error!("the newest change cannot be read: {error}"),
        }
    }

    fn tell(&mut self, retention: Retention, newest: &watch::Sender<Newest>) {
        self.retention = retention;
        let (number, at) = (retention.newest(), Instant::now());
        newest.send_if_modified(|told| {
            let grown = told.number != number;
            if grown {
                *told = Newest { number, at };
            }
            grown
        });
    }

    fn serve(&mut self, mut group: Vec<Box<dyn Job>>, newest: &watch::Sender<Newest>) {
        if group.is_empty() {
            return;
        }
        let committed = self.commit(&mut group);
        let failure = match committed {
            Ok(retention) => {
                self.tell(retention, newest);
                None
            }
            Err(failure) => {
                self.give_up();
                Some(failure)
            }
        };
        self.report(failure.as_ref());
        for job in group {
            job.answer(failure.as_ref());
        }
    }

    /// One transaction for the whole group; returns what is kept of the changes after it.
    fn commit(&self, group: &mut [Box<dyn Job>]) -> Result<Retention, GroupFailure> {
        self.execute("BEGIN IMMEDIATE")?;
        for job in &mut *group {
            self.execute("SAVEPOINT job")?;
            let kept = job.run(&self.conn);
            if self.conn.is_autocommit() {
                return Err(GroupFailure::GivenUp);
            }
            if !kept {
                self.execute("ROLLBACK TO job")?;
            }
            self.execute("RELEASE job")?;
        }
        let retention = self.retention.after(changes::newest(&self.conn)?);
        let retention = self.trim(retention)?;
        let begun = Instant::now();
        self.execute("COMMIT")?;
        self.metrics.commit_time.took(begun.elapsed());
        self.metrics.commit_size.had(group.len());
        Ok(retention)
    }

    /// Trims old changes. That is no reason to lose a group: it is tried again with the next one.
    fn trim(&self, retention: Retention) -> Result<Retention, GroupFailure> {
        if !retention.is_due() {
            return Ok(retention);
        }
        self.execute("SAVEPOINT job")?;
        let trimmed = retention.trim(&self.conn).or_else(|_| {
            if self.conn.is_autocommit() {
                return Err(GroupFailure::GivenUp);
            }
            self.execute("ROLLBACK TO job")?;
            Ok(retention)
        })?;
        self.execute("RELEASE job")?;
        Ok(trimmed)
    }

    /// Leaves no transaction behind after a failure.
    fn give_up(&self) {
        if !self.conn.is_autocommit()
            && let Err(error) = self.execute("ROLLBACK")
        {
            log::error!("rolling back failed: {error}");
        }
    }

    fn report(&mut self, failure: Option<&GroupFailure>) {
        match failure {
            Some(failure) if !self.failing => log::error!("writes are lost: {failure}"),
            None if self.failing => log::info!("writes are stored again"),
            _ => {}
        }
        self.failing = failure.is_some();
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.conn.prepare_cached(sql)?.execute([]).map(drop)
    }
}
