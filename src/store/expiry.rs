//! What ends by itself when its time has come.

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::timestamp::Timestamp;

/// What a look at holds has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EndedHolds {
    /// Holds that were ended by it.
    pub ended: u32,
    /// When the next one is over, as far as that is known; at once where some are left.
    pub next: Option<Timestamp>,
}

/// The end of holds and of carts.
///
/// A hold that is over is ended once, whichever server notices: its units are free again, the line
/// stays in its cart without it, and both are told as changes in the feed, a product's once for all
/// its holds that end together. Neither the product's version nor the cart's grows by it. A store
/// that was opened with holds off takes all holds for over.
#[async_trait]
pub trait ExpiryStore: Send + Sync {
    /// The moment by the clock that holds go by, which is the same for all servers of the store.
    async fn now(&self) -> StoreResult<Timestamp>;

    /// Ends holds that are over at a moment, of about `limit` carts at most.
    async fn end_holds(&self, now: Timestamp, limit: u32) -> StoreResult<EndedHolds>;

    /// Deletes carts, and ends their holds, whose last change lies too long before a moment by
    /// [`life`](crate::domain::cart::life): `limit` at most, and tells how many. A cart that was never
    /// changed by a shop of ours has no such moment, and stays.
    async fn end_carts(&self, now: Timestamp, limit: u32) -> StoreResult<u32>;
}
