//! The writes of a unit of work, and the result of committing them.

use std::future::Future;

use mongodb::bson::{Bson, Document, deserialize_from_document, doc};
use mongodb::error::{Error, ErrorKind, Result, WriteFailure};
use mongodb::{ClientSession, Database};

use crate::store::StoreResult;
use crate::store::mongo::documents::Raw;
use crate::store::mongo::error::{is_duplicate_key, is_transient};
use crate::store::mongo::names;

/// A write to one document.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    collection: String,
    kind: Kind,
    /// As the server's command takes it.
    statement: Document,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Insert,
    Update,
    UpdateIfFound,
    Delete,
    Upsert,
}

/// The result of one attempt to commit.
#[derive(Debug, Clone)]
pub(crate) enum CommitResult {
    Committed,
    /// Something is not as it was read; nothing was written.
    Conflict,
    /// Another transaction interfered, an inserted document exists, or the server failed.
    Failed {
        error: Error,
        /// It may be committed all the same.
        in_doubt: bool,
    },
}

impl Write {
    pub(crate) fn insert(into: &Raw, document: Document) -> Self {
        Self::new(into, Kind::Insert, document)
    }

    /// It is a conflict if the filter matches nothing.
    pub(crate) fn update(of: &Raw, filter: Document, update: impl Into<Bson>) -> Self {
        Self::new(of, Kind::Update, update_statement(filter, update.into()))
    }

    /// Does nothing if the filter matches nothing.
    pub(crate) fn update_if_found(of: &Raw, filter: Document, update: impl Into<Bson>) -> Self {
        Self::new(
            of,
            Kind::UpdateIfFound,
            update_statement(filter, update.into()),
        )
    }

    /// It is a conflict if the filter matches nothing.
    pub(crate) fn delete(from: &Raw, filter: Document) -> Self {
        Self::new(from, Kind::Delete, doc! { "q": filter, "limit": 1 })
    }

    /// Replaces the document that the filter matches, or inserts a new one.
    pub(crate) fn upsert(into: &Raw, filter: Document, document: Document) -> Self {
        let statement = doc! { "q": filter, "u": document, "upsert": true };
        Self::new(into, Kind::Upsert, statement)
    }

    pub(crate) fn is_of_products(&self) -> bool {
        self.collection == names::PRODUCTS
    }

    fn new(collection: &Raw, kind: Kind, statement: Document) -> Self {
        Self {
            collection: collection.name().to_owned(),
            kind,
            statement,
        }
    }
}

fn update_statement(filter: Document, update: Bson) -> Document {
    doc! { "q": filter, "u": update }
}

impl Kind {
    /// The server's command, and the name of its array of statements.
    fn command(self) -> (&'static str, &'static str) {
        match self {
            Self::Insert => ("insert", "documents"),
            Self::Update | Self::UpdateIfFound | Self::Upsert => ("update", "updates"),
            Self::Delete => ("delete", "deletes"),
        }
    }
}

impl CommitResult {
    /// A failure that certainly wrote nothing.
    pub(crate) fn failed(error: Error) -> Self {
        Self::Failed {
            error,
            in_doubt: false,
        }
    }

    /// Whether it is committed; false if another attempt is worthwhile. `is_stored` decides a
    /// commit in doubt.
    ///
    /// # Errors
    /// It is not committed, and another attempt would not help.
    pub(crate) async fn resolve(
        self,
        is_stored: impl Future<Output = StoreResult<bool>>,
    ) -> StoreResult<bool> {
        let is_retryable = self.is_retryable();
        match self {
            Self::Committed => Ok(true),
            Self::Failed { in_doubt: true, .. } if is_stored.await? => Ok(true),
            Self::Failed { error, .. } if !is_retryable => Err(error.into()),
            Self::Conflict | Self::Failed { .. } => Ok(false),
        }
    }

    pub(crate) fn is_in_doubt(&self) -> bool {
        matches!(self, Self::Failed { in_doubt: true, .. })
    }

    /// Another attempt may succeed, or find out that this one did.
    pub(crate) fn is_retryable(&self) -> bool {
        match self {
            Self::Committed => false,
            Self::Conflict => true,
            Self::Failed { error, .. } => is_transient(error) || is_duplicate_key(error),
        }
    }
}

/// Makes writes in a session's transaction, with as few commands as their order allows: those to
/// one collection go together. False at the first conflict.
pub(super) async fn write_all(
    writes: impl IntoIterator<Item = Write>,
    database: &Database,
    session: &mut ClientSession,
) -> Result<bool> {
    for writes in by_collection(writes) {
        for of_one_kind in writes.chunk_by(|one, other| one.kind == other.kind) {
            if !run_command(of_one_kind, database, session).await? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The writes to each collection, in the order in which the collections first appear.
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

/// Makes writes of one kind to one collection.
async fn run_command(
    writes: &[Write],
    database: &Database,
    session: &mut ClientSession,
) -> Result<bool> {
    let (kind, collection) = (writes[0].kind, &writes[0].collection);
    let (command, statements) = kind.command();
    let all: Vec<_> = writes.iter().map(|write| write.statement.clone()).collect();
    let command = doc! { command: collection, statements: all };
    let reply = database.run_command(command).session(session).await?;
    if let Some(error) = write_error(&reply) {
        return Err(error);
    }
    let matched = reply.get_i32("n").unwrap_or_default();
    Ok(kind == Kind::UpdateIfFound || usize::try_from(matched) == Ok(writes.len()))
}

/// The error of the statement at which the server stopped.
fn write_error(reply: &Document) -> Option<Error> {
    let error = reply.get_array("writeErrors").ok()?.first()?;
    let error = error.as_document().cloned().unwrap_or_default();
    Some(match deserialize_from_document(error) {
        Ok(error) => ErrorKind::Write(WriteFailure::WriteError(error)).into(),
        Err(error) => error.into(),
    })
}
