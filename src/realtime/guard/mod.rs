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

/// What the guard and its session know of each other.
#[derive(Debug, Clone, Default)]
pub(super) struct Verdict(Rc<Known>);

#[derive(Debug, Default)]
struct Known {
    refusal: RefCell<Option<Close>>,
    heard: Cell<u64>,
    stirred: Cell<bool>,
}

impl Verdict {
    /// Why the guard refused, once; for the session, that has to say so.
    pub(super) fn take(&self) -> Option<Close> {
        self.0.refusal.borrow_mut().take()
    }

    /// The session has heard one more frame.
    pub(super) fn heard(&self) {
        self.0.heard.set(self.0.heard.get() + 1);
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
/// Nothing is read before the session has heard all that was read: the codec asks for more than it
/// has decoded, and would keep whatever a fast peer sends, or hear of a bad frame before the sound
/// ones in front of it.
pub(super) struct Guarded<S> {
    incoming: Pin<Box<S>>,
    guard: FrameGuard,
    verdict: Verdict,
    refusal: Option<Close>,
    ended: bool,
}

impl<S> Guarded<S> {
    pub(super) fn new(incoming: S, limits: RateLimits, verdict: Verdict) -> Self {
        Self {
            incoming: Box::pin(incoming),
            guard: FrameGuard::new(limits, Instant::now()),
            verdict,
            refusal: None,
            ended: false,
        }
    }

    fn refuse(&mut self, close: Close) -> Poll<Option<Result<Bytes, PayloadError>>> {
        self.ended = true;
        self.verdict.set(close);
        // What kind of error is of no matter: the session asks the verdict.
        Poll::Ready(Some(Err(PayloadError::Overflow)))
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
        if this.guard.whole() > this.verdict.0.heard.get() {
            // Whoever polls has a frame to decode, and polls again when that was heard.
            return Poll::Pending;
        }
        if let Some(close) = this.refusal.take() {
            return this.refuse(close);
        }
        let chunk = match this.incoming.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(chunk))) => chunk,
            Poll::Ready(Some(Err(error))) => {
                // There is nobody left to be told why: a connection that breaks has ended.
                log::debug!("a socket broke off: {error}");
                this.ended = true;
                return Poll::Ready(None);
            }
            end => return end,
        };
        this.verdict.0.stirred.set(true);
        match this.guard.feed(&chunk, Instant::now()) {
            Ok(()) => Poll::Ready(Some(Ok(chunk))),
            Err((0, close)) => this.refuse(close),
            Err((sound, close)) => {
                this.refusal = Some(close);
                Poll::Ready(Some(Ok(chunk.slice(..sound))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use futures_util::task::noop_waker_ref;

    use super::*;

    #[test]
    fn nothing_is_read_before_all_was_heard() {
        let ping = Bytes::from_static(&[0x89, 0x80, 1, 2, 3, 4]);
        let two = Bytes::from([&ping[..], &ping].concat());
        let chunks = [two.clone(), ping.slice(..4), ping.slice(4..), ping.clone()];
        let verdict = Verdict::default();
        let incoming = stream::iter(chunks.clone().map(Ok));
        let mut guarded = Guarded::new(incoming, RateLimits::On, verdict.clone());
        let mut poll = || {
            let mut context = Context::from_waker(noop_waker_ref());
            match Pin::new(&mut guarded).poll_next(&mut context) {
                Poll::Ready(Some(chunk)) => Some(chunk.expect("sound bytes")),
                Poll::Ready(None) => panic!("the end"),
                Poll::Pending => None,
            }
        };
        assert_eq!(poll().as_ref(), Some(&chunks[0]));
        assert_eq!(poll(), None);
        verdict.heard();
        assert_eq!(poll(), None, "one of two was heard");
        verdict.heard();
        // Half a frame cannot be heard: the rest is read at once.
        assert!(verdict.stirred());
        assert!(!verdict.stirred(), "nothing came since");
        assert_eq!(poll().as_ref(), Some(&chunks[1]));
        assert!(verdict.stirred(), "half a frame is a sign of life");
        assert_eq!(poll().as_ref(), Some(&chunks[2]));
        assert_eq!(poll(), None);
        verdict.heard();
        assert_eq!(poll().as_ref(), Some(&chunks[3]));
    }
}
