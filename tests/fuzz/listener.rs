//! A whole session, as it serves: what it hears and what it answers.

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
use vitrina::domain::chat_message::{Appended, ChatHistory, NewChatMessage};
use vitrina::domain::ids::{CartId, ProductId};
use vitrina::domain::position::Position;
use vitrina::domain::product_query::ProductChunk;
use vitrina::metrics::RealtimeMetrics;
use vitrina::realtime::{
    Backing, BackingError, ChatRoom, FollowedCart, FrameLog, Head, Hubs, Limits, NotAppended,
    ProductHub, ProductTalk, RateLimits, Session, SinkKind, StreamHead, Talk, Worker, accept,
};
use vitrina::text::Language;

use crate::model::judge;
use crate::octets::{cut, stream as octets};
use crate::random::Random;

/// A worker whose sessions only listen.
pub(crate) struct Listener {
    system: SystemRunner,
    worker: Worker,
}

/// What a session heard and said.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    texts: Vec<String>,
    pongs: Vec<Vec<u8>>,
    close: Option<Option<u16>>,
}

/// Writes down what it is told.
struct Ear(Rc<RefCell<Vec<String>>>);

impl Talk for Ear {
    fn opened(_: &mut Session<Self>, _: &mut WebsocketContext<Session<Self>>) {}

    fn text(session: &mut Session<Self>, text: &str, _: &mut WebsocketContext<Session<Self>>) {
        session.talk().0.borrow_mut().push(text.into());
    }

    fn lapsed(_: &mut Session<Self>, _: &mut WebsocketContext<Session<Self>>) {}

    fn closed(_: &mut Session<Self>) {}
}

/// Nobody asks it: an ear needs no shop.
struct NoShop;

#[async_trait]
impl Backing for NoShop {
    async fn product_chunk(
        &self,
        _: Option<ProductId>,
        _: Option<&[ProductId]>,
        _: u32,
    ) -> Result<ProductChunk, BackingError> {
        Err(BackingError)
    }

    async fn follow_cart(&self, _: CartId) -> Result<Option<FollowedCart>, BackingError> {
        Err(BackingError)
    }

    async fn append_message(&self, _: NewChatMessage) -> Result<Appended, NotAppended> {
        Err(BackingError.into())
    }

    async fn history(&self, _: Option<i64>, _: u32) -> Result<ChatHistory, BackingError> {
        Err(BackingError)
    }
}

impl Listener {
    pub(crate) fn start() -> Self {
        let system = System::new();
        let base = Position::new("0").expect("a place");
        let log = FrameLog::new(base, 0, Limits::default());
        let head = StreamHead::new(Head::from(&log));
        let worker = system.block_on(async {
            let metrics = RealtimeMetrics::default();
            let hubs = Hubs {
                products: ProductHub::new(
                    log.clone(),
                    head.clone(),
                    Language::En,
                    metrics.products.clone(),
                )
                .start(),
                chat: ChatRoom::new(log, head, metrics.clone()).start(),
            };
            Worker::start(hubs, SinkKind::Response, metrics)
                .await
                .expect("both hubs")
        });
        Self { system, worker }
    }

    /// Checks one stream, cut in some ways.
    pub(crate) fn check(&self, seed: u64) -> Result<(), String> {
        let mut random = Random::new(seed);
        let bytes = octets(&mut random);
        let judged = judge(&bytes, true);
        let due = Said {
            texts: judged.texts,
            pongs: judged.pings,
            close: judged.close,
        };
        for _ in 0..2 {
            let pieces = cut(&bytes, &mut random);
            let sizes: Vec<_> = pieces.iter().map(Vec::len).collect();
            let said = self.hear(pieces)?;
            if said != due {
                return Err(format!(
                    "{said:?}\nin place of {due:?}\npieces: {sizes:?}\nbytes: {bytes:02x?}"
                ));
            }
        }
        Ok(())
    }

    fn hear(&self, pieces: Vec<Vec<u8>>) -> Result<Said, String> {
        let heard = Rc::default();
        let stream = &self.worker.products;
        let talk = ProductTalk::new(Arc::new(NoShop), stream, None, false);
        let (_, outbox) = talk.expect("the worker has its log").products(None);
        let incoming = stream::iter(
            pieces
                .into_iter()
                .map(|piece| Ok::<_, PayloadError>(Bytes::from(piece))),
        );
        let body = accept(
            Ear(Rc::clone(&heard)),
            outbox,
            stream,
            RateLimits::Off,
            incoming,
        );
        let said = self.system.block_on(async { finish(body) })?;
        let texts = heard.take();
        Ok(Said {
            texts,
            ..read(said)?
        })
    }
}

/// Runs a session whose client has said all until it is over. Nothing else can wake it.
fn finish(body: impl Stream<Item = Result<Bytes, actix_web::Error>>) -> Result<Bytes, String> {
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    let mut said = Vec::new();
    let mut body = pin!(body);
    for _ in 0..10_000 {
        match pin!(body.next()).poll(&mut cx) {
            Poll::Ready(Some(Ok(bytes))) => said.extend_from_slice(&bytes),
            Poll::Ready(Some(Err(error))) => return Err(format!("the session failed: {error}")),
            Poll::Ready(None) => return Ok(said.into()),
            Poll::Pending => {}
        }
    }
    Err("the session does not end".into())
}

/// What a session said, without what it heard: pongs, and at last a close.
fn read(mut bytes: Bytes) -> Result<Said, String> {
    let mut said = Said::default();
    while bytes.remaining() >= 2 {
        let (first, length) = (bytes.get_u8(), usize::from(bytes.get_u8()));
        let mut payload = bytes.split_to(length);
        match first {
            _ if said.close.is_some() => return Err("said something after the close".into()),
            0x8A => said.pongs.push(payload.to_vec()),
            0x88 => said.close = Some((length >= 2).then(|| payload.get_u16())),
            other => return Err(format!("said a frame {other:#x}")),
        }
    }
    Ok(said)
}
