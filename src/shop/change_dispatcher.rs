//! Sends committed changes from the store's change feed to the hubs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix::MailboxError;
use tokio::sync::watch;

use super::cart_watch::{AffectedCarts, CartWatch};
use super::panic_guard::catch_panic;
use crate::catalogue::Entry;
use crate::domain::change::{Change, ChangeKind};
use crate::metrics::FeedMetrics;
use crate::realtime::{Hubs, Publish, Reset};
use crate::store::{
    ChangeBatch, ChangeStream, Feed, FeedError, FeedStart, Mark, SharedStore, StoreResult,
};

/// The pause before a failed feed is reopened, at first and at most.
const REOPEN_AFTER: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(2)];

/// Attempts to open a feed while no message is stored.
const MAX_ATTEMPTS: u32 = 20;

/// A feed, and the newest message at the end of its backlog.
pub struct OpenedFeed {
    pub feed: Feed,
    /// The sequence number of that message; 0 without messages.
    pub newest_seq: i64,
}

/// Opens a feed and finds the newest message at the end of its backlog, where a chat history must
/// end. If the backlog has no message, the feed is opened again until no message is stored in the
/// meantime. In a very busy chat this may fail `MAX_ATTEMPTS` times; then a message may be sent
/// twice, but none is lost.
pub async fn open_feed(store: &SharedStore, start: FeedStart) -> StoreResult<OpenedFeed> {
    let mut before = newest_seq(store).await?;
    let mut attempts = 0;
    loop {
        let feed = store.open_feed(start.clone()).await?;
        if let Some(last) = last_seq(&feed.backlog) {
            // Any message stored since `before` is in the backlog too.
            let newest_seq = before.max(last);
            return Ok(OpenedFeed { feed, newest_seq });
        }
        let newest_seq = newest_seq(store).await?;
        attempts += 1;
        if newest_seq == before || attempts == MAX_ATTEMPTS {
            return Ok(OpenedFeed { feed, newest_seq });
        }
        before = newest_seq;
    }
}

fn last_seq(backlog: &[Change]) -> Option<i64> {
    let seq = |change: &Change| match &change.kind {
        ChangeKind::MessageAppended(message) => Some(message.seq),
        _ => None,
    };
    backlog.iter().filter_map(seq).max()
}

async fn newest_seq(store: &SharedStore) -> StoreResult<i64> {
    let newest = store.history(None, 1).await?.messages;
    Ok(newest.last().map_or(0, |message| message.seq))
}

/// All products of the store. Those that change meanwhile may be read before or after it: changes
/// from before the call on bring them to the same state.
pub async fn catalogue_entries(store: &SharedStore) -> StoreResult<Vec<Arc<Entry>>> {
    let mut walk = store.walk_products().await?;
    let mut entries = Vec::new();
    loop {
        let products = walk.next().await?;
        if products.is_empty() {
            return Ok(entries);
        }
        let products = products.into_iter().map(Arc::new);
        entries.extend(products.map(|product| Arc::new(Entry::new(product).ready())));
    }
}

/// The one path from a stored change to an open page. A write never waits for it, and never fails
/// because of it.
pub struct ChangeDispatcher {
    store: SharedStore,
    hubs: Hubs,
    cart_watch: CartWatch,
    progress: FeedProgress,
    metrics: FeedMetrics,
}

/// How far changes have reached the hubs.
#[derive(Debug, Clone, Default)]
pub struct FeedProgress {
    live: Arc<AtomicBool>,
    delivered: watch::Sender<Mark>,
}

impl FeedProgress {
    /// Whether changes reach the pages now.
    pub fn is_live(&self) -> bool {
        self.live.load(Ordering::Acquire)
    }

    /// Waits until the hubs have all changes up to a mark.
    pub async fn delivered(&self, mark: Mark) {
        if *self.delivered.borrow() < mark {
            let mut delivered = self.delivered.subscribe();
            // The sender is in `self`.
            let _ = delivered.wait_for(|delivered| *delivered >= mark).await;
        }
    }
}

