//! How much of a log one worker's replica has.

use std::sync::Arc;

use crate::realtime::log::{Entry, FrameLog};

/// A replica's place in its hub's log. A worker that was too busy gets more frames at once; one
/// that lags gets the whole log.
#[derive(Debug, Default)]
pub struct ReplicaOffset {
    /// The index after the last frame that was sent; `None` before the first log.
    sent: Option<u64>,
}

/// The content of the next message to a replica.
#[derive(Debug)]
pub enum Pending {
    Nothing,
    /// The next frames.
    Frames(Vec<Arc<Entry>>),
    /// The whole log, which replaces the replica.
    Log(FrameLog),
}

impl ReplicaOffset {
    /// Everything that the replica lacks.
    pub fn pending(&self, log: &FrameLog) -> Pending {
        if self.sent == Some(log.end()) {
            return Pending::Nothing;
        }
        match self.sent.and_then(|sent| log.since(sent)) {
            Some(entries) => Pending::Frames(entries),
            None => Pending::Log(log.clone()),
        }
    }

    /// Everything pending was sent.
    pub fn set_sent(&mut self, log: &FrameLog) {
        self.sent = Some(log.end());
    }

    /// The log was restarted: send the whole log again.
    pub fn recover(&mut self) {
        self.sent = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::realtime::log::samples::{entry, log_to, position};

    fn frames(pending: &Pending) -> Vec<Option<i64>> {
        match pending {
            Pending::Frames(entries) => entries.iter().map(|entry| entry.seq).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_replica_gets_the_log_once_and_then_what_it_lacks() {
        let (mut offset, mut log) = (ReplicaOffset::default(), log_to(3));
        assert!(matches!(offset.pending(&log), Pending::Log(_)));
        offset.set_sent(&log);
        assert!(matches!(offset.pending(&log), Pending::Nothing));
        log.append(entry(4, Instant::now()));
        log.append(entry(5, Instant::now()));
        assert_eq!(frames(&offset.pending(&log)), [Some(4), Some(5)]);
        offset.set_sent(&log);
        assert!(matches!(offset.pending(&log), Pending::Nothing));
    }

    #[test]
    fn a_replica_that_lags_or_was_reset_gets_the_whole_log() {
        let (mut offset, mut log) = (ReplicaOffset::default(), log_to(3));
        offset.set_sent(&log);
        log.restart(position(9), 0);
        assert!(matches!(offset.pending(&log), Pending::Log(_)));
        offset.set_sent(&log);
        offset.recover();
        assert!(matches!(offset.pending(&log), Pending::Log(_)));
    }
}
