//! Several writes that are one step of the shop: all of them in one transaction, each only while what
//! it rests on still holds.

use mongodb::ClientSession;
use mongodb::bson::{Document, RawDocumentBuf};
use mongodb::error::{Error, Result};
use mongodb::options::UpdateModifications;

use super::collections::{Collections, Raw};
use super::error::{is_duplicate_key, is_transient};
use super::retry::Attempts;
use super::sessions::Transaction;

/// A write of a step.
#[derive(Debug, Clone)]
pub(super) enum Write {
    /// A new document.
    Insert { into: Raw, document: RawDocumentBuf },
    /// A change of one document. The step holds only if the filter matches.
    Change {
        of: Raw,
        filter: Document,
        change: UpdateModifications,
    },
    /// The same, but the step holds without it too.
    ChangeIfThere {
        of: Raw,
        filter: Document,
        change: UpdateModifications,
    },
    /// The end of one document. The step holds only if the filter matches.
    Delete { from: Raw, filter: Document },
    /// A document in the place of the one that the filter matches, or a new one.
    Put {
        into: Raw,
        filter: Document,
        document: RawDocumentBuf,
    },
}

/// What became of a step.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It holds.
    Committed,
    /// Something is not as it was read; nothing was written.
    CameBetween,
    /// It met another one, a document was there already, or the server went.
    Failed {
        error: Error,
        /// It may hold all the same.
        in_doubt: bool,
    },
}

impl Outcome {
    /// It may hold, although nobody said so.
    pub(super) fn is_in_doubt(&self) -> bool {
        matches!(self, Self::Failed { in_doubt: true, .. })
    }

    /// Another attempt may succeed, or find out that this one did.
    pub(super) fn is_worth_another(&self) -> bool {
        match self {
            Self::Committed => false,
            Self::CameBetween => true,
            Self::Failed { error, .. } => is_transient(error) || is_duplicate_key(error),
        }
    }
}

impl Collections {
    /// Makes one attempt at a step.
    pub(super) async fn attempt(&self, writes: &[Write], attempts: &mut Attempts) -> Outcome {
        let mut transaction = match self.sessions.begin().await {
            Ok(transaction) => transaction,
            Err(error) => return failed(error),
        };
        let written = write_all(writes, &mut transaction.session).await;
        transaction.end(written, attempts).await
    }
}

impl Transaction<'_> {
    /// Commits what was written, or undoes it.
    pub(super) async fn end(self, written: Result<bool>, attempts: &mut Attempts) -> Outcome {
        match written {
            Ok(true) => match self.commit(attempts).await {
                Ok(()) => Outcome::Committed,
                Err(error) => Outcome::Failed {
                    error,
                    in_doubt: true,
                },
            },
            Ok(false) => {
                self.abort(None).await;
                Outcome::CameBetween
            }
            Err(error) => {
                self.abort(Some(&error)).await;
                failed(error)
            }
        }
    }
}

/// A step that certainly does not hold.
pub(super) fn failed(error: Error) -> Outcome {
    Outcome::Failed {
        error,
        in_doubt: false,
    }
}

/// `false` as soon as something is not as it was read.
pub(super) async fn write_all(writes: &[Write], session: &mut ClientSession) -> Result<bool> {
    for write in writes {
        if !write.carry_out(session).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Write {
    async fn carry_out(&self, session: &mut ClientSession) -> Result<bool> {
        match self {
            Self::Insert { into, document } => {
                into.insert_one(document).session(session).await?;
                Ok(true)
            }
            Self::Change { of, filter, change } => {
                let changed = of.update_one(filter.clone(), change.clone());
                Ok(changed.session(session).await?.matched_count == 1)
            }
            Self::ChangeIfThere { of, filter, change } => {
                let changed = of.update_one(filter.clone(), change.clone());
                changed.session(session).await?;
                Ok(true)
            }
            Self::Delete { from, filter } => {
                let deleted = from.delete_one(filter.clone());
                Ok(deleted.session(session).await?.deleted_count == 1)
            }
            Self::Put {
                into,
                filter,
                document,
            } => {
                let put = into.replace_one(filter.clone(), document).upsert(true);
                put.session(session).await?;
                Ok(true)
            }
        }
    }
}