impl ChangeDispatcher {
    /// A dispatcher that keeps `progress` current.
    pub fn new(
        store: SharedStore,
        hubs: Hubs,
        cart_watch: CartWatch,
        progress: FeedProgress,
        metrics: FeedMetrics,
    ) -> Self {
        Self {
            store,
            hubs,
            cart_watch,
            progress,
            metrics,
        }
    }

    /// Runs until the store is closed or a hub is gone.
    pub async fn run(self, mut feed: Box<dyn ChangeStream>) {
        loop {
            self.progress.live.store(true, Ordering::Release);
            self.metrics.live.set(1);
            let reason = catch_panic("change dispatcher", self.follow(&mut *feed)).await;
            self.progress.live.store(false, Ordering::Release);
            self.metrics.live.set(0);
            match reason {
                Some(StopReason::Feed(FeedError::Closed)) => return,
                Some(StopReason::Feed(FeedError::Lost(cause))) => {
                    self.metrics.lost.inc();
                    log::warn!("change feed lost its position, clients will resync: {cause}");
                }
                Some(StopReason::Hub(error)) => {
                    return log::error!("hub is gone, stopping: {error}");
                }
                None => {}
            }
            feed = self.reopen().await;
        }
    }

    async fn follow(&self, feed: &mut dyn ChangeStream) -> StopReason {
        loop {
            match feed.next().await {
                Ok(batch) => {
                    if let Err(error) = self.publish(batch).await {
                        return StopReason::Hub(error);
                    }
                }
                Err(error) => return StopReason::Feed(error),
            }
        }
    }

    /// Opens the feed at the current position, and resets the hubs to it.
    async fn reopen(&self) -> Box<dyn ChangeStream> {
        let [mut pause, longest] = REOPEN_AFTER;
        loop {
            match catch_panic("change feed", self.try_reopen()).await {
                Some(Ok(live)) => return live,
                Some(Err(error)) => log::warn!("change feed unavailable, retrying: {error}"),
                None => {}
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }

    async fn try_reopen(&self) -> StoreResult<Box<dyn ChangeStream>> {
        let OpenedFeed { feed, newest_seq } = open_feed(&self.store, FeedStart::Now).await?;
        let Feed {
            base,
            backlog,
            mark,
            live,
        } = feed;
        let products = catalogue_entries(&self.store).await?;
        let reset = Reset {
            base,
            newest_seq,
            products,
        };
        let reset_hubs = async {
            self.hubs.products.send(reset.clone()).await?;
            self.hubs.chat.send(reset).await?;
            let changes = backlog;
            self.publish(ChangeBatch { changes, mark }).await
        };
        // The next change finds the hub gone too, and stops the dispatcher.
        if let Err(error) = reset_hubs.await {
            log::error!("hub is gone, stopping: {error}");
        }
        Ok(live)
    }

    /// Sends each hub its changes and waits for it, so that a busy hub slows down the feed instead
    /// of filling memory. Fails if a hub is gone.
    pub async fn publish(&self, batch: ChangeBatch) -> Result<(), MailboxError> {
        let ChangeBatch { changes, mark } = batch;
        self.metrics.changes.inc_by(changes.len() as u64);
        let mut products = Vec::new();
        let mut chat = Vec::new();
        let mut affected = AffectedCarts::default();
        for change in changes {
            affected.add(&change);
            match change.kind {
                ChangeKind::Product(_) => products.push(change),
                ChangeKind::MessageAppended(_) | ChangeKind::MessageDeleted { .. } => {
                    chat.push(change)
                }
                // Followers get the new state, see below.
                ChangeKind::Cart(_) => {}
            }
        }
        if !products.is_empty() {
            self.hubs.products.send(Publish(products)).await?;
        }
        if !chat.is_empty() {
            self.hubs.chat.send(Publish(chat)).await?;
        }
        self.cart_watch.mark(affected);
        let delivered = &self.progress.delivered;
        delivered.send_modify(|newest| *newest = (*newest).max(mark));
        Ok(())
    }
}

/// Why the dispatcher no longer follows the feed.
enum StopReason {
    Feed(FeedError),
    Hub(MailboxError),
}
