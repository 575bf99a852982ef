//! A hub or a shard panics: its clients must reconnect, later changes arrive, and no client misses
//! a
//! change without notice.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, Handler, Message, Supervisor, System};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::timeout;

use crate::catalogue::Catalogue;
use crate::domain::change::{Change, ChangeKind, ProductAction, ProductChange};
use crate::domain::chat_message::{AppendedMessage, ChatHistory, ChatMessage, NewChatMessage};
use crate::domain::email::Email;
use crate::domain::ids::{CartId, ChatMessageId, ProductId};
use crate::domain::position::Position;
use crate::domain::product::Product;
use crate::domain::timestamp::Timestamp;
use crate::i18n::Language;
use crate::metrics::RealtimeMetrics;

use super::fanout::{
    ChatRoom, Hubs, InFlightBatch, ProductHub, Publish, Shard, Worker, WorkerStream,
};
use super::log::{FrameLog, Head, Limits, StreamHead};
use super::session::guard::RateLimits;
use super::session::shop_api::{AppendError, FollowedCart, ShopApi, ShopApiError};
use super::session::{ProductSession, accept};

/// Has an actor panic while it handles these changes.
#[derive(Message)]
#[rtype(result = "()")]
struct PanicDuring(Vec<Change>);

impl Handler<PanicDuring> for ProductHub {
    type Result = ();

    fn handle(&mut self, PanicDuring(changes): PanicDuring, _: &mut Self::Context) {
        self.step_batch(&InFlightBatch::from(&changes[..]), |_| panic!("on purpose"));
    }
}

impl Handler<PanicDuring> for ChatRoom {
    type Result = ();

    fn handle(&mut self, PanicDuring(mut changes): PanicDuring, _: &mut Self::Context) {
        self.step_batch(&InFlightBatch::from(&changes[..]), |chat| {
            changes.truncate(1);
            chat.publish(changes);
            panic!("on purpose");
        });
    }
}

impl Handler<PanicDuring> for Shard {
    type Result = ();

    fn handle(&mut self, _: PanicDuring, ctx: &mut Self::Context) {
        self.step(ctx, |_, _| panic!("on purpose"));
    }
}

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

/// Both hubs and a worker.
struct Engine {
    worker: Worker,
    hubs: Hubs,
}

impl Engine {
    async fn start() -> Self {
        let head = || {
            StreamHead::new(Head {
                cursor: position(0),
                newest_seq: 0,
            })
        };
        let log = || FrameLog::new(position(0), 0, Limits::default());
        let metrics = RealtimeMetrics::default();
        let (products, chat) = (metrics.products.clone(), metrics.clone());
        let hubs = Hubs {
            products: Supervisor::start(move |_| {
                let catalogue = Catalogue::new(position(0), []);
                ProductHub::new(log(), catalogue, head(), Language::En, products)
            }),
            chat: Supervisor::start(move |_| ChatRoom::new(log(), head(), chat)),
        };
        let worker = Worker::start(hubs.clone(), metrics).await;
        Self {
            worker: worker.expect("live hubs"),
            hubs,
        }
    }

    fn connect(&self, since: Option<&Position>) -> Client {
        let stream = &self.worker.products;
        let handler = ProductSession::new(Arc::new(NoShop), stream, since, false);
        let (handler, subscription) = handler.expect("a log").products(None);
        let body = accept(
            handler,
            subscription,
            stream,
            RateLimits::Off,
            stream::pending(),
        );
        Client(Box::pin(body.map(|chunk| chunk.expect("bytes"))))
    }

    async fn publish(&self, numbers: std::ops::RangeInclusive<u32>) {
        let published = Publish(numbers.clone().map(product).collect());
        self.hubs.products.send(published).await.expect("a hub");
        let published = Publish(numbers.map(message).collect());
        self.hubs.chat.send(published).await.expect("a hub");
    }

