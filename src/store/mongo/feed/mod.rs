//! The change feed: one change stream over the database, so that it has the changes of every
//! program.
//!
//! Positions are resume tokens of real events. A feed writes a marker document when it opens.
//! Changes after the marker's own event are live; a feed that goes back starts at a checkpoint, and
//! the changes between the checkpoint and the marker are its backlog. Tokens of high-water marks
//! are never used: the server accepts them without an error even if it has lost their position.

mod checkpoint;
mod checkpoint_saver;
mod event;
mod follower;
mod lookup;
mod open;
mod recent;
mod replay;
mod stream;
#[cfg(test)]
mod tests;
mod token;
mod translate;

use std::time::Duration;

use async_trait::async_trait;

use self::open::FeedOptions;
use super::MongoStore;
use crate::store::{ChangeFeed, Feed, FeedStart, Mark, StoreResult};

/// How long going back may take; after that a feed starts from now.
const REPLAY_LIMIT: Duration = Duration::from_secs(5);

#[async_trait]
impl ChangeFeed for MongoStore {
    /// [`FeedStart::Back`] starts from now if no checkpoint can be resumed from.
    async fn open_feed(&self, start: FeedStart) -> StoreResult<Feed> {
        let mut timed_out = false;
        if let FeedStart::Back(changes) = start {
            let back = self.feed_options().open_back(changes);
            match self.driver.run_within(REPLAY_LIMIT, back).await {
                Ok(Ok(Some(feed))) => return Ok(feed),
                Ok(Ok(None)) => {}
                Ok(Err(error)) => return Err(error),
                Err(error) => {
                    log::warn!("change feed starts from now, earlier cursors are unknown: {error}");
                    timed_out = true;
                }
            }
        }
        let now = self.feed_options().open_now(timed_out);
        self.driver.run(now).await
    }

    fn written(&self) -> Mark {
        self.db.written.get()
    }
}

impl MongoStore {
    fn feed_options(&self) -> FeedOptions {
        FeedOptions {
            db: self.db.clone(),
            handle: self.driver.handle().clone(),
            sequence_backfill: self.sequence_backfill.clone(),
            is_closed: self.is_closed.subscribe(),
        }
    }
}
