//! Messages from a subscription to its session.

use actix::{Message, Recipient};

use crate::protocol::close::Close;

/// Asks a session to close its socket.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub(crate) struct CloseSocket(pub(crate) Close);

/// The log no longer has the next frame of the subscription.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Lagged;

/// The session of a subscription.
pub(crate) struct SessionHandle {
    pub(crate) close: Recipient<CloseSocket>,
    pub(crate) lagged: Recipient<Lagged>,
}
