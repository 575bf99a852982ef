//! The few sessions that run transactions.
//!
//! A transaction that its process left behind locks its documents until the server's clock ends
//! it, and only its session's id can end it sooner. So there are few such sessions, they are kept
//! and used again, and all of them come from here.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mongodb::error::{ErrorKind, Result};
use mongodb::options::ReadConcern;
use mongodb::{Client, ClientSession};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::{is_commit_unknown, is_transient};
use super::retry::Attempts;

/// Transactions of one process at once.
const SESSIONS: usize = 4;

/// Sessions that wait for their next transaction.
#[derive(Debug)]
pub(super) struct Sessions {
    client: Client,
    places: Semaphore,
    idle: Mutex<Vec<ClientSession>>,
}

/// A session with a transaction under way.
#[derive(Debug)]
pub(super) struct Transaction<'a> {
    sessions: &'a Sessions,
    pub(super) session: ClientSession,
    _place: SemaphorePermit<'a>,
}

impl Sessions {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            places: Semaphore::new(SESSIONS),
            idle: Mutex::default(),
        }
    }

    /// Starts a transaction, once fewer than [`SESSIONS`] run.
    pub(super) async fn begin(&self) -> Result<Transaction<'_>> {
        let place = self
            .places
            .acquire()
            .await
            .map_err(|_| ErrorKind::Shutdown)?;
        let idle = lock(&self.idle).pop();
        let mut session = match idle {
            Some(session) => session,
            None => self.client.start_session().await?,
        };
        session
            .start_transaction()
            .read_concern(ReadConcern::snapshot())
            .await?;
        Ok(Transaction {
            sessions: self,
            session,
            _place: place,
        })
    }

    /// Lets go of all sessions; none is given out again.
    pub(super) fn close(&self) {
        self.places.close();
        lock(&self.idle).clear();
    }
}

impl Transaction<'_> {
    /// Commits; asks again while it is not known whether that happened.
    pub(super) async fn commit(mut self, attempts: &mut Attempts) -> Result<()> {
        loop {
            match self.session.commit_transaction().await {
                Ok(()) => {
                    self.give_back();
                    return Ok(());
                }
                Err(error) if is_commit_unknown(&error) && !is_transient(&error) => {
                    if !attempts.again().await {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Undoes the transaction. Failing is fine: the server does the same when the session's next
    /// transaction begins.
    pub(super) async fn abort(mut self) {
        if self.session.abort_transaction().await.is_ok() {
            self.give_back();
        }
    }

    fn give_back(self) {
        if !self.sessions.places.is_closed() {
            lock(&self.sessions.idle).push(self.session);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
