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
