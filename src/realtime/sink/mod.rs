//! How frames leave a worker: written straight to its sockets, or pulled by response bodies.

mod direct_socket;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};

use crate::metrics::SendStats;
use crate::realtime::log::FrameLog;
use crate::realtime::subscription::Subscription;

pub(crate) use direct_socket::{DirectSocket, Incoming, drive};

/// Frames for one socket are joined up to this many bytes, and written at once.
const MAX_JOINED_BYTES: usize = 64 << 10;

/// How the frames of a socket leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkKind {
    /// Written to the socket directly, once the upgrade has handed it over.
    Direct,
    /// Streamed as the body of the upgrade's response.
    Response,
}

/// A subscription and the socket that its frames go to.
pub(crate) struct Subscriber {
    pub(crate) subscription: Rc<Subscription>,
    /// `None` if a response body pulls the frames.
    socket: Option<Rc<DirectSocket>>,
}

impl Subscriber {
    pub(crate) fn new(subscription: Subscription, socket: Option<Rc<DirectSocket>>) -> Self {
        Self {
            subscription: Rc::new(subscription),
            socket,
        }
    }
}

/// The outgoing side of a worker. It gets one batch for all sockets at a time.
#[derive(Default)]
pub(crate) struct Sink {
    joined: RefCell<BytesMut>,
}

impl Sink {
    /// Writes new frames of the log to all free sockets, joined per socket: no response body, no
    /// buffers of the HTTP dispatcher, and no task to wake. The tasks of the others are woken; they
    /// pull from the log while their sockets take bytes. Counts what was sent in `stats`.
    pub(crate) fn deliver<'a>(
        &self,
        log: &FrameLog,
        subscribers: impl Iterator<Item = &'a Subscriber>,
        stats: &SendStats,
    ) {
        let now = Instant::now();
        for Subscriber {
            subscription,
            socket,
        } in subscribers
        {
            match socket {
                Some(socket) if socket.is_free() => {
                    let (frames, bytes) = self.send(log, subscription, socket, now);
                    stats.sent(frames, bytes);
                }
                _ => subscription.notify(now),
            }
        }
    }

    /// Returns the number of frames sent, and their bytes.
    fn send(
        &self,
        log: &FrameLog,
        subscription: &Subscription,
        socket: &DirectSocket,
        now: Instant,
    ) -> (u64, usize) {
        let Some(first) = subscription.pull(log, now) else {
            return (0, 0);
        };
        let (frames, bytes) = match subscription.pull(log, now) {
            None => (1, first),
            Some(second) => self.join(&first, &second, || subscription.pull(log, now)),
        };
        let length = bytes.len();
        if !socket.write(bytes) || subscription.cursor().is_behind(log) {
            subscription.notify(now);
        }
        (frames, length)
    }

    fn join(
        &self,
        first: &Bytes,
        second: &Bytes,
        next: impl Fn() -> Option<Bytes>,
    ) -> (u64, Bytes) {
        let mut frames = 2;
        let mut joined = self.joined.borrow_mut();
        // A panic may have left another socket's bytes.
        joined.clear();
        joined.extend_from_slice(first);
        joined.extend_from_slice(second);
        while joined.len() < MAX_JOINED_BYTES
            && let Some(next) = next()
        {
            joined.extend_from_slice(&next);
            frames += 1;
        }
        (frames, joined.split().freeze())
    }
}
