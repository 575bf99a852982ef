//! The change feed: every committed change, whoever made it, in one order.

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::change::Change;
use crate::domain::position::Position;

/// Where a reader wants to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedStart {
    /// Only what is committed from now on.
    Now,
    /// Up to this many changes back, or as far as the store can go.
    Back(u32),
}

/// An open feed.
pub struct Feed {
    /// The place just before the first change of the backlog: the position of an older change, or
    /// of a mark that the store made.
    pub base: Position,
    /// What was committed between `base` and the opening, in order.
    pub backlog: Vec<Change>,
    /// What is committed after the backlog.
    pub live: Box<dyn ChangeStream>,
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed")
            .field("base", &self.base)
            .field("backlog", &self.backlog.len())
            .finish_non_exhaustive()
    }
}

/// Why a feed ended.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Changes may have been missed: whoever follows must start anew from a snapshot.
    #[error("the feed lost its place: {0}")]
    Lost(#[source] super::Cause),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// The live end of a feed.
#[async_trait]
pub trait ChangeStream: Send {
    /// Waits for the next changes: one or more, 500 at most, in commit order, none missing and none
    /// twice. A short outage of the store is waited out, not told.
    ///
    /// # Errors
    /// The feed has ended; this stream gives nothing more.
    async fn next(&mut self) -> Result<Vec<Change>, FeedError>;
}

/// A store's feed of products, carts and messages.
#[async_trait]
pub trait ChangeFeed: Send + Sync {
    /// Opens a feed. What was committed before a successful return is in the backlog or before its
    /// base; everything later comes live.
    async fn open_feed(&self, start: FeedStart) -> StoreResult<Feed>;
}
