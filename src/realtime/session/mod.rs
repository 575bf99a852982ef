//! The actor of one socket: reads what comes in, keeps the heartbeat, and says what concerns this
//! reader alone. What concerns everybody leaves through its [`Outbox`].

mod chat;
mod heartbeat;
mod products;
#[cfg(test)]
mod tests;

use std::rc::Rc;
use std::time::Instant;

use actix::{Actor, ActorContext, AsyncContext, Handler, StreamHandler};
use actix_http::ws::{Codec, Item};
use actix_web::error::PayloadError;
use actix_web::rt::net::TcpStream;
use actix_web_actors::ws::{self, CloseCode, Message, ProtocolError, WebsocketContext};
use bytes::Bytes;
use futures_util::Stream;

use self::heartbeat::{Heartbeat, Pulse};
use super::body::SessionBody;
use super::direct::{self, DirectSocket, Incoming};
use super::guard::{Bucket, Fragments, Guarded, Joined, RateLimits, Verdict};
use super::messages::{CloseSocket, Lapsed};
use super::outbox::{Outbox, SessionDoor};
use super::worker::WorkerStream;
use crate::protocol::client_frame;
use crate::protocol::close::Close;
use crate::protocol::frame::Frame;
use crate::protocol::server_frame::{self, ErrorCode};

pub use chat::{ChatTalk, MaySay};
pub use products::ProductTalk;

/// Most bytes in a part of a snapshot or of a history, as long as it has more than one product or
/// message: what a peer that stopped reading costs.
const PART_BYTES: usize = 48 << 10;
/// Largest client frame that the codec takes; the guard has refused larger ones before.
const MAX_CLIENT_FRAME: usize = 16 << 10;
/// Texts a second, and at once.
const TEXTS: (f64, f64) = (10.0, 20.0);
/// Texts beyond the rate that are answered before the socket is closed.
const MAX_REFUSED: u32 = 100;

/// The context that sessions run in.
pub(super) type SessionContext<T> = WebsocketContext<Session<T>>;

/// What is said on a socket: the products' or the chat's part of a session.
pub trait Talk: Sized + Unpin + 'static {
    /// The socket is open.
    fn opened(session: &mut Session<Self>, ctx: &mut SessionContext<Self>);

    /// The client sent a text.
    fn text(session: &mut Session<Self>, text: &str, ctx: &mut SessionContext<Self>);

    /// The log has moved past this reader.
    fn lapsed(session: &mut Session<Self>, ctx: &mut SessionContext<Self>);

    /// The socket is gone.
    fn closed(session: &mut Session<Self>);
}

/// One open socket.
#[derive(Debug)]
pub struct Session<T> {
    talk: T,
    outbox: Rc<Outbox>,
    stream: Rc<WorkerStream>,
    pulse: Pulse,
    verdict: Verdict,
    fragments: Fragments,
    /// What may be said in a second; `None` where rates are off.
    texts: Option<Bucket>,
    /// Texts that were refused since one was taken.
    refused: u32,
    closing: bool,
}

/// Turns an accepted upgrade into a session: gives the response's body.
pub fn accept<T: Talk>(
    talk: T,
    outbox: Outbox,
    stream: &Rc<WorkerStream>,
    limits: RateLimits,
    incoming: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
) -> impl Stream<Item = Result<Bytes, actix_web::Error>> + 'static {
    session(talk, Rc::new(outbox), stream, limits, incoming)
}

/// Runs a session on a socket that an upgrade has handed over, until one of them ends. `early` is
/// what the peer sent behind its handshake.
///
/// All is put together before the future is made: what an `async fn` is given keeps its room in the
/// future for as long as the socket is open.
pub fn take_over<T: Talk>(
    talk: T,
    outbox: Outbox,
    stream: &Rc<WorkerStream>,
    limits: RateLimits,
    io: TcpStream,
    early: Bytes,
) -> impl Future<Output = ()> + 'static + use<T> {
    let outbox = Rc::new(outbox);
    let socket = DirectSocket::new(io);
    outbox.connect(Rc::clone(&socket));
    let incoming = Incoming::new(Rc::clone(&socket), early);
    let body = session(talk, outbox, stream, limits, incoming);
    direct::drive(body, socket)
}

fn session<T: Talk>(
    talk: T,
    outbox: Rc<Outbox>,
    stream: &Rc<WorkerStream>,
    limits: RateLimits,
    incoming: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
) -> SessionBody {
    let verdict = Verdict::default();
    let session = Session {
        talk,
        outbox: Rc::clone(&outbox),
        stream: Rc::clone(stream),
        pulse: Pulse::default(),
        verdict: verdict.clone(),
        fragments: Fragments::default(),
        texts: (limits == RateLimits::On).then(|| Bucket::new(TEXTS.0, TEXTS.1, Instant::now())),
        refused: 0,
        closing: false,
    };
    let incoming = Guarded::new(incoming, limits, verdict);
    let codec = Codec::new().max_size(MAX_CLIENT_FRAME);
    let output = WebsocketContext::with_codec(session, incoming, codec);
    SessionBody::new(output, outbox, Rc::clone(stream))
}

