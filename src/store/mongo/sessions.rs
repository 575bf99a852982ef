//! The few sessions that run transactions.
//!
//! A transaction that its process left behind locks its documents until the server's clock ends
//! it, and only its session's id can end it sooner. So there are few such sessions, they are kept
//! and used again, and all of them come from here.

use std::sync::{Mutex, PoisonError};

use mongodb::options::{ReadConcern, SelectionCriteria, TransactionOptions, WriteConcern};
use mongodb::{Client, ClientSession};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::driver::SERVER_LIMIT;
use super::error::{is_commit_unknown, is_transient};
use super::retry::Attempts;
use crate::store::StoreResult;

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
    pub(super) async fn begin(&self) -> StoreResult<Transaction<'_>> {
        let place = self
            .places
            .acquire()
            .await
            .map_err(|_| super::driver::closed())?;
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut session = match idle {
            Some(session) => session,
            None => self.client.start_session().await?,
        };
        let options = TransactionOptions::builder()
            .read_concern(ReadConcern::snapshot())
            .write_concern(
                WriteConcern::builder()
                    .w(mongodb::options::Acknowledgment::Majority)
                    .w_timeout(SERVER_LIMIT)
                    .build(),
            )
            .selection_criteria(SelectionCriteria::ReadPreference(
                mongodb::options::ReadPreference::Primary,
            ))
            .build();
        session.start_transaction().with_options(options).await?;
        Ok(Transaction {
            sessions: self,
            session,
            _place: place,
        })
    }

    /// Lets go of all sessions; none is given out again.
    pub(super) fn close(&self) {
        self.places.close();
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

impl Transaction<'_> {
    /// Commits; asks again while it is not known whether that happened.
    pub(super) async fn commit(mut self, attempts: &mut Attempts) -> mongodb::error::Result<()> {
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
            let mut idle = self
                .sessions
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            idle.push(self.session);
        }
    }
}
