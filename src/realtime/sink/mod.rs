//! How frames leave a worker: written to the sockets directly, or as response bodies.

mod direct_sink;
mod direct_socket;
mod subscriber;

use std::time::Instant;

use crate::metrics::SendStats;
use crate::realtime::log::FrameLog;

use direct_sink::DirectSink;

pub(crate) use direct_socket::{DirectSocket, Incoming, drive};
pub(crate) use subscriber::Subscriber;

/// The kind of sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkKind {
    /// Writes to the socket directly, once the upgrade has handed it over.
    Direct,
    /// Streams frames as the body of the upgrade's response.
    Response,
}

impl SinkKind {
    pub(crate) fn sink(self) -> Box<dyn Sink> {
        match self {
            Self::Direct => Box::new(DirectSink::default()),
            Self::Response => Box::new(ResponseSink),
        }
    }
}

/// The outgoing side of a worker. It gets one batch for all sockets at a time, so that a sink may
/// submit all their writes together.
pub(crate) trait Sink {
    /// New frames are in the log. Counts what was sent in `stats`.
    fn deliver(
        &self,
        log: &FrameLog,
        subscribers: &mut dyn Iterator<Item = &'_ Subscriber>,
        stats: &SendStats,
    );
}

/// Wakes the response bodies, which pull from the log while their sockets take bytes.
struct ResponseSink;

impl Sink for ResponseSink {
    fn deliver(
        &self,
        _log: &FrameLog,
        subscribers: &mut dyn Iterator<Item = &'_ Subscriber>,
        _stats: &SendStats,
    ) {
        let now = Instant::now();
        subscribers.for_each(|subscriber| subscriber.subscription.notify(now));
    }
}
