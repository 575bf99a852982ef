//! From a stored change to every worker: hubs, their messages, and the workers' replicas.

mod broadcaster;
mod chat_room;
mod hub;
mod hubs;
mod messages;
mod panic_guard;
mod presence;
mod product_hub;
mod replica_offset;
mod shard;
mod worker;
mod worker_stream;

#[cfg(test)]
pub(super) use broadcaster::InFlightBatch;
pub use chat_room::ChatRoom;
pub use hubs::Hubs;
pub use messages::{CartUpdate, CloseAll, NotifyCarts, Publish, Reset};
pub(crate) use messages::{Join, Leave};
pub use presence::{Presence, PresenceEvent};
pub use product_hub::ProductHub;
pub use replica_offset::{Pending, ReplicaOffset};
pub use shard::Shard;
pub use worker::Worker;
pub(crate) use worker_stream::Membership;
pub use worker_stream::{DeliveryProgress, WorkerStream};
