//! How SQLite's errors become the store's errors.

use std::sync::Arc;

use rusqlite::ErrorCode;

use crate::store::StoreError;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if is_transient(&error) {
            Self::Unavailable(error.into())
        } else {
            Self::Internal(error.into())
        }
    }
}

/// Whether the cause is outside the data, so that the same call may succeed later.
fn is_transient(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::OutOfMemory
        )
    )
}

/// Why a whole group of writes was not stored.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum GroupCommitError {
    /// The driver failed at the beginning or the end of the transaction.
    #[error("the transaction failed: {0}")]
    Driver(#[source] Arc<rusqlite::Error>),
    /// SQLite ended the transaction early, as it does when the disk fails.
    #[error("the transaction was aborted by SQLite")]
    Aborted,
}

impl From<rusqlite::Error> for GroupCommitError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Driver(Arc::new(error))
    }
}

impl From<&GroupCommitError> for StoreError {
    fn from(group_error: &GroupCommitError) -> Self {
        match group_error {
            GroupCommitError::Driver(error) if !is_transient(error) => {
                Self::Internal(group_error.clone().into())
            }
            GroupCommitError::Driver(_) | GroupCommitError::Aborted => {
                Self::Unavailable(group_error.clone().into())
            }
        }
    }
}

pub(super) fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}

/// More callers wait than are allowed.
pub(super) fn overloaded() -> StoreError {
    StoreError::Unavailable("too many operations are waiting for the database".into())
}

pub(super) fn timed_out() -> StoreError {
    StoreError::Unavailable("the database did not respond in time".into())
}

/// Nothing of the operation was stored.
pub(super) fn panicked() -> StoreError {
    StoreError::Internal("the operation panicked".into())
}
