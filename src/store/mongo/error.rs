//! What the driver's errors mean to the shop: the one place where they are read.

use mongodb::error::{Error, ErrorKind, RETRYABLE_WRITE_ERROR, TRANSIENT_TRANSACTION_ERROR};
use mongodb::error::{UNKNOWN_TRANSACTION_COMMIT_RESULT, WriteFailure};

use crate::store::{Cause, StoreError};

/// The code of a broken unique index.
const DUPLICATE_KEY: i32 = 11000;

/// A document already has the collection's validation rule, name or options in another form.
const INDEX_CONFLICTS: [i32; 2] = [85, 86];

/// The server cannot serve now, or gave up: the same command may succeed later.
const PASSING: [i32; 25] = [
    6, 7, 24, 50, 64, 89, 91, 100, 112, 133, 134, 175, 189, 246, 251, 262, 9001, 10058, 10107,
    11600, 11601, 11602, 13435, 13436, 14031,
];

/// The change stream cannot go on from where it stood: a token of another life of the database, a
/// place that the oplog no longer holds, or an event that cannot be told.
const PLACE_LOST: [i32; 6] = [136, 222, 260, 280, 286, 10334];
const NOT_RESUMABLE: &str = "NonResumableChangeStreamError";

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        if is_passing(&error) {
            Self::Unavailable(cause(&error))
        } else {
            Self::Internal(cause(&error))
        }
    }
}

/// The error without the server's whole answer and the state of the driver.
pub(super) fn cause(error: &Error) -> Cause {
    error.kind.to_string().into()
}

/// A store that cannot be used now, for a reason of ours.
pub(super) fn unavailable(reason: &str) -> StoreError {
    StoreError::Unavailable(reason.into())
}

/// A write met a unique index.
pub(super) fn is_duplicate_key(error: &Error) -> bool {
    code(error) == Some(DUPLICATE_KEY)
}

/// Two parties met in a transaction, or its server went: the whole of it may be tried again.
pub(super) fn is_transient(error: &Error) -> bool {
    error.contains_label(TRANSIENT_TRANSACTION_ERROR)
}

/// The server answered: its connection was not lost.
pub(super) fn is_answer(error: &Error) -> bool {
    code(error).is_some()
}

/// Whether a commit happened is not known: it may be sent again.
pub(super) fn is_commit_unknown(error: &Error) -> bool {
    error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT)
}

/// An index of this name or on these fields is there with other options.
pub(super) fn is_index_conflict(error: &Error) -> bool {
    code(error).is_some_and(|code| INDEX_CONFLICTS.contains(&code))
}

/// Going on from the last token will not work, now or later.
pub(super) fn is_place_lost(error: &Error) -> bool {
    error.contains_label(NOT_RESUMABLE)
        || matches!(*error.kind, ErrorKind::MissingResumeToken)
        || code(error).is_some_and(|code| PLACE_LOST.contains(&code))
}

fn is_passing(error: &Error) -> bool {
    let by_kind = matches!(
        *error.kind,
        ErrorKind::ServerSelection { .. }
            | ErrorKind::Io(_)
            | ErrorKind::ConnectionPoolCleared { .. }
            | ErrorKind::DnsResolve { .. }
            | ErrorKind::Authentication { .. }
            | ErrorKind::Shutdown
    );
    by_kind
        || error.contains_label(RETRYABLE_WRITE_ERROR)
        || is_transient(error)
        || code(error).is_some_and(|code| PASSING.contains(&code))
}

fn code(error: &Error) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Command(command) => Some(command.code),
        ErrorKind::Write(WriteFailure::WriteError(write)) => Some(write.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(concern)) => Some(concern.code),
        ErrorKind::InsertMany(many) => many
            .write_errors
            .as_ref()
            .and_then(|errors| errors.first())
            .map(|write| write.code)
            .or_else(|| {
                many.write_concern_error
                    .as_ref()
                    .map(|concern| concern.code)
            }),
        _ => None,
    }
}
