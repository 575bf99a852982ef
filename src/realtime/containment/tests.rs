//! A hub or a shard panics: its readers are sent away to come back, what comes later is told, and
//! nobody reads over a hole.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, Handler, Message, Supervisor, System};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::timeout;

use crate::domain::change::{Change, Fact, ProductAction, ProductChange};
use crate::domain::chat_message::{Appended, ChatHistory, ChatMessage, NewChatMessage};
use crate::domain::email::Email;
use crate::domain::ids::{CartId, ChatMessageId, ProductId};
use crate::domain::position::Position;
use crate::domain::product_query::ProductChunk;
use crate::domain::timestamp::Timestamp;
use crate::metrics::RealtimeMetrics;
use crate::realtime::broadcaster::InHand;
use crate::realtime::chat_room::ChatRoom;
use crate::realtime::messages::Publish;
use crate::realtime::product_hub::ProductHub;
use crate::realtime::shard::Shard;
use crate::realtime::{
    Backing, BackingError, FollowedCart, FrameLog, Head, Hubs, Limits, NotAppended, ProductTalk,
    RateLimits, SinkKind, StreamHead, Worker, accept,
};
use crate::text::Language;

/// Has an actor take a step that panics half way through these changes.
#[derive(Message)]
#[rtype(result = "()")]
struct PanicAmid(Vec<Change>);

impl Handler<PanicAmid> for ProductHub {
    type Result = ();

    fn handle(&mut self, PanicAmid(changes): PanicAmid, _: &mut Self::Context) {
        self.step(&InHand::from(&changes[..]), |_| panic!("on purpose"));
    }
}

impl Handler<PanicAmid> for ChatRoom {
    type Result = ();

    fn handle(&mut self, PanicAmid(mut changes): PanicAmid, _: &mut Self::Context) {
        self.step(&InHand::from(&changes[..]), |room| {
            changes.truncate(1);
            room.publish(changes);
            panic!("on purpose");
        });
    }
}

impl Handler<PanicAmid> for Shard {
    type Result = ();

    fn handle(&mut self, _: PanicAmid, ctx: &mut Self::Context) {
        self.step(ctx, |_, _| panic!("on purpose"));
    }
}

/// A shop that nobody asks.
struct Nothing;

#[async_trait]
impl Backing for Nothing {
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

/// Both hubs and a worker.
struct Engine {
    worker: Worker,
    hubs: Hubs,
}

impl Engine {
    async fn start() -> Self {
        let head = || {
            StreamHead::new(Head {
                cursor: place(0),
                newest_seq: 0,
            })
        };
        let log = || FrameLog::new(place(0), 0, Limits::default());
        let metrics = RealtimeMetrics::default();
        let (products, chat) = (metrics.products.clone(), metrics.clone());
        let hubs = Hubs {
            products: Supervisor::start(move |_| {
                ProductHub::new(log(), head(), Language::En, products)
            }),
            chat: Supervisor::start(move |_| ChatRoom::new(log(), head(), chat)),
        };
        let worker = Worker::start(hubs.clone(), SinkKind::Response, metrics).await;
        Self {
            worker: worker.expect("hubs that live"),
            hubs,
        }
    }

    /// A reader of the product stream from a place on; whether it resumed stands in its welcome.
    fn reader(&self, since: Option<&Position>) -> Reader {
        let stream = &self.worker.products;
        let talk = ProductTalk::new(Arc::new(Nothing), stream, since, false).expect("a log");
        let (talk, outbox) = talk.products(None);
        let body = accept(talk, outbox, stream, RateLimits::Off, stream::pending());
        Reader(Box::pin(body.map(|piece| piece.expect("bytes"))))
    }

    async fn publish(&self, numbers: std::ops::RangeInclusive<u32>) {
        let published = Publish(numbers.clone().map(product).collect());
        self.hubs.products.send(published).await.expect("a hub");
        let published = Publish(numbers.map(message).collect());
        self.hubs.chat.send(published).await.expect("a room");
    }

