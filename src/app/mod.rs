//! The application: an ordered start, and the same order backwards when it stops.

mod serve;

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use actix::{Arbiter, Supervisor};
use actix_server::{Server, ServerHandle};
use actix_web::rt::task::JoinHandle;
use actix_web::web::Data;

use self::serve::Parts;
use crate::config::{Settings, Sink};
use crate::domain::timestamp::Timestamp;
use crate::images::Images;
use crate::metrics::Metrics;
use crate::realtime::{
    ChatRoom, CloseAll, FrameLog, Head, Hubs, Limits, ProductHub, RateLimits, SinkKind, StreamHead,
};
use crate::shop::feed_pump::{FeedHealth, OpenedFeed, open_feed};
use crate::shop::{Expiry, FeedPump, Heads, LiveCarts, Shop, fill_with_demo};
use crate::store::{Feed, FeedStart, SharedStore, StoreError, StoreResult, open};
use crate::web::guard::in_flight::InFlight;
use crate::web::guard::limits::Limits as ClientLimits;
use crate::web::guard::sessions::AdminSessions;
use crate::web::guard::site::Site;
use crate::web::{AppState, Pages, Readiness};

/// How long a stop waits for requests and sockets.
const DRAIN_TIME: Duration = Duration::from_secs(7);
/// Changes that a start reads back into the frame logs.
const REFILL: u32 = 10_000;

/// Why the application cannot start: one line that names the setting.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct StartError {
    setting: &'static str,
    reason: String,
}

impl StartError {
    fn new(setting: &'static str, reason: impl std::fmt::Display) -> Self {
        let reason = format!("{reason}").replace('\n', " ");
        Self { setting, reason }
    }
}

/// A shop that listens.
pub struct Application {
    address: SocketAddr,
    server: Server,
    store: SharedStore,
    hubs: Hubs,
    in_flight: InFlight,
    /// What carries changes to the pages.
    pump: JoinHandle<()>,
    /// What ends holds and carts.
    expiry: JoinHandle<()>,
    demo_products: usize,
}

impl std::fmt::Debug for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Application")
            .field("address", &self.address)
            .field("store", &self.store.describe())
            .finish_non_exhaustive()
    }
}

impl Application {
    /// Opens everything, in the order in which each part needs the one before. Must run inside an
    /// actix system.
    ///
    /// # Errors
    /// What cannot be opened, by the setting that names it.
    pub async fn build(settings: &Settings) -> Result<Self, StartError> {
        Self::build_behind(settings, |store| store).await
    }

