//! Messages to and between the hubs and the shards.

use std::sync::Arc;

use actix::{Message, Recipient};

use crate::catalogue::{self, Catalogue};
use crate::domain::cart::Cart;
use crate::domain::cart_transition::CartReason;
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::domain::position::Position;
use crate::protocol::frame::Frame;
use crate::realtime::log::{Entry, FrameLog};

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Products,
    Chat,
}

/// Committed changes, in order: from the change feed to a hub.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Publish(pub Vec<Change>);

/// A new state of a followed cart: from the shop to the product hub.
#[derive(Debug)]
pub struct CartUpdate {
    pub cart: Cart,
    /// Grows with every state of a cart, in the order in which the states were read.
    pub revision: u64,
    pub reason: CartReason,
}

/// Carts have changed; the updates of one cart are in order.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct NotifyCarts(pub Vec<CartUpdate>);

/// The change feed lost its position: older cursors are unknown from now on.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Reset {
    /// The position at which the feed goes on.
    pub base: Position,
    /// The sequence number of the newest message there.
    pub newest_seq: i64,
    /// All products there, for the hub of the products.
    pub products: Vec<Arc<catalogue::Entry>>,
}

/// Adds a shard, from a worker to a hub. Replied to once the log was sent to the shard.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Register(pub(crate) Recipient<ShardMessage>);

/// From a hub to a shard. One type for all, so that they arrive in the order they were sent and one
/// mailbox bound applies.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) enum ShardMessage {
    /// A whole log, for a new shard or after a restart, and the catalogue at its end.
    LoadLog {
        stream: Stream,
        log: FrameLog,
        catalogue: Option<Box<Catalogue>>,
    },
    /// The next frames.
    Deliver {
        stream: Stream,
        entries: Vec<Arc<Entry>>,
    },
    /// The server shuts down: close all sockets.
    CloseAll,
}

/// Replied to when all earlier messages to the actor have been handled.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Drained;

/// The server shuts down: from the application to the product hub.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CloseAll;

/// The product sockets of a worker: from a shard to the product hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub(crate) struct SocketCount {
    pub(crate) worker: u64,
    pub(crate) open: usize,
    /// All sockets since the worker started.
    pub(crate) ever: u64,
}

/// A session joins the chat. Replied to with the `users` frame.
#[derive(Debug, Message)]
#[rtype(result = "Frame")]
pub(crate) struct Join {
    pub(crate) session: u64,
    pub(crate) user: Email,
}

/// A session leaves the chat.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Leave {
    pub(crate) session: u64,
}
