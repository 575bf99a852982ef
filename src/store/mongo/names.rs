//! The names of the collections: mongoose's for those that it made. They are stored data.

pub(super) const PRODUCTS: &str = "products";
pub(super) const CARTS: &str = "carts";
pub(super) const MESSAGES: &str = "messages";
pub(super) const ORDERS: &str = "orders";
pub(super) const MUTES: &str = "mutes";
pub(super) const IDEMPOTENCY_RECORDS: &str = "idempotency_answers";
/// The last sequence number of the chat.
pub(super) const COUNTERS: &str = "counters";
/// Data of deleted documents, for the feed.
pub(super) const TOMBSTONES: &str = "tombstones";
/// The sessions that run transactions, and until when their processes certainly live.
pub(super) const LEASES: &str = "leases";
/// Documents that feeds write to see their own events.
pub(super) const FEED_MARKERS: &str = "feed_markers";
/// Positions that feeds have passed.
pub(super) const FEED_CHECKPOINTS: &str = "feed_places";
