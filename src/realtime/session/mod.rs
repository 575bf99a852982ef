//! The actor of one socket: handles what comes in, checks that the peer is alive, and sends what is
//! for this socket only. The stream leaves through its [`Subscription`].

mod body;
mod chat;
pub(super) mod guard;
mod heartbeat;
mod open;
mod products;
pub(super) mod shop_api;
#[cfg(test)]
mod tests;

use std::rc::Rc;
use std::time::Instant;

use actix::{
    Actor, ActorContext, ActorFutureExt, AsyncContext, Handler, StreamHandler, WrapFuture,
};
use actix_http::ws::Item;
use actix_web_actors::ws::{self, CloseCode, Message, ProtocolError, WebsocketContext};

use self::guard::{Bucket, Fragments, GuardState, RateLimits, Reassembly};
use self::heartbeat::{Heartbeat, HeartbeatMonitor};
use super::fanout::WorkerStream;
use super::subscription::{SessionMessage, Subscription};
use crate::domain::position::Position;
use crate::protocol::client_frame;
use crate::protocol::close::Close;
use crate::protocol::frame::Frame;
use crate::protocol::server_frame::{self, ErrorCode};

pub use chat::{ChatQuota, ChatSession};
pub use open::{accept, take_over};
pub use products::ProductSession;

/// Bytes of a part of a snapshot or history, unless a single item is larger. This is what a stalled
/// peer costs.
const MAX_PART_BYTES: usize = 48 << 10;
/// Text messages per second, and burst.
const MESSAGES: (f64, f64) = (10.0, 20.0);
/// Text messages beyond the rate that are answered before the socket is closed.
const MAX_REFUSED: u32 = 100;

/// The context that sessions run in.
pub(super) type SessionContext<T> = WebsocketContext<Session<T>>;

/// The part of a session that depends on its stream.
pub trait SessionHandler: Sized + Unpin + 'static {
    fn on_open(session: &mut Session<Self>, ctx: &mut SessionContext<Self>);

    /// The client sent a text message.
    fn on_text(session: &mut Session<Self>, text: &str, ctx: &mut SessionContext<Self>);

    /// The log no longer has the next frame of the subscription, which is paused.
    fn on_lagged(session: &mut Session<Self>, ctx: &mut SessionContext<Self>);

    /// The socket is closed.
    fn on_closed(session: &mut Session<Self>);
}

/// One open socket.
pub struct Session<T> {
    handler: T,
    subscription: Rc<Subscription>,
    stream: Rc<WorkerStream>,
    heartbeat: HeartbeatMonitor,
    guard_state: GuardState,
    fragments: Fragments,
    /// `None` where rates are off.
    message_rate: Option<Bucket>,
    /// Refused text messages since the last accepted one.
    refused: u32,
    closing: bool,
}

impl<T: SessionHandler> Session<T> {
    fn new(
        handler: T,
        subscription: Rc<Subscription>,
        stream: Rc<WorkerStream>,
        guard_state: GuardState,
        limits: RateLimits,
    ) -> Self {
        let (per_second, burst) = MESSAGES;
        let has_rates = limits == RateLimits::On;
        Self {
            handler,
            subscription,
            stream,
            heartbeat: HeartbeatMonitor::default(),
            guard_state,
            fragments: Fragments::default(),
            message_rate: has_rates.then(|| Bucket::new(per_second, burst, Instant::now())),
            refused: 0,
            closing: false,
        }
    }

    pub fn handler(&self) -> &T {
        &self.handler
    }

