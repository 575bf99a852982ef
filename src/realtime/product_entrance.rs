//! How a product reader comes to follow its stream: it resumes, or is told a snapshot first.

use super::frame_log::FrameLog;
use super::start::Start;
use crate::domain::ids::ProductId;
use crate::domain::position::Position;

/// A state machine: what the reader has been told goes in, what it must be told next comes out.
/// Its place is fixed before a snapshot is read, so that the snapshot holds at least all changes up
/// to that place, and everything behind it is told by the stream.
#[derive(Debug)]
pub struct ProductEntrance {
    start: Start,
    wants_snapshot: bool,
}

/// What a product reader is told next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductStep {
    /// The stream, from where it entered.
    Follow,
    /// The part of a snapshot behind this product; the first part for `None`.
    Snapshot(Option<ProductId>),
}

impl ProductEntrance {
    /// A reader who was at `since`.
    pub fn new(log: &FrameLog, since: Option<&Position>, wants_snapshot: bool) -> Self {
        Self {
            start: Start::find(log, since),
            wants_snapshot,
        }
    }

    /// Where it enters.
    pub fn start(&self) -> &Start {
        &self.start
    }

    /// It was welcomed.
    pub fn welcomed(&self) -> ProductStep {
        if self.start.resumed || !self.wants_snapshot {
            ProductStep::Follow
        } else {
            ProductStep::Snapshot(None)
        }
    }

    /// It was told a part of the snapshot: its last product, and how many are still to come.
    pub fn told(&self, last: Option<ProductId>, remaining: u64) -> ProductStep {
        match last {
            Some(last) if remaining > 0 => ProductStep::Snapshot(Some(last)),
            _ => ProductStep::Follow,
        }
    }

    /// The log has moved past it: it enters anew, by a snapshot at the pace at which it reads.
    pub fn lapsed(&mut self, log: &FrameLog) -> ProductStep {
        self.start = Start::find(log, None);
        ProductStep::Snapshot(None)
    }
}
