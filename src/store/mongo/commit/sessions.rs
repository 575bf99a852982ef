//! The few sessions that run transactions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mongodb::bson::{Bson, Document};
use mongodb::error::{Error, ErrorKind, Result};
use mongodb::options::ReadConcern;
use mongodb::{Client, ClientSession, Database};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::leases::{self, Leases};
use super::unit_of_work::{CommitResult, Write, write_all};
use crate::store::mark::NewestMark;
use crate::store::mongo::error::{is_commit_unknown, is_server_reply, is_transient};
use crate::store::mongo::mark::mark_of;
use crate::store::mongo::retry::Retry;

/// Transactions of one process at a time.
const SESSIONS: usize = 4;

/// The sessions of this process.
#[derive(Debug)]
pub(crate) struct Sessions {
    database: Database,
    permits: Semaphore,
    idle: Mutex<Vec<ClientSession>>,
    /// Ids of sessions whose transaction may still be open at the server.
    abandoned: Mutex<Vec<Document>>,
    leases: Leases,
    written: NewestMark,
    /// A transaction conflicted with another one, which may be that of a dead process.
    has_conflicted: AtomicBool,
}

/// A session with an open transaction.
#[derive(Debug)]
pub(crate) struct Transaction<'a> {
    pub(crate) session: ClientSession,
    writes_products: bool,
    guard: TransactionGuard<'a>,
    _permit: SemaphorePermit<'a>,
}

/// Abandons the session if it is dropped while the transaction may be open.
#[derive(Debug)]
struct TransactionGuard<'a> {
    sessions: &'a Sessions,
    open: Option<Document>,
}

impl Sessions {
    /// Commits with writes of products raise `written`.
    pub(crate) fn new(database: &Database, written: NewestMark) -> Self {
        Self {
            leases: Leases::new(database),
            written,
            has_conflicted: AtomicBool::new(false),
            database: database.clone(),
            permits: Semaphore::new(SESSIONS),
            idle: Mutex::default(),
            abandoned: Mutex::default(),
        }
    }

    /// Begins a transaction, once fewer than [`SESSIONS`] are open.
    pub(crate) async fn begin(&self) -> Result<Transaction<'_>> {
        let permit = self.permits.acquire().await;
        let permit = permit.map_err(|_| ErrorKind::Shutdown)?;
        self.kill_abandoned().await?;
        if self.has_conflicted.swap(false, Ordering::AcqRel) {
            self.leases.kill_expired().await?;
        }
        let idle = lock(&self.idle).pop();
        let mut session = match idle {
            Some(session) => session,
            None => self.client().start_session().await?,
        };
        self.leases.include(session.id()).await?;
        session
            .start_transaction()
            .read_concern(ReadConcern::snapshot())
            .await?;
        let guard = TransactionGuard {
            sessions: self,
            open: Some(session.id().clone()),
        };
        Ok(Transaction {
            session,
            writes_products: false,
            guard,
            _permit: permit,
        })
    }

    async fn kill_abandoned(&self) -> Result<()> {
        let ids = std::mem::take(&mut *lock(&self.abandoned));
        if ids.is_empty() {
            return Ok(());
        }
        let sessions = ids.iter().cloned().map(Bson::Document).collect();
        let killed = leases::kill(self.client(), sessions).await;
        if killed.is_err() {
            lock(&self.abandoned).extend(ids);
        }
        killed
    }

    /// Ends the transactions that dead processes have left open.
    pub(crate) async fn kill_orphans(&self) -> Result<()> {
        self.leases.kill_expired().await
    }

    /// Drops the idle sessions; later transactions are refused.
    pub(crate) fn close(&self) {
        self.permits.close();
        lock(&self.idle).clear();
    }

    fn client(&self) -> &Client {
        self.database.client()
    }

    fn note(&self, error: &Error) {
        if is_transient(error) {
            self.has_conflicted.store(true, Ordering::Release);
        }
    }
}

impl Transaction<'_> {
    /// Makes the writes; false at the first conflict.
    pub(crate) async fn write_all(
        &mut self,
        writes: impl IntoIterator<Item = Write>,
    ) -> Result<bool> {
        let writes: Vec<_> = writes.into_iter().collect();
        self.writes_products |= writes.iter().any(Write::is_of_products);
        let database = &self.guard.sessions.database;
        write_all(writes, database, &mut self.session).await
    }

    /// Commits what was written, or aborts after a conflict or an error.
    pub(crate) async fn finish(self, written: Result<bool>) -> CommitResult {
        match written {
            Ok(true) => match self.commit(&mut Retry::operation()).await {
                Ok(()) => CommitResult::Committed,
                Err(error) => CommitResult::Failed {
                    error,
                    in_doubt: true,
                },
            },
            Ok(false) => {
                self.abort(None).await;
                CommitResult::Conflict
            }
            Err(error) => {
                self.abort(Some(&error)).await;
                CommitResult::failed(error)
            }
        }
    }

    /// Commits; sends the commit again while its end is unknown.
    pub(crate) async fn commit(mut self, retry: &mut Retry) -> Result<()> {
        loop {
            let Err(error) = self.session.commit_transaction().await else {
                if self.writes_products {
                    self.guard.sessions.written.raise(mark_of(&self.session));
                }
                self.reuse();
                return Ok(());
            };
            let is_unknown = is_commit_unknown(&error) && !is_transient(&error);
            if is_unknown && retry.next_attempt().await {
                continue;
            }
            self.guard.sessions.note(&error);
            if is_server_reply(&error) && !is_unknown {
                self.reuse();
            }
            return Err(error);
        }
    }

    /// Aborts, because of an error or without one.
    pub(crate) async fn abort(mut self, error: Option<&Error>) {
        // The driver does not report whether this succeeds; the error shows whether it can.
        let _ = self.session.abort_transaction().await;
        if let Some(error) = error {
            self.guard.sessions.note(error);
        }
        if error.is_none_or(is_server_reply) {
            self.reuse();
        }
    }

    /// The transaction has ended.
    fn reuse(mut self) {
        self.guard.open = None;
        if !self.guard.sessions.permits.is_closed() {
            lock(&self.guard.sessions.idle).push(self.session);
        }
    }
}

impl Drop for TransactionGuard<'_> {
    fn drop(&mut self) {
        lock(&self.sessions.abandoned).extend(self.open.take());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
