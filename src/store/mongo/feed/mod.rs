//! The change feed on MongoDB: one change stream over the database, whoever wrote.
//!
//! Positions are resume tokens of real events. A feed writes a mark when it opens, and what comes
//! behind the mark is told; its token is the feed's base. Tokens of high-water marks are never
//! used: the server takes them without an error where it has lost the place.

mod event;
mod follower;
mod lookup;
mod recent;
mod stream;
mod token;
mod translate;

use std::sync::Arc;

use async_trait::async_trait;
use mongodb::bson::RawDocumentBuf;
use mongodb::bson::oid::ObjectId;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use self::event::{Event, Subject};
use self::follower::Follower;
use self::recent::RecentMessages;
use self::stream::EventStream;
use self::token::Token;
use super::MongoStore;
use super::collections::Collections;
use super::error::unavailable;
use super::numbering::Numbering;
use crate::domain::change::Change;
use crate::store::{ChangeFeed, ChangeStream, Feed, FeedError, FeedStart, StoreResult};

/// Events that are handled together, and changes that are told together.
const BATCH: usize = 500;
/// Batches that wait for the reader of a feed.
const AHEAD: usize = 2;

#[async_trait]
impl ChangeFeed for MongoStore {
    /// [`FeedStart::Back`] starts like [`FeedStart::Now`] yet: no tokens of the past are saved.
    async fn open_feed(&self, _start: FeedStart) -> StoreResult<Feed> {
        let opening = Opening {
            collections: self.collections.clone(),
            handle: self.driver.handle().clone(),
            numbering: self.numbering.clone(),
            is_closed: self.is_closed.subscribe(),
        };
        self.driver.run(opening.open()).await
    }
}

/// What a feed is opened with.
struct Opening {
    collections: Arc<Collections>,
    handle: Handle,
    numbering: Arc<Numbering>,
    is_closed: watch::Receiver<bool>,
}

impl Opening {
    async fn open(self) -> StoreResult<Feed> {
        let mut stream = EventStream::open(&self.collections, None).await?;
        let marker = ObjectId::new();
        self.collections.mark(marker).await?;
        let (last, first) = read_mark(&mut stream, marker).await?;
        let base = last
            .position()
            .ok_or_else(|| unavailable("a change stream without tokens"))?;

        // Behind the mark, so that every message is either read here or told.
        let recent = RecentMessages::stored(&self.collections).await?;
        self.numbering.want();
        let (out, changes) = mpsc::channel(AHEAD);
        let follower = Follower {
            collections: self.collections,
            handle: self.handle.clone(),
            numbering: self.numbering,
            recent,
            marker,
            last,
            out,
            is_closed: self.is_closed,
        };
        self.handle.spawn(follower.follow(stream, first));
        Ok(Feed {
            base,
            backlog: Vec::new(),
            live: Box::new(Live(changes)),
        })
    }
}

/// The token of the mark, and what came behind it at once.
async fn read_mark(
    stream: &mut EventStream,
    marker: ObjectId,
) -> StoreResult<(Token, Vec<RawDocumentBuf>)> {
    loop {
        let batch = stream
            .next()
            .await
            .ok_or_else(|| unavailable("the change stream ended"))?;
        let events: Vec<RawDocumentBuf> = batch.into_iter().collect::<Result<_, _>>()?;
        for (index, event) in events.iter().enumerate() {
            if let Ok(Some(Event {
                subject: Subject::Marker,
                id,
                token,
                ..
            })) = Event::read(event)
                && id == Some(marker)
            {
                return Ok((token, events[index + 1..].to_vec()));
            }
        }
    }
}

/// The reader's end of a feed.
struct Live(mpsc::Receiver<Result<Vec<Change>, FeedError>>);

#[async_trait]
impl ChangeStream for Live {
    async fn next(&mut self) -> Result<Vec<Change>, FeedError> {
        self.0.recv().await.unwrap_or(Err(FeedError::Closed))
    }
}