    /// Waits until the worker's replicas have reached these positions. Then its catalogue has all
    /// products up to there.
    async fn replicas_at(&self, products: u32, chat: u32) {
        let is_reached = || {
            let head = |stream: &WorkerStream| stream.log().map(|log| Head::from(&*log));
            let head_of_products = head(&self.worker.products);
            head_of_products.is_some_and(|head| head.cursor == position(products))
                && head(&self.worker.chat)
                    == Some(Head {
                        cursor: position(chat),
                        newest_seq: i64::from(chat),
                    })
        };
        let reached = async {
            while !is_reached() {
                tokio::task::yield_now().await;
            }
        };
        timeout(TIMEOUT, reached).await.expect("replicas in time");
        let catalogue = self.worker.products.catalogue();
        let catalogue = catalogue.expect("a catalogue");
        assert_eq!(catalogue.position(), &position(products));
        let expected = (1..=products).map(|number| ProductId::from_bytes([number as u8; 12]));
        let chunk = catalogue.chunk(None, None, usize::MAX);
        assert!(
            chunk
                .entries
                .iter()
                .map(|entry| entry.product().id)
                .eq(expected)
        );
    }
}

/// Anything slower hangs.
const TIMEOUT: Duration = Duration::from_secs(20);

struct Client(Pin<Box<dyn Stream<Item = Bytes>>>);

impl Client {
    /// Reads until a chunk has these bytes.
    async fn until(&mut self, bytes: &[u8]) -> Bytes {
        let found = async {
            loop {
                let chunk = self.0.next().await.expect("a chunk");
                if chunk.windows(bytes.len()).any(|window| window == bytes) {
                    return chunk;
                }
            }
        };
        timeout(TIMEOUT, found).await.expect("in time")
    }
}

/// The code 1012 of a close frame.
const RESTART: &[u8] = &1012u16.to_be_bytes();

fn position(number: u32) -> Position {
    Position::new(format!("at-{number}")).expect("plain")
}

fn cursor(number: u32) -> String {
    format!("\"at-{number}\"")
}

fn product(number: u32) -> Change {
    let product = Product {
        id: ProductId::from_bytes([number as u8; 12]),
        ..Product::default()
    };
    let change = ProductChange {
        id: product.id,
        action: ProductAction::Created,
        version: 1,
        title: "Vase".into(),
        product: Some(Arc::new(product)),
    };
    Change {
        position: position(number),
        kind: ChangeKind::Product(change),
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
        position: position(number),
        kind: ChangeKind::MessageAppended(Arc::new(message)),
    }
}

async fn panic<A>(actor: &Addr<A>, changes: Vec<Change>)
where
    A: Actor<Context = actix::Context<A>> + Handler<PanicDuring>,
{
    let handled = actor.send(PanicDuring(changes)).await;
    handled.expect("an actor that survives the panic");
}

#[test]
fn a_hub_that_panics_restarts_behind_its_current_batch() {
    System::new().block_on(async {
        let engine = Engine::start().await;
        let mut client = engine.connect(None);
        engine.publish(1..=3).await;
        client.until(cursor(3).as_bytes()).await;

        panic(&engine.hubs.products, vec![product(4), product(5)]).await;
        panic(&engine.hubs.chat, vec![message(4), message(5)]).await;
        client.until(RESTART).await;
        engine.replicas_at(5, 5).await;
        // Only a cursor at the end of the batch is still known.
        for (since, resumed) in [(3, false), (4, false), (5, true)] {
            let mut client = engine.connect(Some(&position(since)));
            let welcome = format!("\"resumed\":{resumed}");
            client.until(welcome.as_bytes()).await;
        }
        let mut client = engine.connect(None);
        engine.publish(6..=6).await;
        client.until(cursor(6).as_bytes()).await;
    });
}

#[test]
fn a_shard_that_panics_gets_whole_logs_again() {
    System::new().block_on(async {
        let engine = Engine::start().await;
        let mut client = engine.connect(None);
        engine.publish(1..=3).await;
        client.until(cursor(3).as_bytes()).await;

        panic(&engine.worker.shard, Vec::new()).await;
        // Published while the shard has no logs.
        engine.publish(4..=4).await;
        client.until(RESTART).await;
        engine.replicas_at(4, 4).await;
        let mut client = engine.connect(Some(&position(3)));
        client.until(b"\"resumed\":true").await;
        client.until(cursor(4).as_bytes()).await;
        engine.publish(5..=5).await;
        client.until(cursor(5).as_bytes()).await;
    });
}
