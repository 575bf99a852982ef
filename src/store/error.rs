//! Errors of stores: of an operation, and of opening one.

use crate::domain::ids::EntropyError;
use crate::domain::refusal::Refusal;

/// The driver's own error, for the log only.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why an operation failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The stored state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyMismatch,
    /// [`MAX_RECORDS`](super::MAX_RECORDS) keys are in use: no new one is accepted until some have
    /// expired.
    #[error("too many idempotency keys are in use")]
    KeysExhausted,
    /// The store cannot be reached or cannot write now; the same call may succeed later.
    #[error("store unavailable: {0}")]
    Unavailable(#[source] Cause),
    /// The store's data or its driver broke an invariant.
    #[error("store failure: {0}")]
    Internal(#[source] Cause),
}

impl StoreError {
    /// The kind of failure, as the metrics name it; `None` for a refusal.
    pub fn failure(&self) -> Option<&'static str> {
        match self {
            Self::Unavailable(_) => Some("unavailable"),
            Self::Internal(_) => Some("internal"),
            Self::Refused(_) | Self::IdempotencyMismatch | Self::KeysExhausted => None,
        }
    }
}

/// Why a store could not be opened: one line for the person who starts the program.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the data.
    #[error("{0}")]
    InUse(String),
    /// Of what is written to.
    #[error("the disk is full")]
    DiskFull,
    #[error("{0}")]
    Other(String),
}

impl OpenError {
    /// The reason must not contain a password.
    pub fn new(reason: impl Into<String>) -> Self {
        Self::Other(reason.into())
    }
}

impl From<EntropyError> for StoreError {
    fn from(error: EntropyError) -> Self {
        Self::Unavailable(error.into())
    }
}
