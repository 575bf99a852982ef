//! What SQLite's errors mean to the shop: the one place that knows.

use std::sync::Arc;

use rusqlite::ErrorCode;

use crate::store::StoreError;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if passes(&error) {
            Self::Unavailable(error.into())
        } else {
            Self::Internal(error.into())
        }
    }
}

/// Whether the cause lies outside the data, so that the same call may succeed when it is gone.
fn passes(error: &rusqlite::Error) -> bool {
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
pub(super) enum GroupFailure {
    /// The driver failed at the beginning or the end of the transaction.
    #[error("the transaction failed: {0}")]
    Driver(#[source] Arc<rusqlite::Error>),
    /// SQLite gave the transaction up in the midst of it: it does so when the disk fails.
    #[error("the transaction was given up half way")]
    GivenUp,
}

impl From<rusqlite::Error> for GroupFailure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Driver(Arc::new(error))
    }
}

impl From<&GroupFailure> for StoreError {
    fn from(failure: &GroupFailure) -> Self {
        match failure {
            GroupFailure::Driver(error) if !passes(error) => Self::Internal(failure.clone().into()),
            GroupFailure::Driver(_) | GroupFailure::GivenUp => {
                Self::Unavailable(failure.clone().into())
            }
        }
    }
}

/// The answer of a store that was closed.
pub(super) fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}

/// The answer when more callers wait than may.
pub(super) fn behind() -> StoreError {
    StoreError::Unavailable("too many operations wait for the database".into())
}

/// The answer when the disk takes too long.
pub(super) fn late() -> StoreError {
    StoreError::Unavailable("the database did not answer in time".into())
}

/// The answer when an operation panicked: nothing of it was stored.
pub(super) fn panicked() -> StoreError {
    StoreError::Internal("the operation panicked".into())
}
