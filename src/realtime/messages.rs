//! What the actors tell each other.

use std::sync::Arc;

use actix::{Addr, Message};

use super::entry::Entry;
use super::frame_log::FrameLog;
use super::shard::Shard;
use crate::domain::cart::Cart;
use crate::domain::cart_transition::CartReason;
use crate::domain::change::Change;
use crate::domain::email::Email;
use crate::domain::position::Position;
use crate::protocol::close::Close;
use crate::protocol::frame::Frame;

/// Which of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Products.
    Products,
    /// The chat.
    Chat,
}

/// Committed changes, in order: from the feed to a hub.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Publish(pub Vec<Change>);

/// A state of a cart that its followers must be told: from the shop to the product hub.
#[derive(Debug)]
pub struct CartNews {
    /// The cart as it was read.
    pub cart: Cart,
    /// Grows from state to state, in the order in which they were read.
    pub revision: u64,
    /// What happened to it.
    pub reason: CartReason,
}

/// Carts have changed, each in its own order.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct TellCarts(pub Vec<CartNews>);

/// The feed lost its place: everything older is unknown from now on.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Reset {
    /// The place where the feed goes on.
    pub base: Position,
    /// The sequence number of the newest message there.
    pub newest_seq: i64,
}

/// A shard wants to be told: from a worker to a hub. Answered when the shard has the log.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Register(pub(crate) Addr<Shard>);

/// A whole log: from a hub to a new shard, or to all when the log began anew.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Load {
    pub(crate) stream: Stream,
    pub(crate) log: FrameLog,
}

/// The next frames: from a hub to a shard.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Deliver {
    pub(crate) stream: Stream,
    pub(crate) entries: Vec<Arc<Entry>>,
}

/// Has the actor worked off what was sent before?
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Settled;

/// Every socket must close: from the application to a hub, from there to the shards.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CloseAll;

/// How many product sockets a worker has, and has had: from a shard to the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub(crate) struct SocketCount {
    pub(crate) worker: u64,
    pub(crate) open: usize,
    pub(crate) ever: u64,
}

/// Somebody takes part in the chat: from a session to the room. Answered with the `users` frame.
#[derive(Debug, Message)]
#[rtype(result = "Frame")]
pub(crate) struct Join {
    pub(crate) session: u64,
    pub(crate) user: Email,
}

/// A session takes no part any more: from a session to the room.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Leave {
    pub(crate) session: u64,
}

/// Close this socket: from outside to its session.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub(crate) struct CloseSocket(pub(crate) Close);

/// The log moved past the reader's cursor: from its outbox to its session.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Lapsed;
