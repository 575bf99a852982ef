//! Several writes that are one step of the shop: all of them in one transaction, each only while what
//! it rests on still holds.

use std::future::Future;

use mongodb::bson::{Bson, Document, deserialize_from_document, doc};
use mongodb::error::{Error, ErrorKind, Result, WriteFailure};
use mongodb::{ClientSession, Database};

use super::collections::Raw;
use super::driver::RETRY_FOR;
use super::error::{is_duplicate_key, is_transient};
use super::retry::Retry;
use super::sessions::Transaction;
use crate::store::StoreResult;

/// A write of a step.
#[derive(Debug, Clone)]
pub(super) struct Write {
    collection: String,
    kind: Kind,
    /// As the server's command takes it.
    statement: Document,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Insert,
    Change,
    ChangeIfThere,
    Delete,
    Put,
}

/// What became of a step.
#[derive(Debug, Clone)]
pub(super) enum CommitResult {
    /// It holds.
    Committed,
    /// Something is not as it was read; nothing was written.
    Conflict,
    /// It met another one, a document was there already, or the server went.
    Failed {
        error: Error,
        /// It may hold all the same.
        in_doubt: bool,
    },
}

impl Write {
    /// A new document.
    pub(super) fn insert(into: &Raw, document: Document) -> Self {
        Self::new(into, Kind::Insert, document)
    }

    /// A change of one document. The step holds only if the filter matches.
    pub(super) fn change(of: &Raw, filter: Document, change: impl Into<Bson>) -> Self {
        Self::new(of, Kind::Change, update(filter, change.into()))
    }

    /// The same, but the step holds without it too.
    pub(super) fn change_if_there(of: &Raw, filter: Document, change: impl Into<Bson>) -> Self {
        Self::new(of, Kind::ChangeIfThere, update(filter, change.into()))
    }

    /// The end of one document. The step holds only if the filter matches.
    pub(super) fn delete(from: &Raw, filter: Document) -> Self {
        Self::new(from, Kind::Delete, doc! { "q": filter, "limit": 1 })
    }

    /// A document in the place of the one that the filter matches, or a new one.
    pub(super) fn put(into: &Raw, filter: Document, document: Document) -> Self {
        let put = doc! { "q": filter, "u": document, "upsert": true };
        Self::new(into, Kind::Put, put)
    }

    fn new(collection: &Raw, kind: Kind, statement: Document) -> Self {
        Self {
            collection: collection.name().to_owned(),
            kind,
            statement,
        }
    }
}

fn update(filter: Document, change: Bson) -> Document {
    doc! { "q": filter, "u": change }
}

impl Kind {
    /// The server's command, and what its statements are called.
    fn command(self) -> (&'static str, &'static str) {
        match self {
            Self::Insert => ("insert", "documents"),
            Self::Change | Self::ChangeIfThere | Self::Put => ("update", "updates"),
            Self::Delete => ("delete", "deletes"),
        }
    }
}

impl CommitResult {
    /// Whether the step holds; `false` when it is worth another attempt. Where its end was not told,
    /// `is_stored` finds out.
    ///
    /// # Errors
    /// It does not hold, and another attempt would not either.
    pub(super) async fn holds(
        self,
        is_stored: impl Future<Output = StoreResult<bool>>,
    ) -> StoreResult<bool> {
        let is_worth_another = self.is_worth_another();
        match self {
            Self::Committed => Ok(true),
            Self::Failed { in_doubt: true, .. } if is_stored.await? => Ok(true),
            Self::Failed { error, .. } if !is_worth_another => Err(error.into()),
            Self::Conflict | Self::Failed { .. } => Ok(false),
        }
    }

    /// It may hold, although nobody said so.
    pub(super) fn is_in_doubt(&self) -> bool {
        matches!(self, Self::Failed { in_doubt: true, .. })
    }

    /// Another attempt may succeed, or find out that this one did.
    pub(super) fn is_worth_another(&self) -> bool {
        match self {
            Self::Committed => false,
            Self::Conflict => true,
            Self::Failed { error, .. } => is_transient(error) || is_duplicate_key(error),
        }
    }
}

impl Transaction<'_> {
    /// Commits what was written, or undoes it.
    pub(super) async fn end(self, written: Result<bool>) -> CommitResult {
        match written {
            Ok(true) => match self.commit(&mut Retry::with_deadline(RETRY_FOR)).await {
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
                failed(error)
            }
        }
    }
}

/// A step that certainly does not hold.
pub(super) fn failed(error: Error) -> CommitResult {
    CommitResult::Failed {
        error,
        in_doubt: false,
    }
}

/// Makes the writes of steps in a session's transaction with as few commands as their order allows:
/// those to one collection go together. `false` as soon as something is not as it was read.
pub(super) async fn write_all(
    writes: impl IntoIterator<Item = Write>,
    database: &Database,
    session: &mut ClientSession,
) -> Result<bool> {
    for writes in by_collection(writes) {
        for alike in writes.chunk_by(|one, other| one.kind == other.kind) {
            if !carry_out(alike, database, session).await? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The writes to each collection, in the order in which the collections are first named.
fn by_collection(writes: impl IntoIterator<Item = Write>) -> Vec<Vec<Write>> {
    let mut collections: Vec<Vec<Write>> = Vec::new();
    for write in writes {
        let mut known = collections.iter_mut();
        match known.find(|known| known[0].collection == write.collection) {
            Some(known) => known.push(write),
            None => collections.push(vec![write]),
        }
    }
    collections
}

/// Writes of one kind to one collection, in one command.
async fn carry_out(
    writes: &[Write],
    database: &Database,
    session: &mut ClientSession,
) -> Result<bool> {
    let (kind, collection) = (writes[0].kind, &writes[0].collection);
    let (command, statements) = kind.command();
    let all: Vec<_> = writes.iter().map(|write| write.statement.clone()).collect();
    let command = doc! { command: collection, statements: all };
    let answer = database.run_command(command).session(session).await?;
    if let Some(error) = refusal(&answer) {
        return Err(error);
    }
    let matched = answer.get_i32("n").unwrap_or_default();
    Ok(kind == Kind::ChangeIfThere || usize::try_from(matched) == Ok(writes.len()))
}

/// What the server says of the statement at which it stopped.
fn refusal(answer: &Document) -> Option<Error> {
    let refused = answer.get_array("writeErrors").ok()?.first()?;
    let refused = refused.as_document().cloned().unwrap_or_default();
    Some(match deserialize_from_document(refused) {
        Ok(refused) => ErrorKind::Write(WriteFailure::WriteError(refused)).into(),
        Err(error) => error.into(),
    })
}
