//! The server: one HTTP service for each worker, and what each connection is given.

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

use crate::realtime::{Hubs, SinkKind, Worker};
use crate::web::guard::in_flight::InFlight;
use crate::web::guard::limits;
use crate::web::{self, AppState, handover};

/// How long the headers of a request may take.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long what comes behind a last answer is passed over, so that the answer is not lost by a reset.
const LINGER: Duration = Duration::from_secs(2);
/// How long a peer may take nothing while something waits for it (TCP_USER_TIMEOUT).
const STALLED: Duration = Duration::from_secs(12);
/// How long a stop waits for the last bytes to leave, in seconds.
const FLUSH_SECONDS: u64 = 1;
/// Connections that may wait to be accepted.
const BACKLOG: i32 = 4096;

/// What every worker is built from.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) state: Data<AppState>,
    pub(super) hubs: Hubs,
    pub(super) in_flight: InFlight,
}

/// Serves on a listener, with so many workers or as many as there are cores.
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
    // A task has room for its service's future twice, so both sinks' are boxed.
    let server = match parts.state.sink {
        SinkKind::Direct => server.listen("http", listener, move || {
            let worker = SharedWorker::default();
            let state = parts.state.clone();
            let upgrades = application(parts.clone(), Rc::clone(&worker)).into_factory();
            let upgrades = map_config(upgrades, |()| AppConfig::default());
            let plain = application(parts.clone(), worker).into_factory();
            let http = HttpService::build()
                .client_request_timeout(HEADER_TIME)
                .client_disconnect_timeout(LINGER)
                .keep_alive(KEEP_ALIVE)
                .on_connect_ext(preparation(state))
                .upgrade(handover::upgrades(upgrades))
                .h1(map_config(plain, |()| AppConfig::default()));
            boxed::factory(http.tcp())
        })?,
        SinkKind::Response => server.listen("http", listener, move || {
            let state = parts.state.clone();
            let plain = application(parts.clone(), SharedWorker::default()).into_factory();
            let http = HttpService::build()
                .client_request_timeout(HEADER_TIME)
                .client_disconnect_timeout(LINGER)
                .keep_alive(KEEP_ALIVE)
                .on_connect_ext(preparation(state))
                .h1(map_config(plain, |()| AppConfig::default()));
            boxed::factory(http.tcp())
        })?,
    };
    Ok(server.run())
}

/// A worker's share of the realtime engine, started once however many applications it runs.
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
    let (hubs, sink) = (parts.hubs, parts.state.sink);
    let metrics = parts.state.metrics.realtime.clone();
    App::new()
        .app_data(parts.state)
        .app_data(Data::new(parts.in_flight))
        .data_factory(move || {
            let (worker, hubs) = (Rc::clone(&worker), hubs.clone());
            let metrics = metrics.clone();
            async move {
                let started = worker
                    .get_or_try_init(|| Worker::start(hubs, sink, metrics))
                    .await;
                started.cloned()
            }
        })
        .wrap(from_fn(web::guard::enter))
        .wrap(from_fn(web::observe::request))
        .configure(web::configure)
}

/// What is done to each connection before anything is read from it.
fn preparation(state: Data<AppState>) -> impl Fn(&TcpStream, &mut Extensions) + Clone + 'static {
    move |connection, kept| {
        if let Err(error) = prepare_connection(&state, connection, kept) {
            log::debug!("a connection went before it was prepared: {error}");
        }
    }
}

/// Closes a connection whose client has too many. Else has small frames leave at once, and the kernel cut a peer that
/// takes nothing for a while: from outside its session, which does not run while its socket is full.
fn prepare_connection(
    state: &AppState,
    connection: &TcpStream,
    kept: &mut Extensions,
) -> io::Result<()> {
    let socket = SockRef::from(connection);
    match limits::admit_connection(state, connection.peer_addr()?.ip()) {
        // It is given back when the connection ends, or leaves HTTP for a socket, of which there are fewer.
        Ok(place) => drop(place.map(|place| kept.insert(place))),
        Err(limits::TooMany) => {
            state.metrics.requests.connection_refused();
            return socket.shutdown(Shutdown::Both);
        }
    }
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_user_timeout(Some(STALLED))
}

/// Takes the port, or says that it is taken.
pub(super) fn listen(address: std::net::SocketAddr) -> io::Result<TcpListener> {
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
    bound().map_err(|error: io::Error| {
        io::Error::new(error.kind(), format!("{address} cannot be used: {error}"))
    })
}
