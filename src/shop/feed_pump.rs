//! Carries committed changes from the store's feed to the hubs, whoever made them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix::MailboxError;

use super::containment::contained;
use super::live_carts::{Concern, LiveCarts};
use crate::domain::change::{Change, Fact};
use crate::metrics::FeedMetrics;
use crate::realtime::{Hubs, Publish, Reset};
use crate::store::{ChangeStream, Feed, FeedError, FeedStart, SharedStore, StoreResult};

/// How long to wait before a lost feed is opened again, at first and at most.
const REOPEN_AFTER: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(2)];

/// How often a feed is opened again because messages were stored meanwhile.
const OPENINGS: u32 = 20;

/// A feed, and what the newest message is at the end of its backlog.
#[derive(Debug)]
pub struct OpenedFeed {
    /// The feed.
    pub feed: Feed,
    /// The sequence number of that message; 0 when there is none.
    pub newest_seq: i64,
}

/// Opens a feed and finds the newest message at the end of its backlog, so that histories which end
/// there hold neither less nor more. Where the backlog does not tell it, the feed is opened at a
/// moment at which no message is stored; in a chat that never rests a message may then be told twice
/// rather than not at all.
///
/// # Errors
/// The store cannot be read.
pub async fn open_feed(store: &SharedStore, start: FeedStart) -> StoreResult<OpenedFeed> {
    let mut before = newest_seq(store).await?;
    let mut openings = 0;
    loop {
        let feed = store.open_feed(start.clone()).await?;
        if let Some(last) = last_seq(&feed.backlog) {
            // Whatever was stored since `before` is in the backlog behind the message that it has.
            let newest_seq = before.max(last);
            return Ok(OpenedFeed { feed, newest_seq });
        }
        let newest_seq = newest_seq(store).await?;
        openings += 1;
        if newest_seq == before || openings == OPENINGS {
            return Ok(OpenedFeed { feed, newest_seq });
        }
        before = newest_seq;
    }
}

/// The highest number of the messages that are told.
fn last_seq(backlog: &[Change]) -> Option<i64> {
    let seq = |change: &Change| match &change.fact {
        Fact::MessageAppended(message) => Some(message.seq),
        _ => None,
    };
    backlog.iter().filter_map(seq).max()
}

async fn newest_seq(store: &SharedStore) -> StoreResult<i64> {
    let newest = store.history(None, 1).await?.messages;
    Ok(newest.last().map_or(0, |message| message.seq))
}

/// The one path from a stored change to an open page. A write never waits for it and never fails by
/// it: what the hubs miss while they are gone they are told from the feed.
pub struct FeedPump {
    store: SharedStore,
    hubs: Hubs,
    live_carts: LiveCarts,
    live: Arc<AtomicBool>,
    metrics: FeedMetrics,
}

impl std::fmt::Debug for FeedPump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FeedPump")
            .field("live", &self.live)
            .finish_non_exhaustive()
    }
}

/// Whether changes reach the pages now.
#[derive(Debug, Clone, Default)]
pub struct FeedHealth(Arc<AtomicBool>);

impl FeedHealth {
    /// The feed is open.
    pub fn is_live(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl FeedPump {
    /// A pump that keeps `health`.
    pub fn new(
        store: SharedStore,
        hubs: Hubs,
        live_carts: LiveCarts,
        health: &FeedHealth,
        metrics: FeedMetrics,
    ) -> Self {
        Self {
            store,
            hubs,
            live_carts,
            live: Arc::clone(&health.0),
            metrics,
        }
    }

    /// Runs until the store is closed or a hub is gone.
    pub async fn run(self, mut feed: Box<dyn ChangeStream>) {
        loop {
            self.live.store(true, Ordering::Release);
            self.metrics.live.set(1);
            let ended = contained("the feed's pump", self.follow(&mut *feed)).await;
            self.live.store(false, Ordering::Release);
            self.metrics.live.set(0);
            match ended {
                Some(Ended::Feed(FeedError::Closed)) => return,
                Some(Ended::Feed(FeedError::Lost(cause))) => {
                    self.metrics.lost.inc();
                    log::warn!("pages start anew: {cause}");
                }
                Some(Ended::Hub(error)) => {
                    return log::error!("a hub did not take what was stored: {error}");
                }
                None => {}
            }
            feed = self.reopen().await;
        }
    }

    async fn follow(&self, feed: &mut dyn ChangeStream) -> Ended {
        loop {
            let told = match feed.next().await {
                Ok(changes) => self.publish(changes).await,
                Err(ended) => return Ended::Feed(ended),
            };
            if let Err(error) = told {
                return Ended::Hub(error);
            }
        }
    }

    /// Opens the feed where the store stands now, and lets the hubs forget what was before.
    async fn reopen(&self) -> Box<dyn ChangeStream> {
        let [mut pause, longest] = REOPEN_AFTER;
        loop {
            match contained("opening the feed", self.open_anew()).await {
                Some(Ok(live)) => return live,
                Some(Err(error)) => log::warn!("the feed cannot be opened yet: {error}"),
                None => {}
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }

    async fn open_anew(&self) -> StoreResult<Box<dyn ChangeStream>> {
        let OpenedFeed { feed, newest_seq } = open_feed(&self.store, FeedStart::Now).await?;
        let Feed {
            base,
            backlog,
            live,
        } = feed;
        let reset = Reset { base, newest_seq };
        let told = async {
            self.hubs.products.send(reset.clone()).await?;
            self.hubs.chat.send(reset).await?;
            self.publish(backlog).await
        };
        // A hub that is gone is met again at the next change, and ends the pump.
        if let Err(error) = told.await {
            log::error!("a hub was not told to begin anew: {error}");
        }
        Ok(live)
    }

    /// Tells each hub its part; waits for it, so that a busy hub slows the feed and not the memory.
    ///
    /// # Errors
    /// A hub is gone, and no page will be told anything any more.
    pub async fn publish(&self, changes: Vec<Change>) -> Result<(), MailboxError> {
        self.metrics.changes.inc_by(changes.len() as u64);
        let mut products = Vec::new();
        let mut chat = Vec::new();
        let mut concern = Concern::default();
        for change in changes {
            concern.add(&change);
            match change.fact {
                Fact::Product(_) => products.push(change),
                Fact::MessageAppended(_) | Fact::MessageDeleted { .. } => chat.push(change),
                // Its pages are told its new state, see below.
                Fact::Cart(_) => {}
            }
        }
        if !products.is_empty() {
            self.hubs.products.send(Publish(products)).await?;
        }
        if !chat.is_empty() {
            self.hubs.chat.send(Publish(chat)).await?;
        }
        self.live_carts.note(concern);
        Ok(())
    }
}

/// Why changes are followed no more.
enum Ended {
    Feed(FeedError),
    Hub(MailboxError),
}
