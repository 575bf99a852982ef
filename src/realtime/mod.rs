//! The realtime engine: actors that bring every change to every open page, without storage or
//! routes.
//!
//! A hub ([`ProductHub`], [`ChatRoom`]) owns the order of its stream: it encodes each change once,
//! keeps it in its [`FrameLog`] and sends it to the [`Shard`] of every worker, once per batch. A
//! [`Session`] is the actor of one socket; what it sends of the stream comes from its
//! [`Subscription`], a cursor into the worker's replica of the log that is pulled while the socket
//! takes bytes.
//!
//! Imports go one way: `log` <- `subscription` <- `sink` <- `fanout` <- `session`.

mod fanout;
mod log;
#[cfg(test)]
mod panic_tests;
mod session;
mod sink;
mod subscription;

pub use fanout::{
    CartUpdate, ChatRoom, CloseAll, DeliveryProgress, Hubs, NotifyCarts, Pending, Presence,
    PresenceEvent, ProductHub, Publish, ReplicaOffset, Reset, Shard, Worker, WorkerStream,
};
pub use log::{CartFilter, Entry, FrameLog, Head, Limits, StreamHead};
pub use session::guard::{
    Bucket, Fragments, FrameGuard, GuardState, Guarded, RateLimits, Reassembly,
};
pub use session::shop_api::{AppendError, FollowedCart, SharedShopApi, ShopApi, ShopApiError};
pub use session::{
    ChatQuota, ChatSession, ProductSession, Session, SessionHandler, accept, take_over,
};
pub use sink::SinkKind;
pub use subscription::{
    CatchUpStep, ChatCatchUp, LogCursor, ProductCatchUp, Pulled, ResumePoint, Subscription,
};
