//! Where a reader enters a stream.

use super::frame_log::FrameLog;
use crate::domain::position::Position;

/// A place in a log from which a reader can follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The place that the reader is at.
    pub cursor: Position,
    /// The reader named that place itself, and the log holds it.
    pub resumed: bool,
    /// The index of the first frame for it.
    pub next: u64,
    /// The index of the first passing frame for it.
    pub live_from: u64,
}

impl Start {
    /// Looks up where a reader enters who was at `since`: right behind it when the log holds that
    /// place, else at the end.
    pub fn find(log: &FrameLog, since: Option<&Position>) -> Self {
        let resumed = since.and_then(|since| Some((since, log.index_after(since)?)));
        Self {
            cursor: resumed.map_or_else(|| log.cursor().clone(), |(since, _)| since.clone()),
            resumed: resumed.is_some(),
            next: resumed.map_or(log.end(), |(_, index)| index),
            live_from: log.end(),
        }
    }
}
