//! The change feed on MongoDB: one change stream over the database, whoever wrote.
//!
//! Positions are resume tokens of real events. A feed writes a mark when it opens, and what comes
//! behind the mark is told live; a feed that goes back starts at a saved place, and what lies before
//! the mark is its backlog. Tokens of high-water marks are never used: the server takes them without
//! an error where it has lost the place.

mod checkpoint;
mod checkpoint_saver;
mod event;
mod follower;
mod lookup;
mod recent;
mod replay;
mod stream;
#[cfg(test)]
mod tests;
mod token;
mod translate;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mongodb::bson::RawDocumentBuf;
use mongodb::bson::oid::ObjectId;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use self::checkpoint::Checkpoint;
use self::checkpoint_saver::CheckpointSaver;
use self::follower::Follower;
use self::recent::RecentMessages;
use self::replay::{Replay, ReplayError};
use self::stream::EventStream;
use super::MongoStore;
use super::collections::Collections;
use super::error::unavailable;
use super::sequence_backfill::SequenceBackfill;
use crate::domain::change::Change;
use crate::domain::position::Position;
use crate::store::{ChangeFeed, ChangeStream, Feed, FeedError, FeedStart, StoreResult};

/// Events that are handled together, and changes that are told together.
const BATCH: usize = 500;
/// Batches that wait for the reader of a feed.
const AHEAD: usize = 2;
/// How long the way back may take; then a feed starts from now.
const WAY_BACK: Duration = Duration::from_secs(5);

#[async_trait]
impl ChangeFeed for MongoStore {
    /// [`FeedStart::Back`] starts from now where no saved place can be reached any more.
    async fn open_feed(&self, start: FeedStart) -> StoreResult<Feed> {
        let mut was_late = false;
        if let FeedStart::Back(changes) = start {
            let back = self.opening().back(changes);
            match self.driver.run_within(WAY_BACK, back).await {
                Ok(Ok(Some(feed))) => return Ok(feed),
                Ok(Ok(None)) => {}
                Ok(Err(error)) => return Err(error),
                Err(error) => {
                    log::warn!("the feed starts from now: {error}");
                    was_late = true;
                }
            }
        }
        self.driver.run(self.opening().now(was_late)).await
    }
}

impl MongoStore {
    fn opening(&self) -> FeedOptions {
        FeedOptions {
            collections: self.collections.clone(),
            handle: self.driver.handle().clone(),
            sequence_backfill: self.sequence_backfill.clone(),
            is_closed: self.is_closed.subscribe(),
        }
    }
}

/// What a feed is opened with.
struct FeedOptions {
    collections: Arc<Collections>,
    handle: Handle,
    sequence_backfill: Arc<SequenceBackfill>,
    is_closed: watch::Receiver<bool>,
}

impl FeedOptions {
    /// A feed from now on. Its start is a place to go back to; places of the future, at which a way
    /// back may have hung, are of another life of the database.
    async fn now(self, forget_the_future: bool) -> StoreResult<Feed> {
        let newest = self.collections.newest_place().await?;
        let changes = newest.map_or(0, |newest| newest.changes);
        let opened = match self.reach_a_mark(None, changes, 0).await {
            Ok(opened) => opened,
            Err(ReplayError::Failed(error)) => return Err(error),
            Err(setback) => {
                log::debug!("the feed cannot be opened: {setback}");
                return Err(unavailable("the database is being changed"));
            }
        };
        if forget_the_future {
            let overloaded = &opened.checkpoint.token;
            self.collections.forget_places_behind(overloaded).await?;
        }
        // The saver tries again what fails here.
        if let Err(error) = self.collections.save_place(&opened.checkpoint).await {
            log::warn!("the start of the changes is not saved yet: {error}");
        }
        let base = opened.checkpoint.token.position();
        self.follow(opened, base)
    }

