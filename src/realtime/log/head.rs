//! The newest position of a stream, readable from any thread.

use tokio::sync::watch;

use super::frame_log::FrameLog;
use crate::domain::position::Position;

/// The end of a stream at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub cursor: Position,
    /// The sequence number of the newest message at that position.
    pub newest_seq: i64,
}

impl From<&FrameLog> for Head {
    fn from(log: &FrameLog) -> Self {
        Self {
            cursor: log.cursor().clone(),
            newest_seq: log.newest_seq(),
        }
    }
}

/// The head of a stream, kept current by its hub. A read of the store that starts after
/// [`StreamHead::get`] returned sees at least all changes up to that head.
#[derive(Debug, Clone)]
pub struct StreamHead(watch::Sender<Head>);

impl StreamHead {
    pub fn new(head: Head) -> Self {
        Self(watch::Sender::new(head))
    }

    pub fn get(&self) -> Head {
        self.0.borrow().clone()
    }

    pub(crate) fn set(&self, head: Head) {
        self.0.send_replace(head);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realtime::log::samples::{log_to, position};

    #[test]
    fn everyone_reads_the_newest_head() {
        let head = StreamHead::new(Head::from(&log_to(3)));
        let reader = head.clone();
        let first = Head {
            cursor: position(3),
            newest_seq: 3,
        };
        assert_eq!(reader.get(), first);
        let next = Head {
            cursor: position(4),
            newest_seq: 4,
        };
        head.set(next.clone());
        assert_eq!(reader.get(), next);
    }
}
