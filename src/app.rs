//! The application: an ordered start, and the same order backwards when it stops.

use std::any::Any;
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use actix::{Arbiter, Supervisor};
use actix_web::dev::Extensions;
use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::config::Settings;
use crate::images::Images;
use crate::realtime::{
    ChatRoom, CloseAll, FrameLog, Head, Hubs, Limits, ProductHub, RateLimits, StreamHead, Worker,
};
use crate::shop::feed_pump::FeedHealth;
use crate::shop::{FeedPump, Heads, Shop, fill_with_demo};
use crate::store::{Feed, FeedStart, SharedStore, open};
use crate::web::guard::in_flight::InFlight;
use crate::web::{self, AppState, Pages};

/// How long the headers of a request may take.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a peer may take nothing while something waits for it (TCP_USER_TIMEOUT).
const STALLED: Duration = Duration::from_secs(12);
/// How long a stop waits for requests and sockets.
const DRAIN_TIME: Duration = Duration::from_secs(7);
/// How long it waits then for the last bytes to leave, in seconds.
const FLUSH_SECONDS: u64 = 1;
/// Connections that may wait to be accepted.
const BACKLOG: i32 = 4096;
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
        let listener =
            listen(settings.listen).map_err(|error| StartError::new("--listen", error))?;
        let address = listener
            .local_addr()
            .map_err(|error| StartError::new("--listen", error))?;
        let images = open_images(&settings.uploads).await?;
        let store = open::open(&settings.store)
            .await
            .map_err(|error| StartError::new("--store", error))?;
        let pages = Pages::load().map_err(|error| StartError::new("views", error))?;

        let started = start_streams(&store, settings)
            .await
            .map_err(|error| StartError::new("--store", error))?;
        let shop = Shop::new(store.clone(), images, started.heads);
        shop.settle_pictures()
            .await
            .map_err(|error| StartError::new("--uploads", error))?;
        let demo_products = match settings.demo {
            true => fill_with_demo(&shop, settings.lang)
                .await
                .map_err(|error| StartError::new("--demo", error))?,
            false => 0,
        };

        let state = Data::new(AppState {
            shop,
            pages,
            language: settings.lang,
            rate_limits: if settings.rate_limits {
                RateLimits::On
            } else {
                RateLimits::Off
            },
            feed: started.health,
        });
        let in_flight = InFlight::default();
        let server = serve(listener, settings, &state, &started.hubs, &in_flight)
            .map_err(|error| StartError::new("--listen", error))?;
        Ok(Self {
            address,
            server,
            store,
            hubs: started.hubs,
            in_flight,
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
    /// The server failed.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> std::io::Result<()> {
        let handle = self.server.handle();
        let server = actix_web::rt::spawn(self.server);
        stop.await;
        drain(&handle, &self.hubs, &self.in_flight).await;
        let ended = server.await;
        self.store.close().await;
        ended.map_err(std::io::Error::other)?
    }
}

/// The parts that carry changes to pages.
struct Streams {
    hubs: Hubs,
    heads: Heads,
    health: FeedHealth,
}

/// Opens the feed, refills the logs from it, and starts the hubs where they end.
async fn start_streams(
    store: &SharedStore,
    settings: &Settings,
) -> Result<Streams, crate::store::StoreError> {
    let Feed {
        base,
        backlog,
        live,
    } = store.open_feed(FeedStart::Back(REFILL)).await?;
    let newest = store.history(None, 1).await?.messages;
    let newest_seq = newest.last().map_or(0, |message| message.seq);

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
    let (products_head, chat_head) = (heads.products.clone(), heads.chat.clone());
    // A thread of their own: the server's start blocks this one until its workers are ready, and
    // workers are ready when the hubs have answered them.
    let arbiter = Arbiter::new().handle();
    let hubs = Hubs {
        products: Supervisor::start_in_arbiter(&arbiter, move |_| {
            ProductHub::new(products_log, products_head, language)
        }),
        chat: Supervisor::start_in_arbiter(&arbiter, move |_| ChatRoom::new(chat_log, chat_head)),
    };
    let health = FeedHealth::default();
    let pump = FeedPump::new(store.clone(), hubs.clone(), &health);
    pump.publish(backlog).await;
    actix_web::rt::spawn(pump.run(live));
    Ok(Streams {
        hubs,
        heads,
        health,
    })
}

fn serve(
    listener: TcpListener,
    settings: &Settings,
    state: &Data<AppState>,
    hubs: &Hubs,
    in_flight: &InFlight,
) -> std::io::Result<Server> {
    let (state, hubs) = (state.clone(), hubs.clone());
    let in_flight = Data::new(in_flight.clone());
    let mut server = HttpServer::new(move || {
        let hubs = hubs.clone();
        App::new()
            .app_data(state.clone())
            .app_data(in_flight.clone())
            .data_factory(move || Worker::start(hubs.clone()))
            .wrap(from_fn(web::guard::enter))
            .configure(web::configure)
    })
    .disable_signals()
    .client_request_timeout(HEADER_TIME)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(FLUSH_SECONDS)
    .tcp_nodelay(true)
    .on_connect(bound_silence);
    if let Some(workers) = settings.workers {
        server = server.workers(usize::from(workers));
    }
    Ok(server.listen(listener)?.run())
}

/// Has the kernel cut a peer that takes nothing for a while: from outside its session, which does
/// not run while its socket is full.
fn bound_silence(connection: &dyn Any, _: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<TcpStream>()
        && let Err(error) = SockRef::from(stream).set_tcp_user_timeout(Some(STALLED))
    {
        log::warn!("a stalled peer cannot be cut: {error}");
    }
}

async fn drain(server: &ServerHandle, hubs: &Hubs, in_flight: &InFlight) {
    log::info!("stopping");
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

/// Takes the port, or says that it is taken.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let bound = || {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(TcpListener::from(socket))
    };
    bound().map_err(|error: std::io::Error| {
        std::io::Error::new(error.kind(), format!("{address} cannot be used: {error}"))
    })
}
