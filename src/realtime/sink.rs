//! How frames leave a worker.

use std::rc::Rc;
use std::time::Instant;

use super::direct::DirectSink;
use super::frame_log::FrameLog;
use super::outbox::Outbox;
use crate::metrics::Tally;

/// Which way frames leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkKind {
    /// Written to the socket itself, after the upgrade has handed it over.
    Direct,
    /// As the body of the upgrade's response.
    Response,
}

impl SinkKind {
    pub(super) fn sink(self) -> Box<dyn Sink> {
        match self {
            Self::Direct => Box::new(DirectSink::default()),
            Self::Response => Box::new(ResponseSink),
        }
    }
}

/// The outgoing side of a worker: takes one batch for all its sockets at a time, so that a sink may
/// submit all their writes together.
pub(super) trait Sink {
    /// New frames stand in the log; these readers may want them. What is sent is counted.
    fn deliver(
        &self,
        log: &FrameLog,
        readers: &mut dyn Iterator<Item = &'_ Rc<Outbox>>,
        tally: &Tally,
    );
}

/// Frames leave as the body of the upgrade's response: each reader is woken, and its body pulls
/// from the log while the socket takes bytes.
#[derive(Debug, Default)]
pub(super) struct ResponseSink;

impl Sink for ResponseSink {
    fn deliver(
        &self,
        _log: &FrameLog,
        readers: &mut dyn Iterator<Item = &'_ Rc<Outbox>>,
        _tally: &Tally,
    ) {
        let now = Instant::now();
        readers.for_each(|outbox| outbox.expect(now));
    }
}
