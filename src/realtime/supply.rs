//! What a worker has been sent of a stream.

use std::sync::Arc;

use super::entry::Entry;
use super::frame_log::FrameLog;

/// A worker's place in its hub's log. A worker that was too busy is sent more at once; one that the
/// log has moved past gets the whole log.
#[derive(Debug, Default)]
pub struct Supply {
    /// The index behind the last frame that was sent; `None` before the worker has a log.
    sent: Option<u64>,
}

/// What a worker must be sent.
#[derive(Debug)]
pub enum Due {
    /// It has everything.
    Nothing,
    /// The next frames.
    Frames(Vec<Arc<Entry>>),
    /// The whole log, in place of the one that it has.
    Log(FrameLog),
}

impl Supply {
    /// What the worker lacks.
    pub fn due(&self, log: &FrameLog) -> Due {
        if self.sent == Some(log.end()) {
            return Due::Nothing;
        }
        match self.sent.and_then(|sent| log.since(sent)) {
            Some(entries) => Due::Frames(entries),
            None => Due::Log(log.clone()),
        }
    }

    /// The worker was sent what was due.
    pub fn set_sent(&mut self, log: &FrameLog) {
        self.sent = Some(log.end());
    }

    /// The log began anew: so must the worker's.
    pub fn begin_anew(&mut self) {
        self.sent = None;
    }
}
