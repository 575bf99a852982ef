//! Marks of the server's logical clock: the time of a commit in the oplog, which the events of the
//! change stream have too.

use mongodb::ClientSession;
use mongodb::bson::Timestamp;

use crate::store::Mark;

pub(super) fn mark(time: Timestamp) -> Mark {
    Mark::new(u64::from(time.time) << 32 | u64::from(time.increment))
}

/// The mark of the session's last write. The server replies to a write with the time of its entry
/// in the oplog.
pub(super) fn mark_of(session: &ClientSession) -> Mark {
    session.operation_time().map(mark).unwrap_or_default()
}

/// The mark of a batch whose last event has this time. The events of one transaction have one time,
/// and a full batch may end among them.
pub(super) fn mark_of_batch(time: Timestamp, is_full: bool) -> Mark {
    let Mark(number) = mark(time);
    Mark::new(number - u64::from(is_full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_time_is_a_greater_mark() {
        let at = |time, increment| mark(Timestamp { time, increment });
        assert!(at(1, 9) < at(2, 1) && at(2, 1) < at(2, 2));
    }

    #[test]
    fn a_full_batch_may_lack_events_of_its_last_time() {
        let time = Timestamp {
            time: 2,
            increment: 5,
        };
        assert_eq!(mark_of_batch(time, false), mark(time));
        assert!(mark_of_batch(time, true) < mark(time));
    }
}