    /// Waits until the worker's copies of both logs stand at these places.
    async fn copied(&self, products: u32, chat: u32) {
        let stands = || {
            let ends = |stream: &crate::realtime::WorkerStream| {
                stream
                    .log()
                    .map(|log| (log.cursor().clone(), log.newest_seq()))
            };
            ends(&self.worker.products).map(|end| end.0) == Some(place(products))
                && ends(&self.worker.chat) == Some((place(chat), i64::from(chat)))
        };
        let copied = async {
            while !stands() {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, copied).await.expect("whole logs in time");
    }
}

/// Whatever takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);

struct Reader(Pin<Box<dyn Stream<Item = Bytes>>>);

impl Reader {
    /// Reads until something is told that has these bytes.
    async fn until(&mut self, bytes: &[u8]) -> Bytes {
        let told = async {
            loop {
                let piece = self.0.next().await.expect("a piece");
                if piece.windows(bytes.len()).any(|window| window == bytes) {
                    return piece;
                }
            }
        };
        timeout(PATIENCE, told).await.expect("told in time")
    }
}

/// The code 1012 of a close frame.
const COME_BACK: &[u8] = &1012u16.to_be_bytes();

fn place(number: u32) -> Position {
    Position::new(format!("at-{number}")).expect("plain")
}

fn cursor(number: u32) -> String {
    format!("\"at-{number}\"")
}

fn product(number: u32) -> Change {
    let fact = ProductChange {
        id: ProductId::from_bytes([number as u8; 12]),
        action: ProductAction::Deleted,
        version: 1,
        title: "Vase".into(),
        product: None,
    };
    Change {
        position: place(number),
        fact: Fact::Product(fact),
    }
}

fn message(number: u32) -> Change {
    let message = ChatMessage {
        id: ChatMessageId::from_bytes([number as u8; 12]),
        seq: i64::from(number),
        user: Email::parse("ana@example.com")
            .expect("an address")
            .to_string(),
        text: "hello".into(),
        datetime: Timestamp::now(),
        nonce: None,
    };
    Change {
        position: place(number),
        fact: Fact::MessageAppended(Arc::new(message)),
    }
}

async fn panics<A>(actor: &Addr<A>, changes: Vec<Change>)
where
    A: Actor<Context = actix::Context<A>> + Handler<PanicAmid>,
{
    let taken = actor.send(PanicAmid(changes)).await;
    taken.expect("an actor that outlives its step");
}

#[test]
fn a_hub_that_panics_begins_anew_behind_what_it_had_in_hand() {
    System::new().block_on(async {
        let engine = Engine::start().await;
        let mut reader = engine.reader(None);
        engine.publish(1..=3).await;
        reader.until(cursor(3).as_bytes()).await;

        panics(&engine.hubs.products, vec![product(4), product(5)]).await;
        panics(&engine.hubs.chat, vec![message(4), message(5)]).await;
        reader.until(COME_BACK).await;
        engine.copied(5, 5).await;
        // Who was told no more than the panic left is told so; who was behind it goes on.
        for (since, resumed) in [(3, false), (4, false), (5, true)] {
            let mut again = engine.reader(Some(&place(since)));
            let word = format!("\"resumed\":{resumed}");
            again.until(word.as_bytes()).await;
        }
        let mut again = engine.reader(None);
        engine.publish(6..=6).await;
        again.until(cursor(6).as_bytes()).await;
    });
}

#[test]
fn a_shard_that_panics_gets_whole_logs_again() {
    System::new().block_on(async {
        let engine = Engine::start().await;
        let mut reader = engine.reader(None);
        engine.publish(1..=3).await;
        reader.until(cursor(3).as_bytes()).await;

        panics(&engine.worker.shard, Vec::new()).await;
        // What comes now falls into the gap.
        engine.publish(4..=4).await;
        reader.until(COME_BACK).await;
        engine.copied(4, 4).await;
        let mut again = engine.reader(Some(&place(3)));
        again.until(b"\"resumed\":true").await;
        again.until(cursor(4).as_bytes()).await;
        engine.publish(5..=5).await;
        again.until(cursor(5).as_bytes()).await;
    });
}
