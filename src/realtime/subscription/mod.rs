//! Everything that goes out to one socket from its stream: a log cursor, a filter, paused or not.

mod chat_catch_up;
mod log_cursor;
mod product_catch_up;
mod resume_point;

use std::cell::{Cell, RefCell, RefMut};
use std::task::Waker;
use std::time::Instant;

use actix::{Message, Recipient};
use bytes::Bytes;

use crate::domain::position::Position;
use crate::protocol::close::Close;
use crate::realtime::log::FrameLog;

pub use chat_catch_up::ChatCatchUp;
pub use log_cursor::{LogCursor, Pulled};
pub use product_catch_up::{CatchUpStep, ProductCatchUp};
pub use resume_point::ResumePoint;

/// From a subscription to its session.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) enum SessionMessage {
    /// Close the socket.
    Close(Close),
    /// The log no longer has the next frame.
    Lagged,
}

/// A shell around a [`LogCursor`], shared by the session, its body and the worker's sink.
pub struct Subscription {
    log_cursor: RefCell<LogCursor>,
    /// Whether the socket accepted a frame since the session last asked.
    progress: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    session: RefCell<Option<Recipient<SessionMessage>>>,
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

    /// The cursor, borrowed: the caller drops it before it calls the subscription again.
    pub(crate) fn cursor(&self) -> RefMut<'_, LogCursor> {
        self.log_cursor.borrow_mut()
    }

    pub(crate) fn attach(&self, session: Recipient<SessionMessage>) {
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
            Some(session) => drop(session.try_send(SessionMessage::Close(close))),
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
                if let Some(session) = self.session.borrow().as_ref() {
                    let _ = session.try_send(SessionMessage::Lagged);
                }
                None
            }
        }
    }
}