    /// A feed from so many changes back; `None` when there is no place to start from.
    async fn back(self, changes: u32) -> StoreResult<Option<Feed>> {
        while let Some(checkpoint) = self.collections.place_before(changes).await? {
            let start = Some(&checkpoint);
            match self.reach_a_mark(start, checkpoint.changes, changes).await {
                Ok(opened) => {
                    let base = opened.base.clone().or_else(|| checkpoint.token.position());
                    return self.follow(opened, base).map(Some);
                }
                Err(ReplayError::Failed(error)) => return Err(error),
                Err(setback) => {
                    log::info!("the changes before a place are gone: {setback}");
                    let lost = match setback {
                        ReplayError::InvalidEvent(Some(end), _) => end,
                        _ => checkpoint.token,
                    };
                    self.collections.forget_places_through(&lost).await?;
                }
            }
        }
        Ok(None)
    }

    /// Opens a stream at a place, or at the end, and goes through it up to a new mark.
    async fn reach_a_mark(
        &self,
        start: Option<&Checkpoint>,
        changes: i64,
        limit: u32,
    ) -> Result<OpenStream, ReplayError> {
        let after = start.map(|checkpoint| &checkpoint.token);
        let mut stream = EventStream::open(&self.collections, after).await?;
        // Before the mark: a message that is not read here has its event behind the mark, or before
        // it on the way.
        let recent = RecentMessages::stored(&self.collections).await?;
        let marker = ObjectId::new();
        self.collections.mark(marker).await?;
        let mut replay = Replay {
            collections: &self.collections,
            sequence_backfill: &self.sequence_backfill,
            recent: recent.before_the_past(),
            limit: limit as usize,
            backlog: VecDeque::new(),
            base: None,
            changes,
        };
        let (checkpoint, first) = replay.reach(&mut stream, marker).await?;
        Ok(OpenStream {
            stream,
            marker,
            checkpoint,
            first,
            base: replay.base,
            backlog: replay.backlog.into(),
            recent: replay.recent.after_the_past(),
        })
    }

    /// Follows a stream from its mark on.
    fn follow(self, opened: OpenStream, base: Option<Position>) -> StoreResult<Feed> {
        let base = base.ok_or_else(|| unavailable("a change stream without tokens"))?;
        self.sequence_backfill.want();
        let (out, changes) = mpsc::channel(AHEAD);
        let (passed, passing) = watch::channel(opened.checkpoint.clone());
        let checkpoint_saver =
            CheckpointSaver::new(self.collections.clone(), self.handle.clone(), passing);
        self.handle.spawn(checkpoint_saver.work());
        let is_closed = self.is_closed.clone();
        let follower = Follower {
            collections: self.collections,
            handle: self.handle.clone(),
            sequence_backfill: self.sequence_backfill,
            recent: opened.recent,
            marker: opened.marker,
            last: opened.checkpoint,
            passed,
            out,
            is_closed: self.is_closed,
        };
        let stream = opened.stream;
        self.handle.spawn(follower.follow(stream, opened.first));
        Ok(Feed {
            base,
            backlog: opened.backlog,
            live: Box::new(LiveFeed { changes, is_closed }),
        })
    }
}

/// A stream at its mark.
struct OpenStream {
    stream: EventStream,
    marker: ObjectId,
    /// The place of the mark.
    checkpoint: Checkpoint,
    /// What came behind the mark at once.
    first: Vec<RawDocumentBuf>,
    /// The place before the backlog, where that is not the start.
    base: Option<Position>,
    backlog: Vec<Change>,
    recent: RecentMessages,
}

/// The reader's end of a feed.
struct LiveFeed {
    changes: mpsc::Receiver<Result<Vec<Change>, FeedError>>,
    is_closed: watch::Receiver<bool>,
}

#[async_trait]
impl ChangeStream for LiveFeed {
    async fn next(&mut self) -> Result<Vec<Change>, FeedError> {
        match self.changes.recv().await {
            Some(told) => told,
            None if *self.is_closed.borrow() => Err(FeedError::Closed),
            // It tells its end, unless it panicked.
            None => Err(FeedError::Lost("what follows the changes ended".into())),
        }
    }
}
