//! Between the socket and the codec: refuses frames before the codec buffers them.

mod bucket;
mod close_frame;
mod fragments;
mod frame_guard;

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::Stream;

use crate::protocol::close::Close;

pub use bucket::Bucket;
pub use fragments::{Fragments, Reassembly};
pub use frame_guard::{FrameGuard, RateLimits};

/// Shared by a guard and its session, which acts on it.
#[derive(Debug, Clone, Default)]
pub struct GuardState(Rc<GuardFlags>);

#[derive(Debug, Default)]
struct GuardFlags {
    refusal: RefCell<Option<Close>>,
    activity: Cell<bool>,
}

impl GuardState {
    /// The reason of a refusal, once.
    pub fn take(&self) -> Option<Close> {
        self.0.refusal.borrow_mut().take()
    }

    /// Whether bytes arrived since the last call, even part of a frame.
    pub(super) fn take_activity(&self) -> bool {
        self.0.activity.take()
    }

    fn set(&self, close: Close) {
        *self.0.refusal.borrow_mut() = Some(close);
    }
}

/// The bytes of a socket up to the first refused frame; then one error.
///
/// The codec of `actix-web-actors` reads everything that is ready before it handles any of it. It
/// would drop the frames before an error, and buffer without bound. So after each whole frame the
/// stream is pending once: the codec holds one frame at most, and handles it before the next one is
/// checked.
pub struct Guarded<S> {
    incoming: Pin<Box<S>>,
    guard: FrameGuard,
    state: GuardState,
    /// Received and not passed on yet.
    rest: Bytes,
    /// A frame was passed on to its end.
    frame_done: bool,
    ended: bool,
}

impl<S> Guarded<S> {
    /// The reason of a refusal is left in `state`.
    pub fn new(incoming: S, limits: RateLimits, state: GuardState) -> Self {
        Self {
            incoming: Box::pin(incoming),
            guard: FrameGuard::new(limits, Instant::now()),
            state,
            rest: Bytes::new(),
            frame_done: false,
            ended: false,
        }
    }

    fn refuse(&mut self, close: Close) -> PayloadError {
        self.ended = true;
        self.rest.clear();
        self.state.set(close);
        // Any error will do: the session takes the reason from the state.
        PayloadError::Overflow
    }
}

impl<S> Stream for Guarded<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>>,
{
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        if std::mem::take(&mut this.frame_done) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while this.rest.is_empty() {
            match this.incoming.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    this.state.0.activity.set(true);
                    this.rest = chunk;
                }
                Poll::Ready(Some(Err(error))) => {
                    // A broken connection has no peer left to send a reason to.
                    log::debug!("socket closed abruptly: {error}");
                    this.ended = true;
                    return Poll::Ready(None);
                }
                end => return end,
            }
        }
        let read = this.guard.read_frame(&this.rest, Instant::now());
        this.frame_done = this.guard.is_between_frames();
        let read = read.map(|count| this.rest.split_to(count));
        Poll::Ready(Some(read.map_err(|close| this.refuse(close))))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use futures_util::task::noop_waker;

    use super::*;

    /// A masked text frame.
    fn text(length: u8) -> Vec<u8> {
        let mut bytes = vec![0x81, 0x80 | length, 0, 0, 0, 0];
        bytes.resize(bytes.len() + usize::from(length), b'a');
        bytes
    }

    /// Reads everything that is ready, as the codec does.
    fn read_ready(
        guarded: &mut Guarded<impl Stream<Item = Result<Bytes, PayloadError>>>,
    ) -> Vec<u8> {
        let waker = noop_waker();
        let mut cx = Context::from_waker(&waker);
        let mut read = Vec::new();
        while let Poll::Ready(Some(Ok(bytes))) = Pin::new(&mut *guarded).poll_next(&mut cx) {
            read.extend_from_slice(&bytes);
        }
        read
    }

    #[test]
    fn a_frame_is_handled_before_the_next_is_checked() {
        for chunks in [
            vec![[text(3), text(4), vec![0xFF]].concat()],
            vec![text(3), text(4), vec![0xFF]],
            vec![text(3), [text(4), vec![0xFF]].concat()],
        ] {
            let chunks = chunks.into_iter().map(|chunk| Ok(Bytes::from(chunk)));
            let state = GuardState::default();
            let incoming = stream::iter(chunks);
            let mut guarded = Guarded::new(incoming, RateLimits::On, state.clone());
            assert_eq!(read_ready(&mut guarded), text(3));
            assert_eq!(read_ready(&mut guarded), text(4));
            assert_eq!(state.take(), None);
            assert_eq!(read_ready(&mut guarded), b"");
            assert_eq!(state.take(), Some(Close::ProtocolError));
        }
    }
}
