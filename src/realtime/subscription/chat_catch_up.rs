//! How a chat subscription gets to live: at its join it resumes, or gets the history first.

use super::resume_point::ResumePoint;
use crate::domain::position::Position;
use crate::realtime::log::FrameLog;

/// A state machine around a join. The position is fixed before the history is read, and the history
/// ends at that position. So no message is sent twice and none is missed.
#[derive(Debug)]
pub struct ChatCatchUp {
    resume_point: ResumePoint,
}

impl ChatCatchUp {
    pub fn new(log: &FrameLog, since: Option<&Position>) -> Self {
        Self {
            resume_point: ResumePoint::find(log, since),
        }
    }

    pub fn resume_point(&self) -> &ResumePoint {
        &self.resume_point
    }

    /// Fixes the position of a join. Returns the sequence number at which the history ends
    /// (exclusive); `None` if the subscription resumes and needs no history.
    pub fn join(&mut self, log: &FrameLog) -> Option<i64> {
        let now = ResumePoint::find(log, None);
        if self.resume_point.resumed {
            self.resume_point.live_from = now.live_from;
            return None;
        }
        self.resume_point = now;
        Some(log.newest_seq() + 1)
    }

    /// The reply to the join was sent; returns where the stream goes on. A later join on the same
    /// socket starts from the history.
    pub fn joined(&mut self) -> ResumePoint {
        let resume_point = self.resume_point.clone();
        self.resume_point.resumed = false;
        resume_point
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::realtime::log::samples::{entry, log_to, position};

    #[test]
    fn a_new_member_gets_the_history_up_to_the_join() {
        let mut log = log_to(3);
        let mut catch_up = ChatCatchUp::new(&log, None);
        log.append(entry(4, Instant::now()));
        assert_eq!(catch_up.join(&log), Some(5), "up to message 4");
        let point = catch_up.joined();
        assert_eq!((point.next, point.live_from), (4, 4));
        assert_eq!(catch_up.resume_point(), &point);
    }

    #[test]
    fn a_member_resumes_without_history_once() {
        let mut log = log_to(3);
        let mut catch_up = ChatCatchUp::new(&log, Some(&position(1)));
        log.append(entry(4, Instant::now()));
        assert_eq!(catch_up.join(&log), None);
        let point = catch_up.joined();
        assert_eq!((point.next, point.live_from, point.resumed), (1, 4, true));
        assert_eq!(
            catch_up.join(&log),
            Some(5),
            "another join on the same socket"
        );
    }
}
