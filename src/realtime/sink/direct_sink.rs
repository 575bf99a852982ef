//! Frames written straight to the sockets: no response body, no buffers of the HTTP dispatcher, and
//! no task to wake for a broadcast.

use std::cell::RefCell;
use std::time::Instant;

use bytes::{Bytes, BytesMut};

use super::Sink;
use super::direct_socket::DirectSocket;
use super::subscriber::Subscriber;
use crate::metrics::SendStats;
use crate::realtime::log::FrameLog;
use crate::realtime::subscription::Subscription;

/// Frames for one socket are joined up to this many bytes, and written at once.
const MAX_JOINED_BYTES: usize = 64 << 10;

/// Writes each batch to all free sockets, joined per socket. The tasks of the other sockets are
/// woken; they go on when their sockets are writable.
#[derive(Default)]
pub(super) struct DirectSink {
    joined: RefCell<BytesMut>,
}

impl Sink for DirectSink {
    fn deliver(
        &self,
        log: &FrameLog,
        subscribers: &mut dyn Iterator<Item = &'_ Subscriber>,
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
}

impl DirectSink {
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
        if !socket.write(bytes) || subscription.is_behind(log) {
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
