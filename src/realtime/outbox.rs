//! What one socket still has to send: its reader, and the ways to wake it and its session.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::task::Waker;
use std::time::Instant;

use actix::Recipient;
use bytes::Bytes;

use super::direct::DirectSocket;
use super::entry::CartMark;
use super::frame_log::FrameLog;
use super::messages::{CloseSocket, Lapsed};
use super::reader::{Pulled, Reader};
use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::protocol::close::Close;

/// A shell around a [`Reader`], shared by the session, its body and the worker's sink.
pub struct Outbox {
    reader: RefCell<Reader>,
    /// The socket took a frame since the session last asked.
    took: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    /// The socket itself, where frames are written to it directly.
    socket: RefCell<Option<Rc<DirectSocket>>>,
    session: RefCell<Option<SessionDoor>>,
    /// Why the session is to close as soon as it has a door.
    doomed: RefCell<Option<Close>>,
}

/// How to reach the session from outside.
pub(super) struct SessionDoor {
    pub(super) close: Recipient<CloseSocket>,
    pub(super) lapsed: Recipient<Lapsed>,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox")
            .field("reader", &self.reader)
            .finish_non_exhaustive()
    }
}

impl Outbox {
    pub(super) fn new(reader: Reader) -> Self {
        Self {
            reader: RefCell::new(reader),
            took: Cell::new(false),
            waker: RefCell::new(None),
            socket: RefCell::new(None),
            session: RefCell::new(None),
            doomed: RefCell::new(None),
        }
    }

    /// See [`Reader::follow`].
    pub(super) fn follow(&self, mark: &CartMark) {
        self.reader.borrow_mut().follow(mark);
    }

    /// Lets the sink write to the socket itself.
    pub(super) fn connect(&self, socket: Rc<DirectSocket>) {
        *self.socket.borrow_mut() = Some(socket);
    }

    /// The socket that the sink may write to.
    pub(super) fn socket(&self) -> Option<Rc<DirectSocket>> {
        self.socket.borrow().clone()
    }

    pub(super) fn attach(&self, door: SessionDoor) {
        *self.session.borrow_mut() = Some(door);
        if let Some(close) = self.doomed.take() {
            self.close(close);
        }
    }

    /// See [`Reader::open`].
    pub(super) fn open(&self, next: u64, live_from: u64) {
        self.reader
            .borrow_mut()
            .open(next, live_from, Instant::now());
        self.wake();
    }

    /// See [`Reader::shut`].
    pub(super) fn shut(&self) {
        self.reader.borrow_mut().shut();
    }

    /// See [`Reader::reached`].
    pub(super) fn reached(&self, log: &FrameLog) -> Option<Position> {
        self.reader.borrow().reached(log)
    }

    /// See [`Reader::untold`]; the place is told now.
    pub(super) fn take_untold(&self, log: &FrameLog) -> Option<Position> {
        let mut reader = self.reader.borrow_mut();
        let untold = reader.untold(log);
        reader.set_told();
        untold
    }

    /// Whether the socket took anything since the last call: a sign of life.
    pub(super) fn took(&self) -> bool {
        self.took.take()
    }

    /// The products that the reader asked for.
    pub(super) fn only(&self) -> Option<HashSet<ProductId>> {
        self.reader.borrow().only().cloned()
    }

    /// See [`Reader::is_behind`].
    pub(super) fn is_behind(&self, log: &FrameLog) -> bool {
        self.reader.borrow().is_behind(log)
    }

    /// See [`Reader::is_slow`].
    pub(super) fn is_slow(&self, now: Instant) -> bool {
        self.reader.borrow().is_slow(now)
    }

    /// See [`Reader::take_spared`].
    pub(super) fn take_spared(&self) -> u64 {
        self.reader.borrow_mut().take_spared()
    }

    /// Where the reader waits for frames.
    pub(super) fn set_waker(&self, waker: &Waker) {
        let mut slot = self.waker.borrow_mut();
        if !slot.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *slot = Some(waker.clone());
        }
    }

    /// Tells the reader that there are frames.
    pub(super) fn expect(&self, now: Instant) {
        if self.reader.borrow_mut().expect(now) {
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    /// Asks the session to close, as soon as it runs; one whose mailbox is full is closing or stuck already.
    pub(super) fn close(&self, close: Close) {
        match self.session.borrow().as_ref() {
            Some(door) => drop(door.close.try_send(CloseSocket(close))),
            None => *self.doomed.borrow_mut() = Some(close),
        }
    }

    /// The next frame for this reader, if there is one now.
    pub(super) fn pull(&self, log: &FrameLog, now: Instant) -> Option<Bytes> {
        let pulled = self.reader.borrow_mut().pull(log, now);
        match pulled {
            Pulled::Frame(entry) => {
                self.took.set(true);
                Some(entry.frame.bytes().clone())
            }
            Pulled::Nothing => None,
            Pulled::Lapsed => {
                self.tell_lapsed();
                None
            }
        }
    }

    /// The session decides how to go on.
    fn tell_lapsed(&self) {
        if let Some(door) = self.session.borrow().as_ref() {
            let _ = door.lapsed.try_send(Lapsed);
        }
    }
}
