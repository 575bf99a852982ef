//! From an accepted upgrade to a running session.

use std::rc::Rc;

use actix_http::ws::Codec;
use actix_web::error::PayloadError;
use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use futures_util::Stream;

use super::body::SessionBody;
use super::guard::{GuardState, Guarded, RateLimits};
use super::{Session, SessionContext, SessionHandler};
use crate::realtime::fanout::WorkerStream;
use crate::realtime::sink::{DirectSocket, Incoming, Subscriber, drive};
use crate::realtime::subscription::Subscription;

/// Bytes of a client frame that the codec accepts; the guard has refused larger ones before.
const MAX_CLIENT_FRAME: usize = 16 << 10;

/// Starts a session on a request body; returns the response body.
pub fn accept<T: SessionHandler>(
    handler: T,
    subscription: Subscription,
    stream: &Rc<WorkerStream>,
    limits: RateLimits,
    incoming: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
) -> impl Stream<Item = Result<Bytes, actix_web::Error>> + 'static {
    let subscriber = Subscriber::new(subscription, None);
    open(handler, subscriber, stream, limits, incoming)
}

/// Runs a session on a socket that an upgrade has handed over, until one of them ends. The peer
/// sent the bytes in `early` right after its handshake.
///
/// Everything is set up before the future is made: the arguments of an `async fn` take space in its
/// future for as long as the socket is open.
pub fn take_over<T: SessionHandler>(
    handler: T,
    subscription: Subscription,
    stream: &Rc<WorkerStream>,
    limits: RateLimits,
    io: TcpStream,
    early: Bytes,
) -> impl Future<Output = ()> + 'static + use<T> {
    let socket = DirectSocket::new(io);
    let subscriber = Subscriber::new(subscription, Some(Rc::clone(&socket)));
    let incoming = Incoming::new(Rc::clone(&socket), early);
    let body = open(handler, subscriber, stream, limits, incoming);
    drive(body, socket)
}

fn open<T: SessionHandler>(
    handler: T,
    subscriber: Subscriber,
    stream: &Rc<WorkerStream>,
    limits: RateLimits,
    incoming: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
) -> SessionBody {
    let guard_state = GuardState::default();
    let session = Session::new(
        handler,
        Rc::clone(&subscriber.subscription),
        Rc::clone(stream),
        guard_state.clone(),
        limits,
    );
    let incoming = Guarded::new(incoming, limits, guard_state);
    let codec = Codec::new().max_size(MAX_CLIENT_FRAME);
    let output = SessionContext::<T>::with_codec(session, incoming, codec);
    SessionBody::new(output, subscriber, Rc::clone(stream))
}