    /// The same, for proofs alone: whatever `before` makes of the store stands before it.
    ///
    /// # Errors
    /// As for [`Application::build`].
    #[doc(hidden)]
    pub async fn build_behind(
        settings: &Settings,
        before: impl FnOnce(SharedStore) -> SharedStore,
    ) -> Result<Self, StartError> {
        let listener =
            serve::listen(settings.listen).map_err(|error| StartError::new("--listen", error))?;
        let address = listener
            .local_addr()
            .map_err(|error| StartError::new("--listen", error))?;
        let images = open_images(&settings.uploads).await?;
        let metrics = Metrics::new(settings.store.kind());
        let store = open::open_measured(&settings.store, settings.hold, metrics.store.clone())
            .await
            .map_err(|error| StartError::new("--store", error))?;
        let store = before(store);
        let pages = Pages::load().map_err(|error| StartError::new("views", error))?;

        let started = start_streams(&store, settings, &metrics)
            .await
            .map_err(|error| StartError::new("--store", error))?;
        let shop = Shop::new(
            store.clone(),
            images,
            started.heads,
            started.live_carts,
            metrics.store.clone(),
        );
        shop.settle_pictures()
            .await
            .map_err(|error| StartError::new("--uploads", error))?;
        let demo_products = match settings.demo {
            true => fill_with_demo(&shop, settings.lang)
                .await
                .map_err(|error| StartError::new("--demo", error))?,
            false => 0,
        };

        let rate_limits = match settings.rate_limits {
            true => RateLimits::On,
            false => RateLimits::Off,
        };
        let expiry = Expiry::new(store.clone(), settings.hold.is_on(), metrics.store.clone());
        let state = Data::new(AppState {
            shop,
            pages,
            language: settings.lang,
            sink: match settings.sink {
                Sink::Direct => SinkKind::Direct,
                Sink::Response => SinkKind::Response,
            },
            limits: ClientLimits::new(rate_limits),
            site: Site {
                is_loopback: address.ip().is_loopback(),
                public: settings.public_url.clone(),
                proxies: settings.trusted_proxies.clone(),
                has_token: settings.admin.is_some(),
            },
            admin: settings.admin.clone(),
            metrics,
            admin_sessions: admin_sessions(settings),
            readiness: Readiness::default(),
            feed: started.health,
        });
        let in_flight = InFlight::default();
        let parts = Parts {
            state,
            hubs: started.hubs.clone(),
            in_flight: in_flight.clone(),
        };
        let server = serve::serve(listener, settings.workers, parts)
            .map_err(|error| StartError::new("--listen", error))?;
        Ok(Self {
            address,
            server,
            store,
            hubs: started.hubs,
            in_flight,
            pump: started.pump,
            expiry: actix_web::rt::spawn(expiry.run()),
            demo_products,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the data lies in, without secrets.
    pub fn store(&self) -> String {
        self.store.describe()
    }

    /// How many demo products this start has put into the catalogue.
    pub fn demo_products(&self) -> usize {
        self.demo_products
    }

    /// Serves until `stop` is done, then stops in order: no new connections, sockets are told to
    /// come back later, running requests are finished, the store is closed.
    ///
    /// # Errors
    /// The server failed, or a part ended without which pages would not be told the truth.
    pub async fn run_until(mut self, stop: impl Future<Output = ()>) -> std::io::Result<()> {
        let handle = self.server.handle();
        let mut server = actix_web::rt::spawn(self.server);
        let lost = tokio::select! {
            () = stop => None,
            _ = &mut self.pump => Some("changes reach the pages no more"),
            _ = &mut self.expiry => Some("holds and carts end no more"),
            ended = &mut server => {
                log::error!("the server ended by itself");
                self.store.close().await;
                return ended.map_err(std::io::Error::other)?;
            }
        };
        drain(&handle, &self.hubs, &self.in_flight).await;
        let ended = server.await;
        self.expiry.abort();
        self.store.close().await;
        ended.map_err(std::io::Error::other)??;
        lost.map_or(Ok(()), |lost| Err(std::io::Error::other(lost)))
    }
}

/// No session of the admin page is open at a start.
fn admin_sessions(settings: &Settings) -> Option<AdminSessions> {
    let now = Timestamp::now();
    settings
        .admin
        .as_ref()
        .map(|token| AdminSessions::new(token, now))
}

/// The parts that carry changes to pages.
struct Streams {
    hubs: Hubs,
    heads: Heads,
    live_carts: LiveCarts,
    health: FeedHealth,
    pump: JoinHandle<()>,
}

/// Opens the feed, refills the logs from it, and starts the hubs where they end.
async fn start_streams(
    store: &SharedStore,
    settings: &Settings,
    metrics: &Metrics,
) -> StoreResult<Streams> {
    let OpenedFeed { feed, newest_seq } = open_feed(store, FeedStart::Back(REFILL)).await?;
    let Feed {
        base,
        backlog,
        live,
    } = feed;

    let limits = Limits::default();
    let head = StreamHead::new(Head {
        cursor: base.clone(),
        newest_seq,
    });
    let heads = Heads {
        products: head.clone(),
        chat: StreamHead::new(head.get()),
    };
    let language = settings.lang;
    let products_log = FrameLog::new(base.clone(), newest_seq, limits);
    let chat_log = FrameLog::new(base, newest_seq, limits);
    let realtime = metrics.realtime.clone();
    let products = realtime.products.clone();
    let (products_head, chat_head) = (heads.products.clone(), heads.chat.clone());
    // A thread of their own: the server's start blocks this one until its workers are ready, and
    // workers are ready when the hubs have answered them.
    let arbiter = Arbiter::new().handle();
    let hubs = Hubs {
        products: Supervisor::start_in_arbiter(&arbiter, move |_| {
            ProductHub::new(products_log, products_head, language, products.clone())
        }),
        chat: Supervisor::start_in_arbiter(&arbiter, move |_| {
            ChatRoom::new(chat_log, chat_head, realtime)
        }),
    };
    let health = FeedHealth::default();
    let live_carts = LiveCarts::start(store.clone(), hubs.products.clone());
    let pump = FeedPump::new(
        store.clone(),
        hubs.clone(),
        live_carts.clone(),
        &health,
        metrics.feed.clone(),
    );
    if let Err(error) = pump.publish(backlog).await {
        return Err(StoreError::Internal(error.into()));
    }
    let pump = actix_web::rt::spawn(pump.run(live));
    Ok(Streams {
        hubs,
        heads,
        live_carts,
        health,
        pump,
    })
}

async fn drain(server: &ServerHandle, hubs: &Hubs, in_flight: &InFlight) {
    log::info!("stopping");
    in_flight.stop();
    server.pause().await;
    // Hubs know every worker's shard.
    if let Err(error) = hubs.products.send(CloseAll).await {
        log::warn!("sockets were not told to come back: {error}");
    }
    let finished = tokio::time::timeout(DRAIN_TIME, in_flight.finished()).await;
    if finished.is_err() {
        log::warn!("some requests or sockets did not end in time");
    }
    server.stop(true).await;
}

async fn open_images(folder: &Path) -> Result<Images, StartError> {
    Images::open(folder).await.map_err(|error| {
        let reason = format!("{} cannot be used: {error}", folder.display());
        StartError::new("--uploads", reason)
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::config::CommandLine;

    #[test]
    fn a_shop_that_can_tell_its_pages_nothing_more_ends() {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("shop.db").display());
        let uploads = folder.path().join("uploads");
        let uploads = uploads.to_str().unwrap();
        let own = ["vitrina", "--listen", "127.0.0.1:0", "--workers", "1"];
        let places = ["--store", &store, "--uploads", uploads];
        let settings = CommandLine::try_parse_from(own.iter().chain(&places));
        let settings = settings.unwrap().into_settings().unwrap();
        actix_web::rt::System::new().block_on(async {
            let shop = Application::build(&settings).await.unwrap();
            shop.pump.abort();
            let ended = shop.run_until(std::future::pending()).await;
            let reason = ended.unwrap_err().to_string();
            assert_eq!(reason, "changes reach the pages no more");
        });
    }
}
