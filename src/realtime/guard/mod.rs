//! Between the socket and the session: nothing reaches the codec that it should not buffer.

mod bucket;
mod fragments;
mod frame_guard;

use std::cell::RefCell;
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

/// Why the guard refused, for the session that has to say so.
#[derive(Debug, Clone, Default)]
pub(super) struct Verdict(Rc<RefCell<Option<Close>>>);

impl Verdict {
    /// The refusal, once.
    pub(super) fn take(&self) -> Option<Close> {
        self.0.borrow_mut().take()
    }

    fn set(&self, close: Close) {
        *self.0.borrow_mut() = Some(close);
    }
}

/// The bytes of a socket up to the first frame that must not be taken; then one error.
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
        if let Some(close) = this.refusal.take() {
            return this.refuse(close);
        }
        let chunk = match this.incoming.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(chunk))) => chunk,
            other => return other,
        };
        match this.guard.feed(&chunk, Instant::now()) {
            Ok(()) => Poll::Ready(Some(Ok(chunk))),
            Err((0, close)) => this.refuse(close),
            Err((sound, close)) => {
                // Whole frames before the bad one are heard first.
                this.refusal = Some(close);
                Poll::Ready(Some(Ok(chunk.slice(..sound))))
            }
        }
    }
}
