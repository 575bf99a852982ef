//! Who is connected, and what they are told: actors without storage and without routes.
//!
//! A hub ([`ProductHub`], [`ChatRoom`]) owns its stream's order: it encodes each change once, keeps
//! it in the [`FrameLog`] and tells every worker's [`Shard`] once per batch. A [`Session`] is the
//! actor of one socket; what it has to send comes from its [`Outbox`], a cursor into the worker's
//! copy of the log that is pulled while the socket takes bytes.

mod backing;
mod body;
mod broadcaster;
mod chat_entrance;
mod chat_room;
mod containment;
mod direct;
mod entry;
mod frame_log;
mod guard;
mod head;
mod messages;
mod outbox;
mod presence;
mod product_entrance;
mod product_hub;
mod reader;
mod session;
mod shard;
mod sink;
mod start;
mod supply;
mod worker;

pub use backing::{Backing, BackingError, FollowedCart, NotAppended, SharedBacking};
pub use chat_entrance::ChatEntrance;
pub use chat_room::ChatRoom;
pub use entry::{CartMark, Entry};
pub use frame_log::{FrameLog, Limits};
pub use guard::{Bucket, Fragments, FrameGuard, Guarded, Joined, RateLimits, Verdict};
pub use head::{Head, StreamHead};
pub use messages::{CartNews, CloseAll, Publish, Reset, TellCarts};
pub use outbox::Outbox;
pub use presence::{Notice, Presence};
pub use product_entrance::{ProductEntrance, ProductStep};
pub use product_hub::ProductHub;
pub use reader::{Pulled, Reader};
pub use session::{ChatTalk, MaySay, ProductTalk, Session, Talk, accept, take_over};
pub use shard::Shard;
pub use sink::SinkKind;
pub use start::Start;
pub use supply::{Due, Supply};
pub use worker::{Hubs, Told, Worker, WorkerStream};
