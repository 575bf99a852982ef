//! What one socket still has to send: a cursor into its stream's log.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::task::Waker;

use actix::Recipient;
use bytes::Bytes;

use super::frame_log::FrameLog;
use super::messages::{CloseSocket, Lapsed};
use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::protocol::close::Close;

/// A reader of a stream. Live, resuming and slow readers differ only in where their cursor stands;
/// a reader that stopped costs this cursor, not a copy of what it missed.
pub struct Outbox {
    /// The index of the next frame; `None` while the socket must not be sent the stream.
    next: Cell<Option<u64>>,
    /// Passing frames before this index are not for this reader.
    live_from: Cell<u64>,
    /// The newest place that this reader was brought to.
    reached: RefCell<Position>,
    /// The products that it asked for; `None` for all.
    only: Option<HashSet<ProductId>>,
    waker: RefCell<Option<Waker>>,
    session: RefCell<Option<SessionDoor>>,
}

/// How to reach the session from outside.
pub(super) struct SessionDoor {
    pub(super) close: Recipient<CloseSocket>,
    pub(super) lapsed: Recipient<Lapsed>,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox")
            .field("next", &self.next)
            .field("reached", &self.reached)
            .finish_non_exhaustive()
    }
}

impl Outbox {
    /// A closed outbox of a reader that is at `reached`.
    pub(super) fn new(reached: Position, only: Option<HashSet<ProductId>>) -> Self {
        Self {
            next: Cell::new(None),
            live_from: Cell::new(0),
            reached: RefCell::new(reached),
            only,
            waker: RefCell::new(None),
            session: RefCell::new(None),
        }
    }

    pub(super) fn attach(&self, door: SessionDoor) {
        *self.session.borrow_mut() = Some(door);
    }

    /// Sends the stream from an index on; passing frames only from `live_from`.
    pub(super) fn open(&self, next: u64, live_from: u64) {
        self.next.set(Some(next));
        self.live_from.set(live_from);
        self.wake();
    }

    /// Sends nothing more of the stream.
    pub(super) fn shut(&self) {
        self.next.set(None);
    }

    /// The newest place that the reader was brought to.
    pub(super) fn reached(&self) -> Position {
        self.reached.borrow().clone()
    }

    /// Notes that the reader was brought to a place by other means than the log.
    pub(super) fn set_reached(&self, position: Position) {
        *self.reached.borrow_mut() = position;
    }

    /// The products that the reader asked for.
    pub(super) fn only(&self) -> Option<&HashSet<ProductId>> {
        self.only.as_ref()
    }

    /// Where the reader waits for frames.
    pub(super) fn set_waker(&self, waker: &Waker) {
        let mut slot = self.waker.borrow_mut();
        if !slot.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *slot = Some(waker.clone());
        }
    }

    /// Tells the reader that there may be frames.
    pub(super) fn wake(&self) {
        if self.next.get().is_some()
            && let Some(waker) = self.waker.borrow().as_ref()
        {
            waker.wake_by_ref();
        }
    }

    /// Asks the session to close; one whose mailbox is full is closing or stuck already.
    pub(super) fn close(&self, close: Close) {
        if let Some(door) = self.session.borrow().as_ref() {
            let _ = door.close.try_send(CloseSocket(close));
        }
    }

    /// The next frame for this reader, if there is one now.
    pub(super) fn pull(&self, log: &FrameLog) -> Option<Bytes> {
        let mut index = self.next.get()?;
        if index < log.first() {
            self.lapse();
            return None;
        }
        let mut found = None;
        while let (None, Some(entry)) = (&found, log.get(index)) {
            index += 1;
            match &entry.position {
                Some(position) => {
                    *self.reached.borrow_mut() = position.clone();
                    found = self
                        .wants(entry.product)
                        .then(|| entry.frame.bytes().clone());
                }
                None => {
                    found = (index > self.live_from.get()).then(|| entry.frame.bytes().clone());
                }
            }
        }
        self.next.set(Some(index));
        found
    }

    fn wants(&self, product: Option<ProductId>) -> bool {
        match (&self.only, product) {
            (Some(only), Some(product)) => only.contains(&product),
            _ => true,
        }
    }

    /// The log has moved past the cursor: the session decides how to go on.
    fn lapse(&self) {
        self.shut();
        if let Some(door) = self.session.borrow().as_ref() {
            let _ = door.lapsed.try_send(Lapsed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::super::entry::Entry;
    use super::super::frame_log::Limits;
    use super::*;
    use crate::protocol::frame::Frame;

    fn position(n: u8) -> Position {
        Position::new(n.to_string()).expect("plain")
    }

    fn product(n: u8) -> ProductId {
        ProductId::from_bytes([n; 12])
    }

    /// A log of product frames 1 to 4, with a passing frame between 2 and 3.
    fn log() -> FrameLog {
        let now = Instant::now();
        let mut log = FrameLog::new(position(0), 0, Limits::default());
        let frame = |n: u8| Frame::text(&[b'0' + n]);
        for n in 1..=4 {
            log.append(Arc::new(Entry::product(
                position(n),
                product(n),
                frame(n),
                now,
            )));
            if n == 2 {
                log.append(Arc::new(Entry::passing(Frame::text(b"passing"), now)));
            }
        }
        log
    }

    fn read(outbox: &Outbox, log: &FrameLog) -> Vec<String> {
        std::iter::from_fn(|| outbox.pull(log))
            .map(|bytes| String::from_utf8_lossy(&bytes[2..]).into_owned())
            .collect()
    }

    #[test]
    fn a_closed_outbox_sends_nothing() {
        assert_eq!(read(&Outbox::new(position(0), None), &log()), [""; 0]);
    }

    #[test]
    fn a_resumed_reader_gets_what_it_missed_without_passing_frames() {
        let (outbox, log) = (Outbox::new(position(1), None), log());
        outbox.open(1, log.end());
        assert_eq!(read(&outbox, &log), ["2", "3", "4"]);
        assert_eq!(outbox.reached(), position(4));
    }

    #[test]
    fn a_live_reader_gets_passing_frames_too() {
        let (outbox, log) = (Outbox::new(position(0), None), log());
        outbox.open(0, 0);
        assert_eq!(read(&outbox, &log), ["1", "2", "passing", "3", "4"]);
    }

    #[test]
    fn a_filter_skips_frames_but_not_their_places() {
        let only = Some(HashSet::from([product(2)]));
        let (outbox, log) = (Outbox::new(position(0), only), log());
        outbox.open(0, log.end());
        assert_eq!(read(&outbox, &log), ["2"]);
        assert_eq!(outbox.reached(), position(4));
    }

    #[test]
    fn a_reader_behind_the_log_is_shut() {
        let (outbox, mut log) = (Outbox::new(position(0), None), log());
        outbox.open(0, 0);
        log.restart(position(9));
        assert_eq!(outbox.pull(&log), None);
        assert_eq!(outbox.next.get(), None);
    }
}
