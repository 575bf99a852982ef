//! The HTTP service of each worker, and the options of each connection.

use std::io;
use std::net::{Shutdown, TcpListener};
use std::rc::Rc;
use std::time::Duration;

use actix_http::HttpService;
use actix_http::body::MessageBody;
use actix_server::Server;
use actix_service::{IntoServiceFactory, ServiceFactory, boxed, map_config};
use actix_web::dev::{AppConfig, Extensions, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::web::Data;
use actix_web::{App, Error};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::sync::OnceCell;

use crate::api;
use crate::http::guard::admission;
use crate::http::guard::in_flight::InFlight;
use crate::http::limits::LimitExceeded;
use crate::http::{self, AppState, upgrade};
use crate::pages::{self, Templates};
use crate::realtime::{Hubs, SinkKind, Worker};

const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long input is discarded after the last response, so that a reset does not lose the response.
const LINGER: Duration = Duration::from_secs(2);
/// How long a peer may leave sent data unacknowledged (TCP_USER_TIMEOUT).
const PEER_TIMEOUT: Duration = Duration::from_secs(12);
/// How long a stop waits for the last bytes to be sent, in seconds.
const FLUSH_SECONDS: u64 = 1;
/// Maximum number of connections waiting to be accepted.
const BACKLOG: i32 = 4096;

/// The shared parts that every worker is built from.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) state: Data<AppState>,
    pub(super) templates: Data<Templates>,
    pub(super) hubs: Hubs,
    pub(super) in_flight: InFlight,
}

/// `workers` defaults to the number of cores.
pub(super) fn serve(
    listener: TcpListener,
    workers: Option<u16>,
    parts: Parts,
) -> io::Result<Server> {
    let mut server = Server::build()
        .disable_signals()
        .shutdown_timeout(FLUSH_SECONDS);
    if let Some(workers) = workers {
        server = server.workers(usize::from(workers));
    }
    // A task reserves the size of its service's future twice, so the service is boxed.
    let server = match parts.state.sink {
        SinkKind::Direct => server.listen("http", listener, move || {
            let worker = SharedWorker::default();
            let state = parts.state.clone();
            let upgrades = application(parts.clone(), Rc::clone(&worker)).into_factory();
            let upgrades = map_config(upgrades, |()| AppConfig::default());
            let plain = application(parts.clone(), worker).into_factory();
            let http = HttpService::build()
                .client_request_timeout(HEADER_TIMEOUT)
                .client_disconnect_timeout(LINGER)
                .keep_alive(KEEP_ALIVE)
                .on_connect_ext(on_connect(state))
                .upgrade(upgrade::upgrades(upgrades))
                .h1(map_config(plain, |()| AppConfig::default()));
            boxed::factory(http.tcp())
        })?,
        SinkKind::Response => server.listen("http", listener, move || {
            let state = parts.state.clone();
            let plain = application(parts.clone(), SharedWorker::default()).into_factory();
            let http = HttpService::build()
                .client_request_timeout(HEADER_TIMEOUT)
                .client_disconnect_timeout(LINGER)
                .keep_alive(KEEP_ALIVE)
                .on_connect_ext(on_connect(state))
                .h1(map_config(plain, |()| AppConfig::default()));
            boxed::factory(http.tcp())
        })?,
    };
    Ok(server.run())
}

/// The realtime part of a worker, started once for all of its `App`s.
type SharedWorker = Rc<OnceCell<Worker>>;

fn application(
    parts: Parts,
    worker: SharedWorker,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let hubs = parts.hubs;
    let metrics = parts.state.metrics.realtime.clone();
    App::new()
        .app_data(parts.state)
        .app_data(parts.templates)
        .app_data(Data::new(parts.in_flight))
        .data_factory(move || {
            let (worker, hubs) = (Rc::clone(&worker), hubs.clone());
            let metrics = metrics.clone();
            async move {
                let started = worker
                    .get_or_try_init(|| Worker::start(hubs, metrics))
                    .await;
                started.cloned()
            }
        })
        .wrap(from_fn(http::guard::enter))
        .wrap(from_fn(http::request_log::request))
        .configure(api::configure)
        .configure(pages::configure)
}

/// Prepares each connection before anything is read from it.
fn on_connect(state: Data<AppState>) -> impl Fn(&TcpStream, &mut Extensions) + Clone + 'static {
    move |connection, extensions| {
        if let Err(error) = prepare_connection(&state, connection, extensions) {
            log::debug!("connection closed during accept: {error}");
        }
    }
}

/// Closes the connection if its client has too many. Otherwise disables Nagle's algorithm and lets
/// the kernel close the connection of a stalled peer; its session cannot, because it does not run
/// while the socket is full.
fn prepare_connection(
    state: &AppState,
    connection: &TcpStream,
    extensions: &mut Extensions,
) -> io::Result<()> {
    let socket = SockRef::from(connection);
    match admission::admit_connection(state, connection.peer_addr()?.ip()) {
        // Returned when the connection ends or becomes a WebSocket; those have a limit of their
        // own.
        Ok(permit) => drop(permit.map(|permit| extensions.insert(permit))),
        Err(LimitExceeded) => {
            state.metrics.requests.connection_refused();
            return socket.shutdown(Shutdown::Both);
        }
    }
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_user_timeout(Some(PEER_TIMEOUT))
}

pub(super) fn listen(address: std::net::SocketAddr) -> io::Result<TcpListener> {
    let bind = || {
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
    bind().map_err(|error: io::Error| {
        io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
    })
}
