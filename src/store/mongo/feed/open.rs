//! Opens feeds: from now on, or from a checkpoint.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use mongodb::bson::RawDocumentBuf;
use mongodb::bson::oid::ObjectId;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::checkpoint::{self, Checkpoint};
use super::checkpoint_saver::CheckpointSaver;
use super::follower::Follower;
use super::recent::RecentMessages;
use super::replay::{Replay, ReplayError};
use super::stream::{EventStream, write_marker};
use crate::domain::change::Change;
use crate::domain::position::Position;
use crate::store::mongo::db::Db;
use crate::store::mongo::error::unavailable;
use crate::store::mongo::sequence_backfill::SequenceBackfill;
use crate::store::{ChangeBatch, ChangeStream, Feed, FeedError, Mark, StoreResult};

/// Batches of changes that wait for the reader of a feed.
const READ_AHEAD: usize = 2;

/// The parts of the store that a feed needs.
pub(super) struct FeedOptions {
    pub(super) db: Arc<Db>,
    pub(super) handle: Handle,
    pub(super) sequence_backfill: Arc<SequenceBackfill>,
    pub(super) is_closed: watch::Receiver<bool>,
}

/// A stream whose marker was reached.
struct OpenStream {
    stream: EventStream,
    marker: ObjectId,
    /// At the marker's event.
    checkpoint: Checkpoint,
    mark: Mark,
    /// Events that came together with the marker's, after it.
    first: Vec<RawDocumentBuf>,
    /// The position before the backlog, if that is not the start of the stream.
    base: Option<Position>,
    backlog: Vec<Change>,
    recent: RecentMessages,
}

impl FeedOptions {
    /// A feed from now on. Its start is a checkpoint for later feeds. If going back has timed out,
    /// checkpoints of the future may be the cause; they belong to another life of the database.
    pub(super) async fn open_now(self, delete_future: bool) -> StoreResult<Feed> {
        let newest = checkpoint::newest(&self.db).await?;
        let changes = newest.map_or(0, |newest| newest.changes);
        let opened = match self.replay_to_marker(None, changes, 0).await {
            Ok(opened) => opened,
            Err(ReplayError::Failed(error)) => return Err(error),
            Err(error) => return Err(unavailable(error)),
        };
        if delete_future {
            checkpoint::delete_after(&self.db, &opened.checkpoint.token).await?;
        }
        if let Err(error) = checkpoint::save(&self.db, &opened.checkpoint).await {
            log::warn!("feed checkpoint not saved, retrying: {error}");
        }
        let base = opened.checkpoint.token.position();
        self.follow(opened, base)
    }

    /// A feed from so many changes back; `None` if there is no checkpoint to start from.
    pub(super) async fn open_back(self, changes: u32) -> StoreResult<Option<Feed>> {
        while let Some(start) = checkpoint::before(&self.db, changes).await? {
            match self
                .replay_to_marker(Some(&start), start.changes, changes)
                .await
            {
                Ok(opened) => {
                    let base = opened.base.clone().or_else(|| start.token.position());
                    return self.follow(opened, base).map(Some);
                }
                Err(ReplayError::Failed(error)) => return Err(error),
                Err(error) => {
                    log::info!("cannot replay from a checkpoint, trying a later one: {error}");
                    let lost = match error {
                        ReplayError::InvalidEvent(Some(at), _) => at,
                        _ => start.token,
                    };
                    checkpoint::delete_through(&self.db, &lost).await?;
                }
            }
        }
        Ok(None)
    }

    /// Opens a stream at a checkpoint, or at its end, and reads it up to a new marker.
    async fn replay_to_marker(
        &self,
        start: Option<&Checkpoint>,
        changes: i64,
        limit: u32,
    ) -> Result<OpenStream, ReplayError> {
        let after = start.map(|checkpoint| &checkpoint.token);
        let mut stream = EventStream::open(&self.db, after).await?;
        // Before the marker is written: then a message that is not read here has its event in the
        // stream.
        let recent = RecentMessages::stored(&self.db).await?;
        let marker = ObjectId::new();
        write_marker(&self.db, marker).await?;
        let mut replay = Replay {
            db: &self.db,
            sequence_backfill: &self.sequence_backfill,
            recent: recent.begin_replay(),
            limit: limit as usize,
            backlog: VecDeque::new(),
            base: None,
            changes,
        };
        let (checkpoint, mark, first) = replay.read_to(&mut stream, marker).await?;
        Ok(OpenStream {
            stream,
            marker,
            checkpoint,
            mark,
            first,
            base: replay.base,
            backlog: replay.backlog.into(),
            recent: replay.recent.end_replay(),
        })
    }

    /// Follows a stream from its marker on.
    fn follow(self, opened: OpenStream, base: Option<Position>) -> StoreResult<Feed> {
        let base = base.ok_or_else(|| unavailable("a change stream without tokens"))?;
        self.sequence_backfill.request();
        let (tx, rx) = mpsc::channel(READ_AHEAD);
        let (passed, passing) = watch::channel(opened.checkpoint.clone());
        let saver = CheckpointSaver::new(self.db.clone(), self.handle.clone(), passing);
        self.handle.spawn(saver.run());
        let is_closed = self.is_closed.clone();
        let follower = Follower {
            db: self.db,
            handle: self.handle.clone(),
            sequence_backfill: self.sequence_backfill,
            recent: opened.recent,
            marker: opened.marker,
            last: opened.checkpoint,
            passed,
            tx,
            is_closed: self.is_closed,
        };
        self.handle.spawn(follower.run(opened.stream, opened.first));
        Ok(Feed {
            base,
            backlog: opened.backlog,
            mark: opened.mark,
            live: Box::new(LiveFeed { rx, is_closed }),
        })
    }
}

/// The reader's end of a feed.
struct LiveFeed {
    rx: mpsc::Receiver<Result<ChangeBatch, FeedError>>,
    is_closed: watch::Receiver<bool>,
}

#[async_trait]
impl ChangeStream for LiveFeed {
    async fn next(&mut self) -> Result<ChangeBatch, FeedError> {
        match self.rx.recv().await {
            Some(result) => result,
            None if *self.is_closed.borrow() => Err(FeedError::Closed),
            // The follower sends its end, unless it panicked.
            None => Err(FeedError::Lost("the change stream's task ended".into())),
        }
    }
}
