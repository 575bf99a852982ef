//! How much of a log one worker's replica has.

use std::sync::Arc;

use crate::realtime::log::{Entry, FrameLog};

/// A replica's place in its hub's log. A worker that was too busy gets more frames at once; one
/// that lags gets the whole log.
#[derive(Debug, Default)]
pub struct ReplicaOffset {
    /// The index after the last frame that was sent; `None` before the first log.
    sent: Option<u64>,
}

/// The content of the next message to a replica.
#[derive(Debug)]
pub enum Pending {
    Nothing,
    /// The next frames.
    Frames(Vec<Arc<Entry>>),
    /// The whole log, which replaces the replica.
    Log(FrameLog),
}

impl ReplicaOffset {
    /// Everything that the replica lacks.
    pub fn pending(&self, log: &FrameLog) -> Pending {
        if self.sent == Some(log.end()) {
            return Pending::Nothing;
        }
        match self.sent.and_then(|sent| log.since(sent)) {
            Some(entries) => Pending::Frames(entries),
            None => Pending::Log(log.clone()),
        }
    }

    /// Everything pending was sent.
    pub fn set_sent(&mut self, log: &FrameLog) {
        self.sent = Some(log.end());
    }

    /// The log was restarted: send the whole log again.
    pub fn recover(&mut self) {
        self.sent = None;
    }
}