/// Asks the shop once what was said before has left: a store that answers at once would else have a
/// session go on and on while its socket takes nothing.
async fn unhurried<F: Future>(asking: F) -> F::Output {
    tokio::task::yield_now().await;
    asking.await
}

impl<T: Talk> Session<T> {
    /// Its part that is the products' or the chat's.
    pub fn talk(&self) -> &T {
        &self.talk
    }

    /// Sends a frame to this reader alone.
    fn say(&self, frame: &Frame, ctx: &mut SessionContext<T>) {
        if self.closing {
            return;
        }
        match bytestring::ByteString::try_from(frame.payload()) {
            Ok(text) => ctx.text(text),
            Err(_) => log::error!("a frame of our own is no UTF-8"),
        }
    }

    /// Says goodbye and ends.
    fn close(&mut self, close: &Close, ctx: &mut SessionContext<T>) {
        if self.closing {
            return;
        }
        self.closing = true;
        self.stream.metrics().closed(close.label());
        self.outbox.shut();
        ctx.close(close.code().map(|code| ws::CloseReason {
            code: CloseCode::from(code),
            description: Some(close.reason()).filter(|reason| !reason.is_empty()),
        }));
        ctx.stop();
    }

    fn tick(&mut self, ctx: &mut SessionContext<T>) {
        // A slow reader answers a ping late, and a slow writer behind the frame that it is at: what its
        // socket takes or brings is a sign of life as well.
        if self.outbox.took() | self.verdict.stirred() {
            self.pulse.beat();
        }
        match self.pulse.tick() {
            Heartbeat::Quiet => {}
            Heartbeat::Ping => {
                let untold = self
                    .stream
                    .log()
                    .and_then(|log| self.outbox.take_untold(&log));
                if let Some(position) = untold {
                    self.say(&server_frame::position(&position), ctx);
                }
                ctx.ping(b"");
            }
            Heartbeat::Dead => self.close(&Close::Silent, ctx),
        }
    }

    /// A whole text arrived.
    fn hear(&mut self, text: &str, ctx: &mut SessionContext<T>) {
        let allowed = self
            .texts
            .as_mut()
            .is_none_or(|texts| texts.take(1.0, Instant::now()));
        if allowed {
            self.refused = 0;
            return T::text(self, text, ctx);
        }
        self.refused += 1;
        if self.refused > MAX_REFUSED {
            return self.close(&Close::TooFast, ctx);
        }
        let nonce = client_frame::nonce_of(text);
        self.say(
            &server_frame::error(ErrorCode::RateLimited, nonce.as_deref()),
            ctx,
        );
    }

    fn put_together(&mut self, item: Item, ctx: &mut SessionContext<T>) {
        match self.fragments.join(item) {
            Joined::Pending => {}
            Joined::Text(text) => self.hear(&text, ctx),
            Joined::Refused(close) => self.close(&close, ctx),
        }
    }
}

impl<T: Talk> Actor for Session<T> {
    type Context = SessionContext<T>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let address = ctx.address();
        self.outbox.attach(SessionDoor {
            close: address.clone().recipient(),
            lapsed: address.recipient(),
        });
        ctx.run_interval(heartbeat::TICK, Self::tick);
        T::opened(self, ctx);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        if !self.closing {
            self.stream.metrics().closed("gone");
        }
        self.outbox.shut();
        T::closed(self);
    }
}

impl<T: Talk> StreamHandler<Result<Message, ProtocolError>> for Session<T> {
    fn handle(&mut self, item: Result<Message, ProtocolError>, ctx: &mut Self::Context) {
        if self.closing {
            return;
        }
        self.pulse.beat();
        match item {
            Ok(Message::Text(text)) => self.hear(&text, ctx),
            Ok(Message::Ping(payload)) => ctx.pong(&payload),
            Ok(Message::Pong(_) | Message::Nop) => {}
            Ok(Message::Close(reason)) => {
                let code = reason.map(|reason| reason.code.into());
                self.close(&Close::ByPeer(code), ctx);
            }
            Ok(Message::Binary(_)) => self.close(&Close::TextOnly, ctx),
            Ok(Message::Continuation(item)) => self.put_together(item, ctx),
            Err(error) => {
                let close = self.verdict.take().unwrap_or_else(|| refusal(&error));
                self.close(&close, ctx);
            }
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

fn refusal(error: &ProtocolError) -> Close {
    match error {
        ProtocolError::Overflow => Close::TooLarge,
        ProtocolError::Io(_) => Close::NotUtf8,
        _ => Close::ProtocolError,
    }
}

impl<T: Talk> Handler<CloseSocket> for Session<T> {
    type Result = ();

    fn handle(&mut self, CloseSocket(close): CloseSocket, ctx: &mut Self::Context) {
        self.close(&close, ctx);
    }
}

impl<T: Talk> Handler<Lapsed> for Session<T> {
    type Result = ();

    fn handle(&mut self, _: Lapsed, ctx: &mut Self::Context) {
        T::lapsed(self, ctx);
    }
}
