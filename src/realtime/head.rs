//! Where a stream stands, readable from any thread.

use std::sync::{Arc, PoisonError, RwLock};

use super::frame_log::FrameLog;
use crate::domain::position::Position;

/// A place of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The newest place that readers were told.
    pub cursor: Position,
    /// The sequence number of the newest message at that place.
    pub newest_seq: i64,
}

impl From<&FrameLog> for Head {
    fn from(log: &FrameLog) -> Self {
        Self {
            cursor: log.cursor().clone(),
            newest_seq: log.newest_seq(),
        }
    }
}

/// The newest place of a stream, kept by its hub. What is read from the store after a head was
/// taken holds at least all changes up to it.
#[derive(Debug, Clone)]
pub struct StreamHead(Arc<RwLock<Head>>);

impl StreamHead {
    /// Starts at a place.
    pub fn new(head: Head) -> Self {
        Self(Arc::new(RwLock::new(head)))
    }

    /// The place now.
    pub fn get(&self) -> Head {
        // A poisoned lock still holds a whole head: it is only ever replaced.
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn set(&self, head: Head) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = head;
    }
}
