//! What one socket still has to send: a cursor into its stream's log.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::task::Waker;
use std::time::{Duration, Instant};

use actix::Recipient;
use bytes::Bytes;

use super::direct::DirectSocket;
use super::entry::Entry;
use super::frame_log::FrameLog;
use super::messages::{CloseSocket, Lapsed};
use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::protocol::close::Close;

/// How long frames may wait before a reader is slow.
const SLOW_AFTER: Duration = Duration::from_secs(2);

/// A reader of a stream. Live, resuming and slow readers differ only in where their cursor stands;
/// a reader that stopped costs this cursor, not a copy of what it missed.
pub struct Outbox {
    /// The index of the next frame; `None` while the socket must not be sent the stream.
    next: Cell<Option<u64>>,
    /// Passing frames before this index are not for this reader.
    live_from: Cell<u64>,
    /// The newest place that this reader was brought to.
    reached: RefCell<Position>,
    /// The newest place that stood in a frame that it was sent.
    told: RefCell<Position>,
    /// The products that it asked for; `None` for all.
    only: Option<HashSet<ProductId>>,
    /// Since when frames wait that the socket does not take.
    waiting_since: Cell<Option<Instant>>,
    /// The socket took a frame since the session last asked.
    took: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    /// The socket itself, where frames are written to it directly.
    socket: RefCell<Option<Rc<DirectSocket>>>,
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
            told: RefCell::new(reached.clone()),
            reached: RefCell::new(reached),
            only,
            waiting_since: Cell::new(None),
            took: Cell::new(false),
            waker: RefCell::new(None),
            socket: RefCell::new(None),
            session: RefCell::new(None),
        }
    }

    /// Lets the sink write to the socket itself.
    pub(super) fn connect(&self, socket: Rc<DirectSocket>) {
        *self.socket.borrow_mut() = Some(socket);
    }

    /// The socket that the sink may write to.
    pub(super) fn socket(&self) -> Option<Rc<DirectSocket>> {
        self.socket.borrow().clone()
    }

    /// Whether there is more in the log than this reader was given.
    pub(super) fn is_behind(&self, log: &FrameLog) -> bool {
        self.next.get().is_some_and(|next| next < log.end())
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

    /// Notes that the reader was brought to a place, and told so, by other means than the log.
    pub(super) fn set_reached(&self, position: Position) {
        *self.told.borrow_mut() = position.clone();
        *self.reached.borrow_mut() = position;
    }

    /// A place that the reader has reached without having been told any frame of it, as happens
    /// when all that was new concerned products that it did not ask for.
    pub(super) fn untold(&self) -> Option<Position> {
        let reached = self.reached.borrow();
        (*reached != *self.told.borrow()).then(|| reached.clone())
    }

    /// Whether the socket took anything since the last call: a sign of life.
    pub(super) fn took(&self) -> bool {
        self.took.take()
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
        if self.next.get().is_none() {
            return;
        }
        if self.waiting_since.get().is_none() {
            self.waiting_since.set(Some(Instant::now()));
        }
        if let Some(waker) = self.waker.borrow().as_ref() {
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
        let slow = self.is_slow();
        let mut found = None;
        while let (None, Some(entry)) = (&found, log.get(index)) {
            let skipped = slow && log.is_superseded(index);
            if !skipped && self.wants(entry, index) {
                found = Some(entry.frame.bytes().clone());
            }
            if let Some(position) = &entry.position {
                *self.reached.borrow_mut() = position.clone();
                if found.is_some() {
                    *self.told.borrow_mut() = position.clone();
                }
            }
            index += 1;
        }
        self.next.set(Some(index));
        if found.is_some() {
            self.took.set(true);
        } else {
            self.waiting_since.set(None);
        }
        found
    }

    /// Whether the reader is behind for so long that it gets the newest frame of each product
    /// instead of all. It is until it has caught up.
    fn is_slow(&self) -> bool {
        let waiting = self.waiting_since.get();
        waiting.is_some_and(|since| since.elapsed() > SLOW_AFTER)
    }

    fn wants(&self, entry: &Entry, index: u64) -> bool {
        if entry.position.is_none() {
            return index >= self.live_from.get();
        }
        match (&self.only, entry.product) {
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
    fn a_slow_reader_gets_the_newest_frame_of_each_product() {
        let (outbox, mut log) = (Outbox::new(position(0), None), log());
        let again = Frame::text(b"1 again");
        log.append(Arc::new(Entry::product(
            position(5),
            product(1),
            again,
            Instant::now(),
        )));
        outbox.open(0, log.end());
        outbox
            .waiting_since
            .set(Instant::now().checked_sub(SLOW_AFTER * 2));
        assert_eq!(read(&outbox, &log), ["2", "3", "4", "1 again"]);
        outbox.open(0, log.end());
        assert_eq!(
            read(&outbox, &log),
            ["1", "2", "3", "4", "1 again"],
            "it has caught up"
        );
    }

    #[test]
    fn a_place_without_a_frame_is_untold() {
        let only = Some(HashSet::from([product(2)]));
        let (outbox, log) = (Outbox::new(position(0), only), log());
        outbox.open(0, log.end());
        outbox.pull(&log);
        assert_eq!(outbox.untold(), None, "2 was told");
        outbox.pull(&log);
        assert_eq!(outbox.untold(), Some(position(4)));
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
