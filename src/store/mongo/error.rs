//! The meaning of the driver's errors for the shop. No other file reads their codes and labels.

use mongodb::error::{Error, ErrorKind, RETRYABLE_WRITE_ERROR, TRANSIENT_TRANSACTION_ERROR};
use mongodb::error::{UNKNOWN_TRANSACTION_COMMIT_RESULT, WriteFailure};

use crate::store::{Cause, StoreError};

/// The server's error codes, by MongoDB's names for them.
mod code {
    pub(super) const HOST_UNREACHABLE: i32 = 6;
    pub(super) const HOST_NOT_FOUND: i32 = 7;
    pub(super) const LOCK_TIMEOUT: i32 = 24;
    pub(super) const MAX_TIME_MS_EXPIRED: i32 = 50;
    pub(super) const WRITE_CONCERN_TIMEOUT: i32 = 64;
    pub(super) const INDEX_OPTIONS_CONFLICT: i32 = 85;
    pub(super) const INDEX_KEY_SPECS_CONFLICT: i32 = 86;
    pub(super) const NETWORK_TIMEOUT: i32 = 89;
    pub(super) const SHUTDOWN_IN_PROGRESS: i32 = 91;
    pub(super) const UNSATISFIABLE_WRITE_CONCERN: i32 = 100;
    pub(super) const WRITE_CONFLICT: i32 = 112;
    pub(super) const FAILED_TO_SATISFY_READ_PREFERENCE: i32 = 133;
    pub(super) const READ_CONCERN_MAJORITY_NOT_AVAILABLE_YET: i32 = 134;
    pub(super) const CAPPED_POSITION_LOST: i32 = 136;
    pub(super) const QUERY_PLAN_KILLED: i32 = 175;
    pub(super) const PRIMARY_STEPPED_DOWN: i32 = 189;
    pub(super) const CLOSE_CHANGE_STREAM: i32 = 222;
    pub(super) const SNAPSHOT_UNAVAILABLE: i32 = 246;
    pub(super) const NO_SUCH_TRANSACTION: i32 = 251;
    pub(super) const INVALID_RESUME_TOKEN: i32 = 260;
    pub(super) const EXCEEDED_TIME_LIMIT: i32 = 262;
    pub(super) const CHANGE_STREAM_FATAL_ERROR: i32 = 280;
    pub(super) const CHANGE_STREAM_HISTORY_LOST: i32 = 286;
    pub(super) const SOCKET_EXCEPTION: i32 = 9001;
    pub(super) const LEGACY_NOT_PRIMARY: i32 = 10058;
    pub(super) const NOT_WRITABLE_PRIMARY: i32 = 10107;
    pub(super) const BSON_OBJECT_TOO_LARGE: i32 = 10334;
    pub(super) const DUPLICATE_KEY: i32 = 11000;
    pub(super) const INTERRUPTED_AT_SHUTDOWN: i32 = 11600;
    pub(super) const INTERRUPTED: i32 = 11601;
    pub(super) const INTERRUPTED_DUE_TO_REPL_STATE_CHANGE: i32 = 11602;
    pub(super) const NOT_PRIMARY_NO_SECONDARY_OK: i32 = 13435;
    pub(super) const NOT_PRIMARY_OR_SECONDARY: i32 = 13436;
    pub(super) const OUT_OF_DISK_SPACE: i32 = 14031;
}