    /// Runs a request to the shop, then `reply`; the session reads nothing else meanwhile. The
    /// request starts after the frames before it have left. A store that replies at once would
    /// otherwise keep a session running while its socket takes nothing.
    fn request<R: 'static>(
        &self,
        request: impl Future<Output = R> + 'static,
        reply: impl FnOnce(&mut Self, R, &mut SessionContext<T>) + 'static,
        ctx: &mut SessionContext<T>,
    ) {
        let request = async move {
            tokio::task::yield_now().await;
            request.await
        };
        let replied = request
            .into_actor(self)
            .map(|result, session, ctx| reply(session, result, ctx));
        ctx.wait(replied);
    }

    /// Sends a frame to this socket only.
    fn send(&self, frame: &Frame, ctx: &mut SessionContext<T>) {
        if self.closing {
            return;
        }
        match bytestring::ByteString::try_from(frame.payload()) {
            Ok(text) => ctx.text(text),
            Err(_) => log::error!("internal frame is not valid UTF-8"),
        }
    }

    fn send_error(&self, code: ErrorCode, nonce: Option<&str>, ctx: &mut SessionContext<T>) {
        self.send(&server_frame::error(code, nonce), ctx);
    }

    /// Sends the close frame and ends.
    fn close(&mut self, close: &Close, ctx: &mut SessionContext<T>) {
        if self.closing {
            return;
        }
        self.closing = true;
        self.stream.metrics().closed(close.label());
        self.subscription.cursor().pause();
        ctx.close(close.code().map(|code| ws::CloseReason {
            code: CloseCode::from(code),
            description: Some(close.reason()).filter(|reason| !reason.is_empty()),
        }));
        ctx.stop();
    }

    fn tick(&mut self, ctx: &mut SessionContext<T>) {
        // A slow peer may answer a ping late, behind the frames that it still reads or sends. So
        // bytes in either direction count as well.
        let has_received = self.guard_state.take_activity();
        let has_sent = self.subscription.take_progress();
        if has_received || has_sent {
            self.heartbeat.touch();
        }
        match self.heartbeat.tick() {
            Heartbeat::Nothing => {}
            Heartbeat::Ping => {
                if let Some(position) = self.take_unsent() {
                    self.send(&server_frame::position(&position), ctx);
                }
                ctx.ping(b"");
            }
            Heartbeat::Dead => self.close(&Close::Silent, ctx),
        }
    }

    /// The position of the subscription, if no frame has brought it.
    fn take_unsent(&self) -> Option<Position> {
        let log = self.stream.log()?;
        self.subscription.take_unsent(&log)
    }

    fn on_text(&mut self, text: &str, ctx: &mut SessionContext<T>) {
        let is_allowed = match &mut self.message_rate {
            Some(rate) => rate.take(1.0, Instant::now()),
            None => true,
        };
        if is_allowed {
            self.refused = 0;
            return T::on_text(self, text, ctx);
        }
        self.refused += 1;
        if self.refused > MAX_REFUSED {
            return self.close(&Close::TooFast, ctx);
        }
        let nonce = client_frame::nonce_of(text);
        self.send_error(ErrorCode::RateLimited, nonce.as_deref(), ctx);
    }

    fn on_fragment(&mut self, item: Item, ctx: &mut SessionContext<T>) {
        match self.fragments.join(item) {
            Reassembly::Pending => {}
            Reassembly::Text(text) => self.on_text(&text, ctx),
            Reassembly::Refused(close) => self.close(&close, ctx),
        }
    }
}

impl<T: SessionHandler> Actor for Session<T> {
    type Context = SessionContext<T>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.subscription.attach(ctx.address().recipient());
        ctx.run_interval(heartbeat::TICK, Self::tick);
        T::on_open(self, ctx);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        if !self.closing {
            self.stream.metrics().closed("gone");
        }
        self.subscription.cursor().pause();
        T::on_closed(self);
    }
}

impl<T: SessionHandler> StreamHandler<Result<Message, ProtocolError>> for Session<T> {
    fn handle(&mut self, item: Result<Message, ProtocolError>, ctx: &mut Self::Context) {
        if self.closing {
            return;
        }
        self.heartbeat.touch();
        match item {
            Ok(Message::Text(text)) => self.on_text(&text, ctx),
            Ok(Message::Ping(payload)) => ctx.pong(&payload),
            Ok(Message::Pong(_) | Message::Nop) => {}
            Ok(Message::Close(reason)) => {
                let code = reason.map(|reason| reason.code.into());
                self.close(&Close::ByPeer(code), ctx);
            }
            Ok(Message::Binary(_)) => self.close(&Close::TextOnly, ctx),
            Ok(Message::Continuation(item)) => self.on_fragment(item, ctx),
            Err(error) => {
                let refusal = self.guard_state.take();
                let close = refusal.unwrap_or_else(|| close_for(&error));
                self.close(&close, ctx);
            }
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

fn close_for(error: &ProtocolError) -> Close {
    match error {
        ProtocolError::Overflow => Close::TooLarge,
        ProtocolError::Io(_) => Close::NotUtf8,
        _ => Close::ProtocolError,
    }
}

impl<T: SessionHandler> Handler<SessionMessage> for Session<T> {
    type Result = ();

    fn handle(&mut self, message: SessionMessage, ctx: &mut Self::Context) {
        match message {
            SessionMessage::Close(close) => self.close(&close, ctx),
            SessionMessage::Lagged => T::on_lagged(self, ctx),
        }
    }
}
