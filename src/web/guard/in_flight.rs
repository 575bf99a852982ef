//! Counts requests and sockets under way, so that a stop can wait for them.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::limits::Place;

/// What is under way, over all workers.
#[derive(Debug, Clone, Default)]
pub struct InFlight(TaskTracker);

impl InFlight {
    /// Something begins; it ends when the token is dropped.
    pub(super) fn begin(&self) -> TaskTrackerToken {
        self.0.token()
    }

    /// From now on the server is about to end; what is under way is still counted, and what begins.
    pub fn stop(&self) {
        self.0.close();
    }

    /// Whether it is.
    pub(in crate::web) fn is_stopping(&self) -> bool {
        self.0.is_closed()
    }

    /// Waits until nothing is under way.
    pub async fn finished(&self) {
        self.stop();
        self.0.wait().await;
    }
}

/// A body that is under way until it was sent whole or given up. The body of an upgraded request
/// lasts as long as its socket.
#[derive(Debug)]
pub struct Tracked<B> {
    body: Pin<Box<B>>,
    _token: Option<TaskTrackerToken>,
    _socket: Option<Place>,
}

impl<B> Tracked<B> {
    pub(super) fn new(body: B, token: Option<TaskTrackerToken>, socket: Option<Place>) -> Self {
        Self {
            body: Box::pin(body),
            _token: token,
            _socket: socket,
        }
    }
}

impl<B: MessageBody> MessageBody for Tracked<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.body.as_mut().poll_next(cx)
    }
}
