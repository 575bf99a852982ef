//! Counts open requests and sockets, so that a shutdown can wait for them.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::http::limits::Permit;

/// The requests and sockets in flight, over all workers.
#[derive(Debug, Clone, Default)]
pub struct InFlight(TaskTracker);

impl InFlight {
    /// Counts one more until the token is dropped.
    pub(super) fn begin(&self) -> TaskTrackerToken {
        self.0.token()
    }

    /// Marks the server as stopping. Requests that still come are counted too.
    pub fn stop(&self) {
        self.0.close();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.0.is_closed()
    }

    /// Waits until nothing is in flight.
    pub async fn finished(&self) {
        self.stop();
        self.0.wait().await;
    }
}

/// A body that is in flight until it is sent or dropped. The body of an upgraded request lives as
/// long as its socket.
#[derive(Debug)]
pub struct Tracked<B> {
    body: Pin<Box<B>>,
    _token: Option<TaskTrackerToken>,
    _socket: Option<Permit>,
}

impl<B> Tracked<B> {
    pub(super) fn new(body: B, token: Option<TaskTrackerToken>, socket: Option<Permit>) -> Self {
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
