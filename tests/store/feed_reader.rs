//! A reader of the change feed for tests.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::timeout;
use vitrina::domain::change::{Change, ChangeKind, ProductChange};
use vitrina::domain::position::Position;
use vitrina::store::{ChangeStream, FeedError, FeedStart, SharedStore};

use crate::fixtures::send_message;

/// A change that takes longer is missing.
const FEED_TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) struct FeedReader {
    pub(crate) base: Position,
    pub(crate) backlog: Vec<Change>,
    live: Box<dyn ChangeStream>,
    waiting: VecDeque<Change>,
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
            let batch = timeout(FEED_TIMEOUT, self.live.next()).await;
            let batch = batch.expect("a change in time")?;
            assert!(
                (1..=500).contains(&batch.len()),
                "a batch of {}",
                batch.len()
            );
            self.waiting.extend(batch);
        }
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
