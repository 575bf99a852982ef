//! Between the socket and the session: nothing reaches the codec that it should not buffer.

mod bucket;
mod fragments;
mod frame_guard;
mod goodbye;

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
pub use fragments::{Fragments, Joined};
pub use frame_guard::FrameGuard;

/// Whether what a socket may send in a second is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimits {
    /// It is.
    On,
    /// Only sizes are: for load benchmarks and trusted networks.
    Off,
}

/// What the guard has seen, for the session that has to act on it.
#[derive(Debug, Clone, Default)]
pub struct Verdict(Rc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    refusal: RefCell<Option<Close>>,
    stirred: Cell<bool>,
}

impl Verdict {
    /// Why the guard refused, once.
    pub fn take(&self) -> Option<Close> {
        self.0.refusal.borrow_mut().take()
    }

    /// Whether bytes came since this was last asked, were they a whole frame or not.
    pub(super) fn stirred(&self) -> bool {
        self.0.stirred.take()
    }

    fn set(&self, close: Close) {
        *self.0.refusal.borrow_mut() = Some(close);
    }
}

/// The bytes of a socket up to the first frame that must not be taken; then one error.
///
/// A reader that takes in all that is ready before it looks at any of it, as that of
/// `actix-web-actors` does, would drop the frames before an error and buffer without bound. So after
/// each whole frame there is nothing ready, once: the reader holds one frame at most, and hears it
/// before the next is judged.
pub struct Guarded<S> {
    incoming: Pin<Box<S>>,
    guard: FrameGuard,
    verdict: Verdict,
    /// What came and was not handed on yet.
    rest: Bytes,
    /// A frame was handed on to its end.
    whole: bool,
    ended: bool,
}

impl<S> std::fmt::Debug for Guarded<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guarded")
            .field("guard", &self.guard)
            .field("rest", &self.rest.len())
            .finish_non_exhaustive()
    }
}

impl<S> Guarded<S> {
    /// Guards what comes from a socket. The reason of a refusal is left in `verdict`.
    pub fn new(incoming: S, limits: RateLimits, verdict: Verdict) -> Self {
        Self {
            incoming: Box::pin(incoming),
            guard: FrameGuard::new(limits, Instant::now()),
            verdict,
            rest: Bytes::new(),
            whole: false,
            ended: false,
        }
    }

    fn refuse(&mut self, close: Close) -> PayloadError {
        self.ended = true;
        self.rest.clear();
        self.verdict.set(close);
        // What kind of error is of no matter: the session asks the verdict.
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
        if std::mem::take(&mut this.whole) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while this.rest.is_empty() {
            match this.incoming.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    this.verdict.0.stirred.set(true);
                    this.rest = chunk;
                }
                Poll::Ready(Some(Err(error))) => {
                    // There is nobody left to be told why: a connection that breaks has ended.
                    log::debug!("a socket broke off: {error}");
                    this.ended = true;
                    return Poll::Ready(None);
                }
                end => return end,
            }
        }
        let read = this.guard.read_frame(&this.rest, Instant::now());
        this.whole = this.guard.is_between_frames();
        let read = read.map(|count| this.rest.split_to(count));
        Poll::Ready(Some(read.map_err(|close| this.refuse(close))))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use futures_util::task::noop_waker;

    use super::*;

    /// A masked text of so many bytes.
    fn text(length: u8) -> Vec<u8> {
        let mut bytes = vec![0x81, 0x80 | length, 0, 0, 0, 0];
        bytes.resize(bytes.len() + usize::from(length), b'a');
        bytes
    }

    /// What a reader gets who takes all that there is before it looks at any of it.
    fn taken(guarded: &mut Guarded<impl Stream<Item = Result<Bytes, PayloadError>>>) -> Vec<u8> {
        let waker = noop_waker();
        let mut cx = Context::from_waker(&waker);
        let mut taken = Vec::new();
        while let Poll::Ready(Some(Ok(bytes))) = Pin::new(&mut *guarded).poll_next(&mut cx) {
            taken.extend_from_slice(&bytes);
        }
        taken
    }

    #[test]
    fn a_frame_is_heard_before_the_next_is_judged() {
        for pieces in [
            vec![[text(3), text(4), vec![0xFF]].concat()],
            vec![text(3), text(4), vec![0xFF]],
            vec![text(3), [text(4), vec![0xFF]].concat()],
        ] {
            let pieces = pieces.into_iter().map(|piece| Ok(Bytes::from(piece)));
            let verdict = Verdict::default();
            let incoming = stream::iter(pieces);
            let mut guarded = Guarded::new(incoming, RateLimits::On, verdict.clone());
            assert_eq!(taken(&mut guarded), text(3));
            assert_eq!(taken(&mut guarded), text(4));
            assert_eq!(verdict.take(), None);
            assert_eq!(taken(&mut guarded), b"");
            assert_eq!(verdict.take(), Some(Close::ProtocolError));
        }
    }
}
