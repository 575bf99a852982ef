//! The hub of the product stream.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use actix::Handler;

use super::broadcaster::Broadcaster;
use super::hub::{Hub, HubStream};
use super::messages::{CartUpdate, CloseAll, NotifyCarts, SocketCount, Stream};
use crate::catalogue::{Catalogue, Update};
use crate::domain::change::{Change, ChangeKind, ProductAction, ProductChange};
use crate::i18n::Language;
use crate::metrics::StreamMetrics;
use crate::protocol::server_frame;
use crate::realtime::log::{CartFilter, Entry, FrameLog, StreamHead};

/// Owns the order of the product stream, and the number of viewers.
pub type ProductHub = Hub<ProductStream>;

/// The products' part of a hub.
pub struct ProductStream {
    language: Language,
    /// By worker.
    sockets: HashMap<u64, SocketCount>,
    /// The number of viewers in the last frame.
    sent_viewers: u64,
    /// Sockets were opened since that frame.
    has_new_viewers: bool,
}

impl ProductHub {
    /// Continues the stream at the end of `log`, where the catalogue is.
    pub fn new(
        log: FrameLog,
        catalogue: Catalogue,
        head: StreamHead,
        language: Language,
        metrics: StreamMetrics,
    ) -> Self {
        Self {
            broadcaster: Broadcaster::new(Stream::Products, log, Some(catalogue), head, metrics),
            stream: ProductStream {
                language,
                sockets: HashMap::new(),
                sent_viewers: 0,
                has_new_viewers: false,
            },
        }
    }

    fn notify_carts(&mut self, updates: Vec<CartUpdate>) {
        let now = Instant::now();
        let cursor = self.broadcaster.cursor().clone();
        self.broadcaster.publish(updates.into_iter().map(|update| {
            let frame = server_frame::cart(&cursor, update.reason, &update.cart);
            Entry::cart(CartFilter::new(&update.cart, update.revision), frame, now)
        }));
    }
}

impl ProductStream {
    fn sentence(&self, product: &ProductChange) -> String {
        let id = match product.action {
            ProductAction::Created => "product-created",
            ProductAction::Updated => "product-updated",
            ProductAction::Deleted => "product-deleted",
        };
        if product.title.is_empty() {
            return self.language.translate_titled(id, &product.id.to_string());
        }
        self.language.translate_titled(id, &product.title)
    }
}

impl HubStream for ProductStream {
    const NAME: &'static str = "product hub";
    const TICK: Duration = Duration::from_secs(1);

    fn entry(&self, change: Change, at: Instant) -> Option<Entry> {
        let ChangeKind::Product(product) = change.kind else {
            return None;
        };
        let sentence = self.sentence(&product);
        let update = Update::from(&product);
        let json = update.entry.as_ref().map(|entry| entry.json());
        let frame = server_frame::update_products(&change.position, &product, json, &sentence);
        Some(Entry::product(change.position, update, frame, at))
    }

    /// The number of viewers.
    fn due(&mut self, now: Instant) -> Vec<Entry> {
        let count = self.sockets.values().map(|count| count.open as u64).sum();
        if count == self.sent_viewers && !self.has_new_viewers {
            return Vec::new();
        }
        self.sent_viewers = count;
        self.has_new_viewers = false;
        vec![Entry::ephemeral(server_frame::viewers(count), now)]
    }
}

impl Handler<NotifyCarts> for ProductHub {
    type Result = ();

    fn handle(&mut self, NotifyCarts(updates): NotifyCarts, _: &mut Self::Context) {
        self.step(|hub| hub.notify_carts(updates));
    }
}

impl Handler<CloseAll> for ProductHub {
    type Result = ();

    fn handle(&mut self, _: CloseAll, _: &mut Self::Context) {
        self.step(|hub| hub.broadcaster.close_all());
    }
}

impl Handler<SocketCount> for ProductHub {
    type Result = ();

    fn handle(&mut self, count: SocketCount, _: &mut Self::Context) {
        let stream = &mut self.stream;
        let before = stream.sockets.insert(count.worker, count);
        if count.ever > before.map_or(0, |before| before.ever) {
            stream.has_new_viewers = true;
        }
    }
}
