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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realtime::log::samples::{log_to, position};

    #[test]
    fn a_position_of_the_log_is_resumed_just_after_it() {
        let point = ResumePoint::find(&log_to(3), Some(&position(2)));
        let expected = ResumePoint {
            cursor: position(2),
            resumed: true,
            next: 2,
            live_from: 3,
        };
        assert_eq!(point, expected);
    }

    #[test]
    fn any_other_subscription_starts_at_the_end() {
        let expected = ResumePoint {
            cursor: position(3),
            resumed: false,
            next: 3,
            live_from: 3,
        };
        assert_eq!(ResumePoint::find(&log_to(3), None), expected);
        assert_eq!(ResumePoint::find(&log_to(3), Some(&position(9))), expected);
    }
}
