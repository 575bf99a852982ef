//! The output of one socket: what its session sends, then the frames of its stream.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::task::AtomicWaker;

use crate::realtime::fanout::{Membership, WorkerStream};
use crate::realtime::sink::Subscriber;
use crate::realtime::subscription::Subscription;

/// Frames for this socket only, control frames, and the end.
type ActorOutput = Pin<Box<dyn Stream<Item = Result<Bytes, actix_web::Error>>>>;

/// Merges the actor's output with the frames of its stream. The actor is polled only when it was
/// woken itself: a broadcast to thousands of sockets wakes their bodies, and polling every actor
/// for it would cost more than the write.
pub(super) struct SessionBody {
    actor: ActorOutput,
    actor_woken: Arc<ActorWaker>,
    actor_waker: Waker,
    subscription: Rc<Subscription>,
    stream: Rc<WorkerStream>,
    _membership: Membership,
}

impl SessionBody {
    pub(super) fn new(
        actor: impl Stream<Item = Result<Bytes, actix_web::Error>> + 'static,
        subscriber: Subscriber,
        stream: Rc<WorkerStream>,
    ) -> Self {
        let actor_woken = Arc::new(ActorWaker {
            // The first poll starts the actor.
            woken: AtomicBool::new(true),
            connection: AtomicWaker::new(),
        });
        Self {
            actor: Box::pin(actor),
            actor_waker: Waker::from(Arc::clone(&actor_woken)),
            actor_woken,
            subscription: Rc::clone(&subscriber.subscription),
            _membership: stream.join(subscriber),
            stream,
        }
    }
}

impl Stream for SessionBody {
    type Item = Result<Bytes, actix_web::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let body = self.get_mut();
        body.subscription.set_waker(cx.waker());
        body.actor_woken.connection.register(cx.waker());
        if body.actor_woken.woken.swap(false, Ordering::AcqRel) {
            let mut actor_cx = Context::from_waker(&body.actor_waker);
            let polled = body.actor.as_mut().poll_next(&mut actor_cx);
            if polled.is_ready() {
                // The actor may have more output, for which nothing wakes it.
                body.actor_woken.woken.store(true, Ordering::Release);
                return polled;
            }
        }
        match body
            .stream
            .log()
            .and_then(|log| body.subscription.pull(&log, Instant::now()))
        {
            Some(frame) => {
                body.stream.send_stats().sent(1, frame.len());
                Poll::Ready(Some(Ok(frame)))
            }
            None => Poll::Pending,
        }
    }
}

/// Wakes the connection, and records that the actor needs a poll.
struct ActorWaker {
    woken: AtomicBool,
    connection: AtomicWaker,
}

impl Wake for ActorWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.connection.wake();
    }
}
