//! The actor of one socket: reads what comes in, keeps the heartbeat, and says what concerns this
//! reader alone. What concerns everybody leaves through its [`Outbox`].

mod chat;
mod heartbeat;
mod products;

use std::rc::Rc;

use actix::{Actor, ActorContext, AsyncContext, Handler, StreamHandler};
use actix_http::ws::Codec;
use actix_web::error::PayloadError;
use actix_web_actors::ws::{self, CloseCode, Message, ProtocolError, WebsocketContext};
use bytes::Bytes;
use futures_util::Stream;

use self::heartbeat::{Heartbeat, Pulse};
use super::body::SessionBody;
use super::messages::{CloseSocket, Lapsed};
use super::outbox::{Outbox, SessionDoor};
use super::worker::WorkerStream;
use crate::protocol::close::Close;
use crate::protocol::frame::Frame;

pub use chat::ChatTalk;
pub use products::ProductTalk;

/// Largest client frame, in bytes.
const MAX_CLIENT_FRAME: usize = 16 << 10;

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
    closing: bool,
}

/// Turns an accepted upgrade into a session: gives the response's body.
pub fn accept<T: Talk>(
    talk: T,
    outbox: Outbox,
    stream: &Rc<WorkerStream>,
    incoming: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
) -> impl Stream<Item = Result<Bytes, actix_web::Error>> + 'static {
    let outbox = Rc::new(outbox);
    let session = Session {
        talk,
        outbox: Rc::clone(&outbox),
        stream: Rc::clone(stream),
        pulse: Pulse::default(),
        closing: false,
    };
    let codec = Codec::new().max_size(MAX_CLIENT_FRAME);
    let output = WebsocketContext::with_codec(session, incoming, codec);
    SessionBody::new(output, outbox, Rc::clone(stream))
}

impl<T: Talk> Session<T> {
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
        self.outbox.shut();
        ctx.close(Some(ws::CloseReason {
            code: CloseCode::from(close.code()),
            description: Some(close.reason()),
        }));
        ctx.stop();
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
        ctx.run_interval(heartbeat::TICK, |session, ctx| match session.pulse.tick() {
            Heartbeat::Quiet => {}
            Heartbeat::Ping => ctx.ping(b""),
            Heartbeat::Dead => session.close(&Close::Silent, ctx),
        });
        T::opened(self, ctx);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.outbox.shut();
        T::closed(self);
    }
}

impl<T: Talk> StreamHandler<Result<Message, ProtocolError>> for Session<T> {
    fn handle(&mut self, item: Result<Message, ProtocolError>, ctx: &mut Self::Context) {
        self.pulse.beat();
        match item {
            Ok(Message::Text(text)) => T::text(self, &text, ctx),
            Ok(Message::Ping(payload)) => ctx.pong(&payload),
            Ok(Message::Pong(_) | Message::Nop) => {}
            Ok(Message::Close(_)) => self.close(&Close::ByPeer, ctx),
            Ok(Message::Binary(_)) => self.close(&Close::TextOnly, ctx),
            Ok(Message::Continuation(_)) => self.close(&Close::ProtocolError, ctx),
            Err(error) => self.close(&refusal(&error), ctx),
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
