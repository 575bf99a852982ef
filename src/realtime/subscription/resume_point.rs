//! Where a subscription enters a stream.

use crate::domain::position::Position;
use crate::realtime::log::FrameLog;

/// A place in a log from which a subscription can follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumePoint {
    pub cursor: Position,
    /// Whether the log has the position that the client sent as `since`.
    pub resumed: bool,
    /// The index of the first frame to send.
    pub next: u64,
    /// The index of the first ephemeral frame to send.
    pub live_from: u64,
}

impl ResumePoint {
    /// Just after `since` if the log has that position, else at the end of the log.
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
