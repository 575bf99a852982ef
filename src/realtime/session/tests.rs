//! The cost of a socket that is never read: the session stays at most one frame ahead.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::error::PayloadError;
use actix_web::rt::System;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};

use super::guard::RateLimits;
use super::shop_api::{AppendError, FollowedCart, ShopApi, ShopApiError};
use super::{MAX_PART_BYTES, ProductSession, accept};
use crate::domain::chat_message::{AppendedMessage, ChatHistory, NewChatMessage};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::money::Money;
use crate::domain::position::Position;
use crate::domain::product::Product;
use crate::domain::product_query::ProductChunk;
use crate::domain::timestamp::Timestamp;
use crate::metrics::StreamMetrics;
use crate::realtime::fanout::WorkerStream;
use crate::realtime::log::{FrameLog, Limits};

/// A catalogue of products with long descriptions.
#[derive(Default)]
struct Catalogue {
    /// Parts of the snapshot that were read.
    parts: AtomicUsize,
}

const PRODUCTS: u8 = 120;
const DESCRIPTION: usize = 10_000;

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
impl ShopApi for Catalogue {
    async fn product_chunk(
        &self,
        after: Option<ProductId>,
        _: Option<&[ProductId]>,
        limit: u32,
    ) -> Result<ProductChunk, ShopApiError> {
        self.parts.fetch_add(1, Ordering::AcqRel);
        let first = after.map_or(0, |after| after.bytes()[0] + 1);
        let end = PRODUCTS.min(first.saturating_add(limit as u8));
        Ok(ProductChunk {
            products: (first..end).map(product).collect(),
            remaining: u64::from(PRODUCTS - end),
        })
    }

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
    stream.load(FrameLog::new(base, 0, Limits::default()));
    stream
}

fn open(
    stream: &Rc<WorkerStream>,
    shop_api: Arc<Catalogue>,
    wants_snapshot: bool,
    incoming: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
) -> impl Stream<Item = Chunk> {
    let handler = ProductSession::new(shop_api, stream, None, wants_snapshot).expect("a log");
    let (handler, subscription) = handler.products(None);
    accept(handler, subscription, stream, RateLimits::Off, incoming)
}

#[test]
fn a_snapshot_is_read_no_faster_than_it_is_sent() {
    System::new().block_on(async {
        let worker = worker();
        let shop_api = Arc::new(Catalogue::default());
        let mut body = Box::pin(open(&worker, shop_api.clone(), true, stream::pending()));
        let (mut chunks, mut products) = (0, 0);
        while products < usize::from(PRODUCTS) {
            let chunk = body.next().await.expect("a chunk").expect("bytes");
            chunks += 1;
            let parts = shop_api.parts.load(Ordering::Acquire);
            assert!(parts <= chunks, "{parts} parts were read for {chunks}");
            assert!(chunk.len() <= MAX_PART_BYTES + 256, "{} bytes", chunk.len());
            products += String::from_utf8_lossy(&chunk).matches("\"code\"").count();
        }
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
        let shop_api = Arc::new(Catalogue::default());
        let mut body = Box::pin(open(&worker, shop_api, false, incoming));
        let mut answered = 0;
        while answered < 100 {
            let chunk = body.next().await.expect("a chunk").expect("bytes");
            assert!(chunk.len() <= 4 << 10, "{} bytes at once", chunk.len());
            answered += chunk.iter().filter(|byte| **byte == 0x8A).count();
        }
    });
}
