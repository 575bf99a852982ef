//! Everything that goes out to one socket from its stream: a log cursor, a filter, paused or not.

mod chat_catch_up;
mod log_cursor;
mod product_catch_up;
mod resume_point;
mod session_handle;

use std::cell::{Cell, RefCell};
use std::task::Waker;
use std::time::Instant;

use bytes::Bytes;

use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::protocol::close::Close;
use crate::realtime::log::{CartFilter, FrameLog};

pub use chat_catch_up::ChatCatchUp;
pub use log_cursor::{LogCursor, Pulled};
pub use product_catch_up::{CatchUpStep, ProductCatchUp};
pub use resume_point::ResumePoint;
pub(crate) use session_handle::{CloseSocket, Lagged, SessionHandle};

/// A shell around a [`LogCursor`], shared by the session, its body and the worker's sink.
pub struct Subscription {
    log_cursor: RefCell<LogCursor>,
    /// Whether the socket accepted a frame since the session last asked.
    progress: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    session: RefCell<Option<SessionHandle>>,
    /// A close from before the session was attached.
    closing: RefCell<Option<Close>>,
}

impl Subscription {
    pub(crate) fn new(log_cursor: LogCursor) -> Self {
        Self {
            log_cursor: RefCell::new(log_cursor),
            progress: Cell::new(false),
            waker: RefCell::new(None),
            session: RefCell::new(None),
            closing: RefCell::new(None),
        }
    }

    /// See [`LogCursor::follow`].
    pub(crate) fn follow(&self, filter: &CartFilter) {
        self.log_cursor.borrow_mut().follow(filter);
    }

    pub(crate) fn attach(&self, session: SessionHandle) {
        *self.session.borrow_mut() = Some(session);
        if let Some(close) = self.closing.take() {
            self.close(close);
        }
    }

    /// See [`LogCursor::unpause`].
    pub(crate) fn unpause(&self, next: u64, live_from: u64) {
        self.log_cursor
            .borrow_mut()
            .unpause(next, live_from, Instant::now());
        self.wake();
    }

    /// See [`LogCursor::pause`].
    pub(crate) fn pause(&self) {
        self.log_cursor.borrow_mut().pause();
    }

    /// See [`LogCursor::reached`].
    pub(crate) fn reached(&self, log: &FrameLog) -> Option<Position> {
        self.log_cursor.borrow().reached(log)
    }

    /// See [`LogCursor::unsent`]; the caller sends the position.
    pub(crate) fn take_unsent(&self, log: &FrameLog) -> Option<Position> {
        let mut log_cursor = self.log_cursor.borrow_mut();
        let unsent = log_cursor.unsent(log);
        log_cursor.set_acknowledged();
        unsent
    }

    /// Whether the socket accepted a frame since the last call.
    pub(crate) fn take_progress(&self) -> bool {
        self.progress.take()
    }

    /// The products of the filter; `None` for all.
    pub(crate) fn only(&self) -> Option<Vec<ProductId>> {
        let log_cursor = self.log_cursor.borrow();
        log_cursor.only().map(|only| only.iter().copied().collect())
    }

    /// See [`LogCursor::is_behind`].
    pub(crate) fn is_behind(&self, log: &FrameLog) -> bool {
        self.log_cursor.borrow().is_behind(log)
    }

    /// See [`LogCursor::is_slow`].
    pub(crate) fn is_slow(&self, now: Instant) -> bool {
        self.log_cursor.borrow().is_slow(now)
    }

    /// See [`LogCursor::take_conflated`].
    pub(crate) fn take_conflated(&self) -> u64 {
        self.log_cursor.borrow_mut().take_conflated()
    }

    /// Sets the task that [`Subscription::notify`] wakes.
    pub(crate) fn set_waker(&self, waker: &Waker) {
        let mut slot = self.waker.borrow_mut();
        if !slot.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *slot = Some(waker.clone());
        }
    }

    /// Wakes the socket's task for new frames, unless the subscription is paused.
    pub(crate) fn notify(&self, now: Instant) {
        if self.log_cursor.borrow_mut().mark_pending(now) {
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }

    /// Asks the session to close, as soon as it is attached. A session with a full mailbox is
    /// closing or stuck already.
    pub(crate) fn close(&self, close: Close) {
        match self.session.borrow().as_ref() {
            Some(session) => drop(session.close.try_send(CloseSocket(close))),
            None => *self.closing.borrow_mut() = Some(close),
        }
    }

    /// Takes the next frame. If the cursor lags, the session is notified and decides how to go on.
    pub(crate) fn pull(&self, log: &FrameLog, now: Instant) -> Option<Bytes> {
        let pulled = self.log_cursor.borrow_mut().pull(log, now);
        match pulled {
            Pulled::Frame(entry) => {
                self.progress.set(true);
                Some(entry.frame.bytes().clone())
            }
            Pulled::Nothing => None,
            Pulled::Lagged => {
                self.notify_lagged();
                None
            }
        }
    }

    fn notify_lagged(&self) {
        if let Some(session) = self.session.borrow().as_ref() {
            let _ = session.lagged.try_send(Lagged);
        }
    }
}
