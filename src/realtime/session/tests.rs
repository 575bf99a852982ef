//! The cost of a socket that is never read: the session stays at most one frame ahead.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use actix_web::error::PayloadError;
use actix_web::rt::System;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};

use super::guard::RateLimits;
use super::shop_api::{AppendError, FollowedCart, ShopApi, ShopApiError};
use super::{MAX_PART_BYTES, ProductSession, accept};
use crate::catalogue::{Catalogue, Entry, Update};
use crate::domain::chat_message::{AppendedMessage, ChatHistory, NewChatMessage};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::money::Money;
use crate::domain::position::Position;
use crate::domain::product::Product;
use crate::domain::timestamp::Timestamp;
use crate::metrics::StreamMetrics;
use crate::protocol::frame::Frame;
use crate::realtime::fanout::WorkerStream;
use crate::realtime::log::{Entry as LogEntry, FrameLog, Limits};

struct NoShop;

const PRODUCTS: u8 = 120;
const DESCRIPTION: usize = 10_000;

/// A product with a long description.
fn product(number: u8) -> Product {
    let now = Timestamp::now();
    Product {
        id: ProductId::from_bytes([number; 12]),
        title: "Vase".into(),
        description: "x".repeat(DESCRIPTION),
        code: number.to_string(),
        price: Money::from_minor(1999),
        status: true,
        stock: 10,
        category: "general".into(),
        version: 1,
        created_at: now,
        updated_at: now,
        ..Product::default()
    }
}

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

type Chunk = Result<Bytes, actix_web::Error>;

fn worker() -> Rc<WorkerStream> {
    let stream = Rc::new(WorkerStream::new(StreamMetrics::default()));
    let base = Position::new("base").expect("plain");
    let products = (0..PRODUCTS).map(|number| Arc::new(Entry::new(Arc::new(product(number)))));
    let catalogue = Catalogue::new(base.clone(), products);
    let log = FrameLog::new(base, 0, Limits::default());
    stream.load(log, Some(catalogue));
    stream
}

/// Gives the last product another title.
fn rename_last(stream: &WorkerStream, chunks: usize) {
    let renamed = Product {
        title: format!("after {chunks}"),
        ..product(PRODUCTS - 1)
    };
    let update = Update {
        id: renamed.id,
        entry: Some(Arc::new(Entry::new(Arc::new(renamed)))),
    };
    let position = Position::new(format!("after-{chunks}")).expect("plain");
    let frame = Frame::text(b"renamed");
    let entry = LogEntry::product(position, update, frame, Instant::now());
    stream.append(vec![Arc::new(entry)]);
}

fn open(
    stream: &Rc<WorkerStream>,
    wants_snapshot: bool,
    incoming: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
) -> impl Stream<Item = Chunk> {
    let handler =
        ProductSession::new(Arc::new(NoShop), stream, None, wants_snapshot).expect("a log");
    let (handler, subscription) = handler.products(None);
    accept(handler, subscription, stream, RateLimits::Off, incoming)
}

#[test]
fn a_snapshot_is_read_no_faster_than_it_is_sent() {
    System::new().block_on(async {
        let worker = worker();
        let mut body = Box::pin(open(&worker, true, stream::pending()));
        let (mut chunks, mut products, mut last) = (0, 0, String::new());
        while products < usize::from(PRODUCTS) {
            let chunk = body.next().await.expect("a chunk").expect("bytes");
            chunks += 1;
            assert!(chunk.len() <= MAX_PART_BYTES + 256, "{} bytes", chunk.len());
            last = String::from_utf8_lossy(&chunk).into_owned();
            products += last.matches("\"code\"").count();
            rename_last(&worker, chunks);
        }
        // The last part was read at most one chunk before it was sent.
        let titles = [chunks - 1, chunks - 2].map(|chunks| format!("\"after {chunks}\""));
        assert!(
            titles.iter().any(|title| last.contains(title)),
            "{last:.200}"
        );
        assert_eq!(products, usize::from(PRODUCTS));
        assert!(chunks < 60, "parts are not too small either: {chunks}");
    });
}

#[test]
fn a_flood_of_pings_is_answered_in_small_chunks() {
    System::new().block_on(async {
        let worker = worker();
        // A masked ping of 100 bytes, a hundred times.
        let mut ping = vec![0x89, 0x80 | 100, 0, 0, 0, 0];
        ping.extend([b'x'; 100]);
        let flood = Bytes::from(ping.repeat(100));
        let incoming = stream::iter([Ok(flood)]).chain(stream::pending());
        let mut body = Box::pin(open(&worker, false, incoming));
        let mut answered = 0;
        while answered < 100 {
            let chunk = body.next().await.expect("a chunk").expect("bytes");
            assert!(chunk.len() <= 4 << 10, "{} bytes at once", chunk.len());
            answered += chunk.iter().filter(|byte| **byte == 0x8A).count();
        }
    });
}
