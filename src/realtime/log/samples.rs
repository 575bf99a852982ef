//! Logs for tests: frame `n` is at position `n` and has message `n`.

use std::sync::Arc;
use std::time::Instant;

use super::{Entry, FrameLog, Limits};
use crate::domain::position::Position;
use crate::protocol::frame::Frame;

pub(crate) fn position(n: u64) -> Position {
    Position::new(n.to_string()).expect("plain")
}

pub(crate) fn entry(n: u64, at: Instant) -> Arc<Entry> {
    let frame = Frame::text(n.to_string().as_bytes());
    Arc::new(Entry::chat(position(n), Some(n as i64), frame, at))
}

/// A log of the frames 1 to `newest`.
pub(crate) fn log_to(newest: u64) -> FrameLog {
    let mut log = FrameLog::new(position(0), 0, Limits::default());
    (1..=newest).for_each(|n| log.append(entry(n, Instant::now())));
    log
}
