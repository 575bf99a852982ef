//! How a chat reader comes to follow its stream: with its join it resumes, or is told history first.

use super::frame_log::FrameLog;
use super::start::Start;
use crate::domain::position::Position;

/// A state machine around a join. The reader's place is fixed before the history is read, and the
/// history ends at that place, so that no message is told twice and none is missed.
#[derive(Debug)]
pub struct ChatEntrance {
    start: Start,
}

impl ChatEntrance {
    /// A reader who was at `since`.
    pub fn new(log: &FrameLog, since: Option<&Position>) -> Self {
        Self {
            start: Start::find(log, since),
        }
    }

    /// Where it enters.
    pub fn start(&self) -> &Start {
        &self.start
    }

    /// It joins. Returns the sequence number before which its history ends; `None` for a reader who
    /// resumes and needs none.
    pub fn join(&mut self, log: &FrameLog) -> Option<i64> {
        let now = Start::find(log, None);
        if self.start.resumed {
            self.start.live_from = now.live_from;
            return None;
        }
        self.start = now;
        Some(log.newest_seq() + 1)
    }

    /// It was told what its join asked for; returns where the stream goes on. Another join on the
    /// same socket starts from the history.
    pub fn joined(&mut self) -> Start {
        let start = self.start.clone();
        self.start.resumed = false;
        start
    }
}
