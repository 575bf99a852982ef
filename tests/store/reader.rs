//! A reader of the change feed that waits for what must come, and knows when nothing more can.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::timeout;
use vitrina::domain::change::{Change, Fact, ProductChange};
use vitrina::domain::position::Position;
use vitrina::store::{ChangeStream, FeedError, FeedStart, SharedStore};

use crate::fixtures::said;

/// A change that is not told by then is missing.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Reader {
    pub(crate) base: Position,
    pub(crate) backlog: Vec<Change>,
    live: Box<dyn ChangeStream>,
    waiting: VecDeque<Change>,
}

impl Reader {
    /// Opens a feed of what comes from now on.
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

    /// The next change.
    pub(crate) async fn next(&mut self) -> Change {
        self.try_next().await.expect("a feed that goes on")
    }

    pub(crate) async fn try_next(&mut self) -> Result<Change, FeedError> {
        loop {
            if let Some(change) = self.waiting.pop_front() {
                return Ok(change);
            }
            let batch = timeout(PATIENCE, self.live.next()).await;
            let batch = batch.expect("the feed tells something in time")?;
            assert!(
                (1..=500).contains(&batch.len()),
                "a batch of {}",
                batch.len()
            );
            self.waiting.extend(batch);
        }
    }

    /// The next change, which is one of a product.
    pub(crate) async fn next_product(&mut self) -> ProductChange {
        match self.next().await.fact {
            Fact::Product(change) => change,
            other => panic!("expected a product's change, got {other:?}"),
        }
    }

    /// Every change of before this call that was not read yet. A message is stored behind them all:
    /// what is told before it is complete.
    pub(crate) async fn all_so_far(&mut self, store: &SharedStore) -> Vec<Change> {
        let last = said(store, "that was all").await;
        let mut changes = Vec::new();
        loop {
            let change = self.next().await;
            match &change.fact {
                Fact::MessageAppended(message) if message.id == last.id => return changes,
                _ => changes.push(change),
            }
        }
    }
}
