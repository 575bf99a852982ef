//! The few sessions that run transactions.
//!
//! A transaction that nobody ends locks its documents for a minute, until the server's clock ends
//! it; only by its session's id can it be ended sooner. So there are few such sessions, they are
//! kept and used again, all of them come from here, and those whose transaction was left behind
//! are killed before the next one begins. Those of a process that died are found by their leases.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mongodb::bson::{Bson, Document};
use mongodb::error::{Error, ErrorKind, Result};
use mongodb::options::ReadConcern;
use mongodb::{Client, ClientSession, Database};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::{is_answer, is_commit_unknown, is_transient};
use super::leases::{self, Leases};
use super::retry::Retry;

/// Transactions of one process at once.
const SESSIONS: usize = 4;

/// Sessions that wait for their next transaction, and those that were lost.
#[derive(Debug)]
pub(super) struct Sessions {
    client: Client,
    places: Semaphore,
    idle: Mutex<Vec<ClientSession>>,
    /// Ids of sessions whose transaction may still be under way at the server.
    left_behind: Mutex<Vec<Document>>,
    leases: Leases,
    /// A transaction met another one: it may be that of a dead process.
    met_another: AtomicBool,
}

/// A session with a transaction under way.
#[derive(Debug)]
pub(super) struct Transaction<'a> {
    pub(super) session: ClientSession,
    end: TransactionGuard<'a>,
    _place: SemaphorePermit<'a>,
}

/// Knows whether a transaction has ended; one that is dropped before is left behind.
#[derive(Debug)]
struct TransactionGuard<'a> {
    sessions: &'a Sessions,
    open: Option<Document>,
}

impl Sessions {
    pub(super) fn new(client: Client, database: &Database) -> Self {
        Self {
            leases: Leases::new(client.clone(), database),
            met_another: AtomicBool::new(false),
            client,
            places: Semaphore::new(SESSIONS),
            idle: Mutex::default(),
            left_behind: Mutex::default(),
        }
    }

    /// Starts a transaction, once fewer than [`SESSIONS`] run.
    pub(super) async fn begin(&self) -> Result<Transaction<'_>> {
        let place = self.places.acquire().await;
        let place = place.map_err(|_| ErrorKind::Shutdown)?;
        self.kill_left_behind().await?;
        if self.met_another.swap(false, Ordering::AcqRel) {
            self.leases.end_expired().await?;
        }
        let idle = lock(&self.idle).pop();
        let mut session = match idle {
            Some(session) => session,
            None => self.client.start_session().await?,
        };
        self.leases.hold(session.id()).await?;
        session
            .start_transaction()
            .read_concern(ReadConcern::snapshot())
            .await?;
        let end = TransactionGuard {
            sessions: self,
            open: Some(session.id().clone()),
        };
        Ok(Transaction {
            session,
            end,
            _place: place,
        })
    }

    async fn kill_left_behind(&self) -> Result<()> {
        let ids = std::mem::take(&mut *lock(&self.left_behind));
        if ids.is_empty() {
            return Ok(());
        }
        let sessions = ids.iter().cloned().map(Bson::Document).collect();
        let killed = leases::kill(&self.client, sessions).await;
        if killed.is_err() {
            lock(&self.left_behind).extend(ids);
        }
        killed
    }

    /// Ends what processes that died have left under way.
    pub(super) async fn end_orphans(&self) -> Result<()> {
        self.leases.end_expired().await
    }

    fn note(&self, error: &Error) {
        if is_transient(error) {
            self.met_another.store(true, Ordering::Release);
        }
    }

    /// Lets go of all sessions; none is given out again.
    pub(super) fn close(&self) {
        self.places.close();
        lock(&self.idle).clear();
    }
}

impl Transaction<'_> {
    /// Commits; asks again while it is not known whether that happened.
    pub(super) async fn commit(mut self, attempts: &mut Retry) -> Result<()> {
        loop {
            let Err(error) = self.session.commit_transaction().await else {
                self.ended();
                return Ok(());
            };
            let is_unknown = is_commit_unknown(&error) && !is_transient(&error);
            if is_unknown && attempts.next_attempt().await {
                continue;
            }
            self.end.sessions.note(&error);
            if is_answer(&error) && !is_unknown {
                self.ended();
            }
            return Err(error);
        }
    }

    /// Undoes the transaction, after an error or because it is no longer wanted.
    pub(super) async fn abort(mut self, error: Option<&Error>) {
        // The driver does not tell whether this succeeds; the error before tells whether it can.
        let _ = self.session.abort_transaction().await;
        if let Some(error) = error {
            self.end.sessions.note(error);
        }
        if error.is_none_or(is_answer) {
            self.ended();
        }
    }

    fn ended(mut self) {
        self.end.open = None;
        if !self.end.sessions.places.is_closed() {
            lock(&self.end.sessions.idle).push(self.session);
        }
    }
}

impl Drop for TransactionGuard<'_> {
    fn drop(&mut self) {
        lock(&self.sessions.left_behind).extend(self.open.take());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
