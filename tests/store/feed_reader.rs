//! A reader of the change feed for tests.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::timeout;
use vitrina::domain::change::{Change, ChangeKind, ProductChange};
use vitrina::domain::position::Position;
use vitrina::store::{ChangeStream, FeedError, FeedStart, Mark, SharedStore};

use crate::fixtures::send_message;

/// A change that takes longer is missing.
const FEED_TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) struct FeedReader {
    pub(crate) base: Position,
    pub(crate) backlog: Vec<Change>,
    live: Box<dyn ChangeStream>,
    waiting: VecDeque<Change>,
    /// Of the last batch.
    mark: Mark,
}

impl FeedReader {
    /// Opens a feed of later changes.
    pub(crate) async fn open(store: &SharedStore) -> Self {
        Self::open_at(store, FeedStart::Now).await
    }

    pub(crate) async fn open_at(store: &SharedStore, start: FeedStart) -> Self {
        let feed = store.open_feed(start).await.expect("an open feed");
        Self {
            base: feed.base,
            backlog: feed.backlog,
            live: feed.live,
            waiting: VecDeque::new(),
            mark: feed.mark,
        }
    }

    pub(crate) async fn next(&mut self) -> Change {
        self.try_next().await.expect("an open feed")
    }

    pub(crate) async fn try_next(&mut self) -> Result<Change, FeedError> {
        loop {
            if let Some(change) = self.waiting.pop_front() {
                return Ok(change);
            }
            self.read_batch().await?;
        }
    }

    async fn read_batch(&mut self) -> Result<(), FeedError> {
        let batch = timeout(FEED_TIMEOUT, self.live.next()).await;
        let batch = batch.expect("a change in time")?;
        let count = batch.changes.len();
        assert!(count <= 500, "a batch of {count}");
        self.mark = batch.mark;
        self.waiting.extend(batch.changes);
        Ok(())
    }

    /// All unread changes up to the batch with this mark.
    pub(crate) async fn up_to(&mut self, mark: Mark) -> Vec<Change> {
        while self.mark < mark {
            self.read_batch().await.expect("an open feed");
        }
        self.waiting.drain(..).collect()
    }

    /// The next change, which must be one of a product.
    pub(crate) async fn next_product(&mut self) -> ProductChange {
        match self.next().await.kind {
            ChangeKind::Product(change) => change,
            other => panic!("expected a product's change, got {other:?}"),
        }
    }

    /// All unread changes up to this call. It appends a message, and reads up to its change.
    pub(crate) async fn all_so_far(&mut self, store: &SharedStore) -> Vec<Change> {
        let last = send_message(store, "the last change").await;
        let mut changes = Vec::new();
        loop {
            let change = self.next().await;
            match &change.kind {
                ChangeKind::MessageAppended(message) if message.id == last.id => return changes,
                _ => changes.push(change),
            }
        }
    }
}
