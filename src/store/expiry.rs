//! Expiry of holds and carts.

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::timestamp::Timestamp;

/// The result of [`ExpiryStore::expire_holds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExpiredHolds {
    /// How many holds have expired now.
    pub expired: u32,
    /// When the next hold is due, as far as known; in the past if due holds are left.
    pub next: Option<Timestamp>,
}

/// Expires holds and carts.
///
/// Each hold expires once, on whichever server: its units become available, and its line stays in
/// the cart without a hold. Both are changes in the feed; a product has one change for all its
/// holds that expire together. The versions of product and cart stay. In a store that was opened
/// with holds off, all holds are due.
#[async_trait]
pub trait ExpiryStore: Send + Sync {
    /// The current time of the store's clock, which all its servers share for holds.
    async fn now(&self) -> StoreResult<Timestamp>;

    /// Expires holds that are due at `now`, of about `limit` carts at most.
    async fn expire_holds(&self, now: Timestamp, limit: u32) -> StoreResult<ExpiredHolds>;

    /// Deletes at most `limit` carts whose [`life`](crate::domain::cart::life) after their last
    /// change is over at `now`, ends their holds, and returns how many. A cart that this program
    /// never changed does not expire.
    async fn expire_carts(&self, now: Timestamp, limit: u32) -> StoreResult<u32>;
}