/// The server cannot serve the command now, or abandoned it: the same command may succeed later.
const TEMPORARY: [i32; 25] = [
    code::HOST_UNREACHABLE,
    code::HOST_NOT_FOUND,
    code::LOCK_TIMEOUT,
    code::MAX_TIME_MS_EXPIRED,
    code::WRITE_CONCERN_TIMEOUT,
    code::NETWORK_TIMEOUT,
    code::SHUTDOWN_IN_PROGRESS,
    code::UNSATISFIABLE_WRITE_CONCERN,
    code::WRITE_CONFLICT,
    code::FAILED_TO_SATISFY_READ_PREFERENCE,
    code::READ_CONCERN_MAJORITY_NOT_AVAILABLE_YET,
    code::QUERY_PLAN_KILLED,
    code::PRIMARY_STEPPED_DOWN,
    code::SNAPSHOT_UNAVAILABLE,
    code::NO_SUCH_TRANSACTION,
    code::EXCEEDED_TIME_LIMIT,
    code::SOCKET_EXCEPTION,
    code::LEGACY_NOT_PRIMARY,
    code::NOT_WRITABLE_PRIMARY,
    code::INTERRUPTED_AT_SHUTDOWN,
    code::INTERRUPTED,
    code::INTERRUPTED_DUE_TO_REPL_STATE_CHANGE,
    code::NOT_PRIMARY_NO_SECONDARY_OK,
    code::NOT_PRIMARY_OR_SECONDARY,
    code::OUT_OF_DISK_SPACE,
];

/// The collection has an index with this name or these fields and other options.
const INDEX_CONFLICTS: [i32; 2] = [code::INDEX_OPTIONS_CONFLICT, code::INDEX_KEY_SPECS_CONFLICT];

/// The change stream cannot resume: its token belongs to an earlier life of the database, the oplog
/// no longer reaches back to it, or the next event is too large to be sent.
const POSITION_LOST: [i32; 6] = [
    code::CAPPED_POSITION_LOST,
    code::CLOSE_CHANGE_STREAM,
    code::INVALID_RESUME_TOKEN,
    code::CHANGE_STREAM_FATAL_ERROR,
    code::CHANGE_STREAM_HISTORY_LOST,
    code::BSON_OBJECT_TOO_LARGE,
];
const NOT_RESUMABLE: &str = "NonResumableChangeStreamError";

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        if is_temporary(&error) {
            Self::Unavailable(cause(&error))
        } else {
            Self::Internal(cause(&error))
        }
    }
}

/// The error without the server's whole reply and the driver's state.
pub(super) fn cause(error: &Error) -> Cause {
    error.kind.to_string().into()
}

/// The store cannot be used now, for a reason that the driver did not give.
pub(super) fn unavailable(reason: impl Into<Cause>) -> StoreError {
    StoreError::Unavailable(reason.into())
}

/// Every attempt met a concurrent change.
pub(super) fn contended(what: &str) -> StoreError {
    unavailable(format!("concurrent changes of {what} at every attempt"))
}

/// A write violated a unique index.
pub(super) fn is_duplicate_key(error: &Error) -> bool {
    server_code(error) == Some(code::DUPLICATE_KEY)
}

/// A transaction conflicts with another one, or lost its server: all of it may be tried again.
pub(super) fn is_transient(error: &Error) -> bool {
    error.contains_label(TRANSIENT_TRANSACTION_ERROR)
}

/// The server replied: its connection was not lost.
pub(super) fn is_server_reply(error: &Error) -> bool {
    server_code(error).is_some()
}

/// The commit may or may not have happened: it may be sent again.
pub(super) fn is_commit_unknown(error: &Error) -> bool {
    error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT)
}

pub(super) fn is_index_conflict(error: &Error) -> bool {
    server_code(error).is_some_and(|code| INDEX_CONFLICTS.contains(&code))
}

/// The change stream can never resume after its last token.
pub(super) fn is_position_lost(error: &Error) -> bool {
    error.contains_label(NOT_RESUMABLE)
        || matches!(*error.kind, ErrorKind::MissingResumeToken)
        || server_code(error).is_some_and(|code| POSITION_LOST.contains(&code))
}

fn is_temporary(error: &Error) -> bool {
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
        || server_code(error).is_some_and(|code| TEMPORARY.contains(&code))
}

fn server_code(error: &Error) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Command(command) => Some(command.code),
        ErrorKind::Write(WriteFailure::WriteError(write)) => Some(write.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(concern)) => Some(concern.code),
        ErrorKind::InsertMany(many) => {
            let write = many.write_errors.as_ref().and_then(|errors| errors.first());
            let concern = many
                .write_concern_error
                .as_ref()
                .map(|concern| concern.code);
            write.map(|write| write.code).or(concern)
        }
        _ => None,
    }
}
