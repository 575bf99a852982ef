//! The application: parts are started in the order of their dependencies and stopped in reverse.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use actix_server::{Server, ServerHandle};
use actix_web::rt::task::JoinHandle;
use actix_web::web::Data;

use super::serve::{self, Parts};
use super::streams;
use crate::checkout;
use crate::config::{Settings, Sink};
use crate::domain::timestamp::Timestamp;
use crate::http::guard::in_flight::InFlight;
use crate::http::limits::Limits;
use crate::http::sessions::AdminSessions;
use crate::http::site::Site;
use crate::http::{AppState, Readiness};
use crate::images::Images;
use crate::metrics::Metrics;
use crate::pages::Templates;
use crate::realtime::{CloseAll, Hubs, RateLimits, SinkKind};
use crate::shop::{Expiry, Shop, fill_with_demo};
use crate::store::{SharedStore, open};

/// How long a stop waits for requests and sockets.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(7);

/// A failed start, as one line that names the setting.
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

    fn at<E: std::fmt::Display>(setting: &'static str) -> impl Fn(E) -> Self {
        move |error| Self::new(setting, error)
    }
}

/// A server that has bound its port and is ready to run.
pub struct Application {
    address: SocketAddr,
    server: Server,
    store: SharedStore,
    hubs: Hubs,
    in_flight: InFlight,
    dispatcher: JoinHandle<()>,
    expiry: JoinHandle<()>,
    demo_products: usize,
}

impl Application {
    /// Must run inside an actix system.
    pub async fn build(settings: &Settings) -> Result<Self, StartError> {
        Self::build_with_store(settings, |store| store).await
    }

    /// For tests: `wrap` may put another store in front of the configured one.
    #[doc(hidden)]
    pub async fn build_with_store(
        settings: &Settings,
        wrap: impl FnOnce(SharedStore) -> SharedStore,
    ) -> Result<Self, StartError> {
        if settings.dev {
            checkout::enable().map_err(StartError::at("--dev"))?;
        }
        let listener = serve::listen(settings.listen).map_err(StartError::at("--listen"))?;
        let address = listener.local_addr().map_err(StartError::at("--listen"))?;
        let images = open_images(&settings.uploads).await?;
        let metrics = Metrics::new(settings.store.kind());
        let store = open::open_measured(&settings.store, settings.hold, metrics.store.clone())
            .await
            .map_err(StartError::at("--store"))?;
        let store = wrap(store);
        let templates = Templates::load().map_err(StartError::at("views"))?;

        let streams = streams::start(&store, settings, &metrics)
            .await
            .map_err(StartError::at("--store"))?;
        let shop = Shop::new(
            store.clone(),
            images,
            streams.heads,
            streams.cart_watch,
            metrics.store.clone(),
        );
        shop.resolve_images()
            .await
            .map_err(StartError::at("--uploads"))?;
        let mut demo_products = 0;
        if settings.demo {
            demo_products = fill_with_demo(&shop, settings.lang)
                .await
                .map_err(StartError::at("--demo"))?;
        }

        let expiry = Expiry::new(store.clone(), settings.hold.is_on(), metrics.store.clone());
        let state = Data::new(AppState {
            shop,
            language: settings.lang,
            sink: sink(settings),
            limits: Limits::new(rate_limits(settings)),
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
            feed: streams.progress,
        });
        let in_flight = InFlight::default();
        let parts = Parts {
            state,
            templates: Data::new(templates),
            hubs: streams.hubs.clone(),
            in_flight: in_flight.clone(),
        };
        let server =
            serve::serve(listener, settings.workers, parts).map_err(StartError::at("--listen"))?;
        Ok(Self {
            address,
            server,
            store,
            hubs: streams.hubs,
            in_flight,
            dispatcher: streams.dispatcher,
            expiry: actix_web::rt::spawn(expiry.run()),
            demo_products,
        })
    }

    /// The bound address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The store's location, without secrets.
    pub fn store(&self) -> String {
        self.store.describe()
    }

    /// How many demo products were added by this start.
    pub fn demo_products(&self) -> usize {
        self.demo_products
    }

    /// Serves until `stop` completes, then stops in order: accepts no more connections, asks
    /// sockets to reconnect, finishes running requests and closes the store.
    ///
    /// # Errors
    /// The server stopped unexpectedly, or a task did without which pages would show outdated data.
    pub async fn run_until(mut self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let handle = self.server.handle();
        let mut server = actix_web::rt::spawn(self.server);
        let failed = tokio::select! {
            () = stop => None,
            _ = &mut self.dispatcher => Some("change dispatcher failed"),
            _ = &mut self.expiry => Some("expiry task failed"),
            ended = &mut server => {
                log::error!("server stopped unexpectedly");
                self.store.close().await;
                return ended.map_err(io::Error::other)?;
            }
        };
        drain(&handle, &self.hubs, &self.in_flight).await;
        let ended = server.await;
        self.expiry.abort();
        self.store.close().await;
        ended.map_err(io::Error::other)??;
        failed.map_or(Ok(()), |reason| Err(io::Error::other(reason)))
    }
}

fn sink(settings: &Settings) -> SinkKind {
    match settings.sink {
        Sink::Direct => SinkKind::Direct,
        Sink::Response => SinkKind::Response,
    }
}

fn rate_limits(settings: &Settings) -> RateLimits {
    if settings.rate_limits {
        RateLimits::On
    } else {
        RateLimits::Off
    }
}

/// Sessions that began before this start are not accepted.
fn admin_sessions(settings: &Settings) -> Option<AdminSessions> {
    let token = settings.admin.as_ref()?;
    Some(AdminSessions::new(token, Timestamp::now()))
}

async fn drain(server: &ServerHandle, hubs: &Hubs, in_flight: &InFlight) {
    log::info!("stopping");
    in_flight.stop();
    server.pause().await;
    // The hub passes it on to the shards of all workers.
    if let Err(error) = hubs.products.send(CloseAll).await {
        log::warn!("reconnect notice not sent: {error}");
    }
    let finished = tokio::time::timeout(DRAIN_TIMEOUT, in_flight.finished()).await;
    if finished.is_err() {
        log::warn!("shutdown timeout: requests or sockets still open");
    }
    server.stop(true).await;
}

async fn open_images(dir: &Path) -> Result<Images, StartError> {
    Images::open(dir).await.map_err(|error| {
        let reason = format!("cannot use {}: {error}", dir.display());
        StartError::new("--uploads", reason)
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::config::CommandLine;

    #[test]
    fn a_failed_dispatcher_stops_the_server() {
        let dir = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", dir.path().join("shop.db").display());
        let uploads = dir.path().join("uploads");
        let uploads = uploads.to_str().unwrap();
        let server = ["vitrina", "--listen", "127.0.0.1:0", "--workers", "1"];
        let data = ["--store", &store, "--uploads", uploads];
        let settings = CommandLine::try_parse_from(server.iter().chain(&data));
        let settings = settings.unwrap().into_settings().unwrap();
        actix_web::rt::System::new().block_on(async {
            let application = Application::build(&settings).await.unwrap();
            application.dispatcher.abort();
            let ended = application.run_until(std::future::pending()).await;
            let reason = ended.unwrap_err().to_string();
            assert_eq!(reason, "change dispatcher failed");
        });
    }
}
