//! The hub of the product stream.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use actix::{Actor, AsyncContext, Context, Handler, Supervised};

use super::broadcaster::{Broadcaster, InFlightBatch};
use super::messages::{
    CartUpdate, CloseAll, Drained, NotifyCarts, Publish, Register, Reset, SocketCount, Stream,
};
use super::panic_guard::catch_panic;
use crate::domain::change::{Change, ChangeKind, ProductAction, ProductChange};
use crate::i18n::Language;
use crate::metrics::StreamMetrics;
use crate::protocol::server_frame;
use crate::realtime::log::{CartFilter, Entry, FrameLog, StreamHead};

/// How often viewers are counted, and frames sent again to shards that were busy.
const TICK: Duration = Duration::from_secs(1);

/// Owns the order of the product stream, and the number of viewers. Does no I/O.
pub struct ProductHub {
    broadcaster: Broadcaster,
    language: Language,
    /// By worker.
    sockets: HashMap<u64, SocketCount>,
    /// The number of viewers in the last frame.
    sent_viewers: u64,
    /// Sockets were opened since that frame.
    has_new_viewers: bool,
}

impl ProductHub {
    /// Continues the stream at the end of `log`.
    pub fn new(
        log: FrameLog,
        head: StreamHead,
        language: Language,
        metrics: StreamMetrics,
    ) -> Self {
        Self {
            broadcaster: Broadcaster::new(Stream::Products, log, head, metrics),
            language,
            sockets: HashMap::new(),
            sent_viewers: 0,
            has_new_viewers: false,
        }
    }

    /// Runs a step that handles a batch. After a panic the stream restarts, and all clients
    /// reconnect for a snapshot.
    pub(crate) fn step(&mut self, batch: &InFlightBatch, step: impl FnOnce(&mut Self)) {
        if catch_panic("product hub", || step(self)).is_none() {
            self.broadcaster.recover(batch);
        }
    }

    fn publish(&mut self, changes: Vec<Change>) {
        let now = Instant::now();
        let entries: Vec<_> = changes
            .into_iter()
            .filter_map(|change| self.entry(change, now))
            .collect();
        self.broadcaster.publish(entries);
    }

    fn notify_carts(&mut self, updates: Vec<CartUpdate>) {
        let now = Instant::now();
        let cursor = self.broadcaster.cursor().clone();
        self.broadcaster.publish(updates.into_iter().map(|update| {
            let frame = server_frame::cart(&cursor, update.reason, &update.cart);
            Entry::cart(CartFilter::new(&update.cart, update.revision), frame, now)
        }));
    }

    fn entry(&self, change: Change, at: Instant) -> Option<Entry> {
        let ChangeKind::Product(product) = change.kind else {
            return None;
        };
        let sentence = self.sentence(&product);
        let frame = server_frame::update_products(&change.position, &product, &sentence);
        Some(Entry::product(change.position, product.id, frame, at))
    }

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

    fn tick(&mut self, now: Instant) {
        let count = self.sockets.values().map(|count| count.open as u64).sum();
        if count == self.sent_viewers && !self.has_new_viewers {
            self.broadcaster.update_replicas();
            return;
        }
        self.sent_viewers = count;
        self.has_new_viewers = false;
        let frame = server_frame::viewers(count);
        self.broadcaster.publish([Entry::ephemeral(frame, now)]);
    }
}

impl Actor for ProductHub {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(TICK, |hub, _| {
            hub.step(&InFlightBatch::default(), |hub| hub.tick(Instant::now()));
        });
    }
}

impl Supervised for ProductHub {}

impl Handler<Publish> for ProductHub {
    type Result = ();

    fn handle(&mut self, Publish(changes): Publish, _: &mut Self::Context) {
        let batch = InFlightBatch::from(&changes[..]);
        self.step(&batch, |hub| hub.publish(changes));
    }
}

impl Handler<NotifyCarts> for ProductHub {
    type Result = ();

    fn handle(&mut self, NotifyCarts(updates): NotifyCarts, _: &mut Self::Context) {
        self.step(&InFlightBatch::default(), |hub| hub.notify_carts(updates));
    }
}

impl Handler<Reset> for ProductHub {
    type Result = ();

    fn handle(&mut self, message: Reset, _: &mut Self::Context) {
        let Reset { base, newest_seq } = message;
        self.step(&InFlightBatch::default(), |hub| {
            hub.broadcaster.restart(base, newest_seq);
        });
    }
}

impl Handler<CloseAll> for ProductHub {
    type Result = ();

    fn handle(&mut self, _: CloseAll, _: &mut Self::Context) {
        self.step(&InFlightBatch::default(), |hub| hub.broadcaster.close_all());
    }
}

impl Handler<Drained> for ProductHub {
    type Result = ();

    fn handle(&mut self, _: Drained, _: &mut Self::Context) {
        self.step(&InFlightBatch::default(), |hub| {
            hub.broadcaster.update_replicas();
        });
    }
}

impl Handler<Register> for ProductHub {
    type Result = ();

    fn handle(&mut self, Register(shard): Register, _: &mut Self::Context) {
        self.step(&InFlightBatch::default(), |hub| {
            hub.broadcaster.register(shard);
        });
    }
}

impl Handler<SocketCount> for ProductHub {
    type Result = ();

    fn handle(&mut self, count: SocketCount, _: &mut Self::Context) {
        let before = self.sockets.insert(count.worker, count);
        if count.ever > before.map_or(0, |before| before.ever) {
            self.has_new_viewers = true;
        }
    }
}
