//! Starts everything that carries changes to the pages: feed, frame logs, hubs, dispatcher.

use actix::{Arbiter, Supervisor};
use actix_web::rt::task::JoinHandle;

use crate::catalogue::Catalogue;
use crate::config::Settings;
use crate::metrics::Metrics;
use crate::realtime::{ChatRoom, FrameLog, Head, Hubs, Limits, ProductHub, StreamHead};
use crate::shop::change_dispatcher::{FeedProgress, OpenedFeed, catalogue_entries, open_feed};
use crate::shop::{CartWatch, ChangeDispatcher, Heads};
use crate::store::{ChangeBatch, Feed, FeedStart, SharedStore, StoreError, StoreResult};

/// Changes that are read back into the frame logs at a start.
const REFILL: u32 = 10_000;

pub(super) struct Streams {
    pub(super) hubs: Hubs,
    pub(super) heads: Heads,
    pub(super) cart_watch: CartWatch,
    pub(super) progress: FeedProgress,
    /// Ends only when the dispatcher has failed.
    pub(super) dispatcher: JoinHandle<()>,
}

/// Opens the feed, refills the frame logs from it and starts the hubs at the resulting position.
pub(super) async fn start(
    store: &SharedStore,
    settings: &Settings,
    metrics: &Metrics,
) -> StoreResult<Streams> {
    let OpenedFeed { feed, newest_seq } = open_feed(store, FeedStart::Back(REFILL)).await?;
    let Feed {
        base,
        backlog,
        mark,
        live,
    } = feed;
    let head = Head {
        cursor: base,
        newest_seq,
    };
    let heads = Heads {
        products: StreamHead::new(head.clone()),
        chat: StreamHead::new(head.clone()),
    };
    let catalogue = Catalogue::new(head.cursor.clone(), catalogue_entries(store).await?);
    let hubs = start_hubs(&head, catalogue, &heads, settings, metrics);
    let progress = FeedProgress::default();
    let cart_watch = CartWatch::start(store.clone(), hubs.products.clone());
    let dispatcher = ChangeDispatcher::new(
        store.clone(),
        hubs.clone(),
        cart_watch.clone(),
        progress.clone(),
        metrics.feed.clone(),
    );
    let changes = backlog;
    if let Err(error) = dispatcher.publish(ChangeBatch { changes, mark }).await {
        return Err(StoreError::Internal(error.into()));
    }
    Ok(Streams {
        hubs,
        heads,
        cart_watch,
        progress,
        dispatcher: actix_web::rt::spawn(dispatcher.run(live)),
    })
}

fn start_hubs(
    head: &Head,
    catalogue: Catalogue,
    heads: &Heads,
    settings: &Settings,
    metrics: &Metrics,
) -> Hubs {
    let log = || FrameLog::new(head.cursor.clone(), head.newest_seq, Limits::default());
    let (products_log, chat_log) = (log(), log());
    let (products_head, chat_head) = (heads.products.clone(), heads.chat.clone());
    let language = settings.lang;
    let realtime = metrics.realtime.clone();
    let products_metrics = realtime.products.clone();
    // On a thread of their own: starting the server blocks this one until its workers are ready,
    // and workers wait for a reply of the hubs.
    let arbiter = Arbiter::new().handle();
    Hubs {
        products: Supervisor::start_in_arbiter(&arbiter, move |_| {
            ProductHub::new(
                products_log,
                catalogue,
                products_head,
                language,
                products_metrics.clone(),
            )
        }),
        chat: Supervisor::start_in_arbiter(&arbiter, move |_| {
            ChatRoom::new(chat_log, chat_head, realtime)
        }),
    }
}
