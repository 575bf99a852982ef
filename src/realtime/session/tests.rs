//! What a socket costs that is never read: the session goes no further than one frame.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::error::PayloadError;
use actix_web::rt::System;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};

use super::PART_BYTES;
use super::{ProductTalk, accept};
use crate::domain::chat_message::{Appended, ChatHistory, NewChatMessage};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::money::Money;
use crate::domain::position::Position;
use crate::domain::product::Product;
use crate::domain::product_query::ProductChunk;
use crate::domain::timestamp::Timestamp;
use crate::metrics::StreamMetrics;
use crate::realtime::worker::WorkerStream;
use crate::realtime::{
    Backing, BackingError, FollowedCart, FrameLog, Limits, NotAppended, RateLimits, SinkKind,
};

/// A catalogue of products with long descriptions, all read at once.
#[derive(Default)]
struct Catalogue {
    asked: AtomicUsize,
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
        held: 0,
        category: "general".into(),
        thumbnails: Vec::new(),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

#[async_trait]
impl Backing for Catalogue {
    async fn product_chunk(
        &self,
        after: Option<ProductId>,
        _: Option<&[ProductId]>,
        limit: u32,
    ) -> Result<ProductChunk, BackingError> {
        self.asked.fetch_add(1, Ordering::AcqRel);
        let first = after.map_or(0, |after| after.bytes()[0] + 1);
        let end = PRODUCTS.min(first.saturating_add(limit as u8));
        Ok(ProductChunk {
            products: (first..end).map(product).collect(),
            remaining: u64::from(PRODUCTS - end),
        })
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

type Piece = Result<Bytes, actix_web::Error>;

fn worker() -> Rc<WorkerStream> {
    let stream = Rc::new(WorkerStream::new(
        SinkKind::Response.sink(),
        StreamMetrics::default(),
    ));
    let base = Position::new("base").expect("plain");
    stream.load(FrameLog::new(base, 0, Limits::default()));
    stream
}

fn opened(
    stream: &Rc<WorkerStream>,
    backing: Arc<Catalogue>,
    wants_snapshot: bool,
    incoming: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
) -> impl Stream<Item = Piece> {
    let talk = ProductTalk::new(backing, stream, None, wants_snapshot).expect("a log");
    let (talk, outbox) = talk.products(None);
    accept(talk, outbox, stream, RateLimits::Off, incoming)
}

#[test]
fn a_snapshot_is_read_no_faster_than_it_leaves() {
    System::new().block_on(async {
        let worker = worker();
        let backing = Arc::new(Catalogue::default());
        let mut body = Box::pin(opened(&worker, backing.clone(), true, stream::pending()));
        let (mut pieces, mut shown) = (0, 0);
        while shown < usize::from(PRODUCTS) {
            let piece = body.next().await.expect("a piece").expect("bytes");
            pieces += 1;
            let asked = backing.asked.load(Ordering::Acquire);
            assert!(asked <= pieces, "{asked} parts were read for {pieces}");
            assert!(piece.len() <= PART_BYTES + 256, "{} bytes", piece.len());
            shown += String::from_utf8_lossy(&piece).matches("\"code\"").count();
        }
        assert_eq!(shown, usize::from(PRODUCTS));
        assert!(pieces < 60, "parts are not too small either: {pieces}");
    });
}

#[test]
fn a_flood_of_pings_is_answered_in_small_pieces() {
    System::new().block_on(async {
        let worker = worker();
        // A masked ping of 100 bytes, a hundred times.
        let mut ping = vec![0x89, 0x80 | 100, 0, 0, 0, 0];
        ping.extend([b'x'; 100]);
        let flood = Bytes::from(ping.repeat(100));
        let incoming = stream::iter([Ok(flood)]).chain(stream::pending());
        let backing = Arc::new(Catalogue::default());
        let mut body = Box::pin(opened(&worker, backing, false, incoming));
        let mut answered = 0;
        while answered < 100 {
            let piece = body.next().await.expect("a piece").expect("bytes");
            assert!(piece.len() <= 4 << 10, "{} bytes at once", piece.len());
            answered += piece.iter().filter(|byte| **byte == 0x8A).count();
        }
    });
}
