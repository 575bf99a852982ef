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
#[error("{reason}")]
pub struct OpenError {
    reason: String,
    is_in_use: bool,
    is_disk_full: bool,
}

impl OpenError {
    /// The reason must not contain a password.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            is_in_use: false,
            is_disk_full: false,
        }
    }

    pub(super) fn disk_full() -> Self {
        Self {
            is_disk_full: true,
            ..Self::new("the disk is full")
        }
    }

    pub(super) fn in_use(reason: impl Into<String>) -> Self {
        Self {
            is_in_use: true,
            ..Self::new(reason)
        }
    }

    /// Whether the disk that is written to is full.
    pub fn is_disk_full(&self) -> bool {
        self.is_disk_full
    }

    /// Whether another process has the data.
    pub fn is_in_use(&self) -> bool {
        self.is_in_use
    }
}

impl From<EntropyError> for StoreError {
    fn from(error: EntropyError) -> Self {
        Self::Unavailable(error.into())
    }
}
