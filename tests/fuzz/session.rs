//! A whole session: the messages that its handler gets and the frames that it sends.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix::{Actor, System, SystemRunner};
use actix_web::error::PayloadError;
use actix_web_actors::ws::WebsocketContext;
use async_trait::async_trait;
use bytes::{Buf, Bytes};
use futures_util::task::noop_waker;
use futures_util::{Stream, StreamExt, stream};
use vitrina::catalogue::Catalogue;
use vitrina::domain::chat_message::{AppendedMessage, ChatHistory, NewChatMessage};
use vitrina::domain::ids::CartId;
use vitrina::domain::position::Position;
use vitrina::i18n::Language;
use vitrina::metrics::RealtimeMetrics;
use vitrina::realtime::{
    AppendError, ChatRoom, FollowedCart, FrameLog, Head, Hubs, Limits, ProductHub, ProductSession,
    RateLimits, Session, SessionHandler, ShopApi, ShopApiError, StreamHead, Worker, accept,
};

use crate::frames::{cut, stream as frames};
use crate::model::expect;
use crate::random::Random;

/// A worker whose sessions only record.
pub(crate) struct Target {
    system: SystemRunner,
    worker: Worker,
}

/// The text messages that a session received, and the frames that it sent.
#[derive(Debug, Default, PartialEq, Eq)]
struct Reply {
    messages: Vec<String>,
    pongs: Vec<Vec<u8>>,
    close: Option<Option<u16>>,
}

/// Records the text messages that it gets.
struct RecordingHandler(Rc<RefCell<Vec<String>>>);

impl SessionHandler for RecordingHandler {
    fn on_open(_: &mut Session<Self>, _: &mut WebsocketContext<Session<Self>>) {}

    fn on_text(session: &mut Session<Self>, text: &str, _: &mut WebsocketContext<Session<Self>>) {
        session.handler().0.borrow_mut().push(text.into());
    }

    fn on_lagged(_: &mut Session<Self>, _: &mut WebsocketContext<Session<Self>>) {}

    fn on_closed(_: &mut Session<Self>) {}
}

/// Never called: a recording handler needs no shop.
struct NoShop;

#[async_trait]
impl ShopApi for NoShop {
    async fn follow_cart(&self, _: CartId) -> Result<Option<FollowedCart>, ShopApiError> {
        Err(ShopApiError)
    }

    async fn append_message(&self, _: NewChatMessage) -> Result<AppendedMessage, AppendError> {
        Err(ShopApiError.into())
    }

    async fn history(&self, _: Option<i64>, _: u32) -> Result<ChatHistory, ShopApiError> {
        Err(ShopApiError)
    }
}

impl Target {
    pub(crate) fn start() -> Self {
        let system = System::new();
        let base = Position::new("0").expect("a position");
        let catalogue = Catalogue::new(base.clone(), []);
        let log = FrameLog::new(base, 0, Limits::default());
        let head = StreamHead::new(Head::from(&log));
        let worker = system.block_on(async {
            let metrics = RealtimeMetrics::default();
            let hubs = Hubs {
                products: ProductHub::new(
                    log.clone(),
                    catalogue,
                    head.clone(),
                    Language::En,
                    metrics.products.clone(),
                )
                .start(),
                chat: ChatRoom::new(log, head, metrics.clone()).start(),
            };
            Worker::start(hubs, metrics).await.expect("both hubs")
        });
        Self { system, worker }
    }

    /// Checks one stream, cut into chunks in two ways.
    pub(crate) fn check(&self, seed: u64) -> Result<(), String> {
        let mut random = Random::new(seed);
        let bytes = frames(&mut random);
        let expected = expect(&bytes, true);
        let expected = Reply {
            messages: expected.messages,
            pongs: expected.pings,
            close: expected.close,
        };
        for _ in 0..2 {
            let chunks = cut(&bytes, &mut random);
            let sizes: Vec<_> = chunks.iter().map(Vec::len).collect();
            let reply = self.run(chunks)?;
            if reply != expected {
                return Err(format!(
                    "{reply:?}\ninstead of {expected:?}\nchunks: {sizes:?}\nbytes: {bytes:02x?}"
                ));
            }
        }
        Ok(())
    }

    fn run(&self, chunks: Vec<Vec<u8>>) -> Result<Reply, String> {
        let messages = Rc::default();
        let stream = &self.worker.products;
        let handler = ProductSession::new(Arc::new(NoShop), stream, None, false);
        let (_, subscription) = handler.expect("the worker has its log").products(None);
        let incoming = stream::iter(
            chunks
                .into_iter()
                .map(|chunk| Ok::<_, PayloadError>(Bytes::from(chunk))),
        );
        let body = accept(
            RecordingHandler(Rc::clone(&messages)),
            subscription,
            stream,
            RateLimits::Off,
            incoming,
        );
        let sent = self.system.block_on(async { finish(body) })?;
        Ok(Reply {
            messages: messages.take(),
            ..read(sent)?
        })
    }
}

/// Runs a session whose client has sent everything until it ends. Nothing else can wake it.
fn finish(body: impl Stream<Item = Result<Bytes, actix_web::Error>>) -> Result<Bytes, String> {
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    let mut sent = Vec::new();
    let mut body = pin!(body);
    for _ in 0..10_000 {
        match pin!(body.next()).poll(&mut cx) {
            Poll::Ready(Some(Ok(bytes))) => sent.extend_from_slice(&bytes),
            Poll::Ready(Some(Err(error))) => return Err(format!("the session failed: {error}")),
            Poll::Ready(None) => return Ok(sent.into()),
            Poll::Pending => {}
        }
    }
    Err("the session does not end".into())
}

/// Reads the frames that a session sent: pongs, and at most one close frame at the end.
fn read(mut bytes: Bytes) -> Result<Reply, String> {
    let mut reply = Reply::default();
    while bytes.remaining() >= 2 {
        let (first, length) = (bytes.get_u8(), usize::from(bytes.get_u8()));
        let mut payload = bytes.split_to(length);
        match first {
            _ if reply.close.is_some() => return Err("a frame after the close frame".into()),
            0x8A => reply.pongs.push(payload.to_vec()),
            0x88 => reply.close = Some((length >= 2).then(|| payload.get_u16())),
            other => return Err(format!("unexpected frame {other:#x}")),
        }
    }
    Ok(reply)
}
