//! How a product subscription gets to live: it resumes, or gets a snapshot first.

use super::resume_point::ResumePoint;
use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::realtime::log::FrameLog;

/// A state machine: its input is what was sent, its output what to send next. The position is fixed
/// before a snapshot is read. So the snapshot has at least all changes up to that position, and the
/// stream brings everything after it.
#[derive(Debug)]
pub struct ProductCatchUp {
    resume_point: ResumePoint,
    wants_snapshot: bool,
}

/// The next thing to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUpStep {
    /// The stream, from the resume point on.
    Follow,
    /// The part of the snapshot after this product, or the first part.
    Snapshot(Option<ProductId>),
}

impl ProductCatchUp {
    pub fn new(log: &FrameLog, since: Option<&Position>, wants_snapshot: bool) -> Self {
        Self {
            resume_point: ResumePoint::find(log, since),
            wants_snapshot,
        }
    }

    pub fn resume_point(&self) -> &ResumePoint {
        &self.resume_point
    }

    /// The `welcome` frame was sent.
    pub fn welcomed(&self) -> CatchUpStep {
        if self.resume_point.resumed || !self.wants_snapshot {
            CatchUpStep::Follow
        } else {
            CatchUpStep::Snapshot(None)
        }
    }

    /// A part of the snapshot was sent: its last product, and the number of products after it.
    pub fn part_sent(&self, last: Option<ProductId>, remaining: u64) -> CatchUpStep {
        match last {
            Some(last) if remaining > 0 => CatchUpStep::Snapshot(Some(last)),
            _ => CatchUpStep::Follow,
        }
    }

    /// The subscription lagged: it starts again from a snapshot, sent at the pace of its socket.
    pub fn lagged(&mut self, log: &FrameLog) -> CatchUpStep {
        self.resume_point = ResumePoint::find(log, None);
        CatchUpStep::Snapshot(None)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::realtime::log::samples::{entry, log_to, position};

    #[test]
    fn only_who_does_not_resume_gets_a_snapshot_and_only_on_request() {
        let first = |since: Option<u64>, wants_snapshot| {
            let since = since.map(position);
            ProductCatchUp::new(&log_to(3), since.as_ref(), wants_snapshot).welcomed()
        };
        assert_eq!(first(Some(2), true), CatchUpStep::Follow);
        assert_eq!(first(Some(9), true), CatchUpStep::Snapshot(None));
        assert_eq!(first(None, true), CatchUpStep::Snapshot(None));
        assert_eq!(first(None, false), CatchUpStep::Follow);
    }

    #[test]
    fn a_snapshot_is_sent_in_parts_until_nothing_remains() {
        let catch_up = ProductCatchUp::new(&log_to(3), None, true);
        let last = Some(ProductId::from_bytes([1; 12]));
        assert_eq!(catch_up.part_sent(last, 1), CatchUpStep::Snapshot(last));
        assert_eq!(catch_up.part_sent(last, 0), CatchUpStep::Follow);
        assert_eq!(catch_up.part_sent(None, 1), CatchUpStep::Follow);
    }

    #[test]
    fn who_lagged_starts_again_from_the_end_of_the_log() {
        let mut log = log_to(3);
        let mut catch_up = ProductCatchUp::new(&log, Some(&position(1)), false);
        log.append(entry(4, Instant::now()));
        assert_eq!(catch_up.lagged(&log), CatchUpStep::Snapshot(None));
        assert_eq!(catch_up.resume_point(), &ResumePoint::find(&log, None));
    }
}
