//! The change feed: every committed change, of this and other programs, in one order.

use async_trait::async_trait;

use super::{Mark, StoreResult};
use crate::domain::change::Change;
use crate::domain::position::Position;

/// Where a feed starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedStart {
    /// With the next committed change.
    Now,
    /// Up to this many changes back, or as far as the store has them.
    Back(u32),
}

/// An open feed.
pub struct Feed {
    /// The position just before the first change of the backlog: of an older change, or of a marker
    /// that the store wrote.
    pub base: Position,
    /// The changes between `base` and the opening of the feed, in order.
    pub backlog: Vec<Change>,
    /// Of the end of the backlog.
    pub mark: Mark,
    /// The changes after the backlog.
    pub live: Box<dyn ChangeStream>,
}

/// The next changes of a feed.
#[derive(Debug)]
pub struct ChangeBatch {
    /// At most 500, in commit order, each exactly once.
    pub changes: Vec<Change>,
    /// With this batch, all changes of products up to here have been delivered.
    pub mark: Mark,
}

/// Why a feed ended.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Changes may be missing: readers must start again from a snapshot.
    #[error("the feed lost its position: {0}")]
    Lost(#[source] super::Cause),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// The live end of a feed.
#[async_trait]
pub trait ChangeStream: Send {
    /// Waits for the next changes, or for a later mark. During a short outage of the store it
    /// waits. After an error no changes follow.
    async fn next(&mut self) -> Result<ChangeBatch, FeedError>;
}

/// A store's feed of products, carts and messages.
#[async_trait]
pub trait ChangeFeed: Send + Sync {
    /// Opens a feed. Each change that was committed before the return is in the backlog or before
    /// its base; later ones come live.
    async fn open_feed(&self, start: FeedStart) -> StoreResult<Feed>;

    /// The mark of the newest write of products that this store has acknowledged. A feed that has
    /// delivered this mark has delivered all writes acknowledged before the call.
    fn written(&self) -> Mark;
}
