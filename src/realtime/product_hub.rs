//! The hub of the product stream.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use actix::{Actor, AsyncContext, Context, Handler, Supervised};

use super::broadcaster::{Broadcaster, InHand};
use super::containment::contained;
use super::entry::{CartMark, Entry};
use super::frame_log::FrameLog;
use super::head::StreamHead;
use super::messages::{
    CartNews, CloseAll, Publish, Register, Reset, Settled, SocketCount, Stream, TellCarts,
};
use crate::domain::change::{Change, Fact, ProductAction, ProductChange};
use crate::metrics::StreamMetrics;
use crate::protocol::server_frame;
use crate::text::Language;

/// How often viewers are counted, and shards that were busy are told again.
const TICK: Duration = Duration::from_secs(1);

/// Owns the order of the product stream and the number of its readers. Does no I/O.
#[derive(Debug)]
pub struct ProductHub {
    broadcaster: Broadcaster,
    language: Language,
    /// Each worker's sockets.
    sockets: HashMap<u64, SocketCount>,
    /// The number of viewers that readers were told last.
    told: u64,
    /// Readers came since, who were not told it.
    newcomers: bool,
}

impl ProductHub {
    /// Takes over a stream where `log` ends.
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
            told: 0,
            newcomers: false,
        }
    }

    /// Takes a step with changes in hand. After one that panicked the stream begins anew, and its readers
    /// come back for a snapshot.
    pub(super) fn step(&mut self, in_hand: &InHand, step: impl FnOnce(&mut Self)) {
        if contained("the product hub", || step(self)).is_none() {
            self.broadcaster.begin_anew(in_hand);
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

    fn tell_carts(&mut self, news: Vec<CartNews>) {
        let now = Instant::now();
        let cursor = self.broadcaster.cursor().clone();
        self.broadcaster.publish(news.into_iter().map(|news| {
            let frame = server_frame::cart(&cursor, news.reason, &news.cart);
            Entry::cart(CartMark::new(&news.cart, news.revision), frame, now)
        }));
    }

    fn entry(&self, change: Change, at: Instant) -> Option<Entry> {
        let Fact::Product(fact) = change.fact else {
            return None;
        };
        let sentence = self.sentence(&fact);
        let frame = server_frame::update_products(&change.position, &fact, &sentence);
        Some(Entry::product(change.position, fact.id, frame, at))
    }

    fn sentence(&self, fact: &ProductChange) -> String {
        let id = match fact.action {
            ProductAction::Created => "product-created",
            ProductAction::Updated => "product-updated",
            ProductAction::Deleted => "product-deleted",
        };
        if fact.title.is_empty() {
            return self.language.say_of(id, &fact.id.to_string());
        }
        self.language.say_of(id, &fact.title)
    }

    fn tick(&mut self, now: Instant) {
        let count = self.sockets.values().map(|count| count.open as u64).sum();
        if count == self.told && !self.newcomers {
            self.broadcaster.catch_up();
            return;
        }
        self.told = count;
        self.newcomers = false;
        let frame = server_frame::viewers(count);
        self.broadcaster.publish([Entry::passing(frame, now)]);
    }
}

impl Actor for ProductHub {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(TICK, |hub, _| {
            hub.step(&InHand::default(), |hub| hub.tick(Instant::now()));
        });
    }
}

impl Supervised for ProductHub {}

impl Handler<Publish> for ProductHub {
    type Result = ();

    fn handle(&mut self, Publish(changes): Publish, _: &mut Self::Context) {
        let in_hand = InHand::from(&changes[..]);
        self.step(&in_hand, |hub| hub.publish(changes));
    }
}

impl Handler<TellCarts> for ProductHub {
    type Result = ();

    fn handle(&mut self, TellCarts(news): TellCarts, _: &mut Self::Context) {
        self.step(&InHand::default(), |hub| hub.tell_carts(news));
    }
}

impl Handler<Reset> for ProductHub {
    type Result = ();

    fn handle(&mut self, message: Reset, _: &mut Self::Context) {
        let Reset { base, newest_seq } = message;
        self.step(&InHand::default(), |hub| {
            hub.broadcaster.restart(base, newest_seq);
        });
    }
}

impl Handler<CloseAll> for ProductHub {
    type Result = ();

    fn handle(&mut self, _: CloseAll, _: &mut Self::Context) {
        self.step(&InHand::default(), |hub| hub.broadcaster.close_all());
    }
}

impl Handler<Settled> for ProductHub {
    type Result = ();

    fn handle(&mut self, _: Settled, _: &mut Self::Context) {
        self.step(&InHand::default(), |hub| hub.broadcaster.catch_up());
    }
}

impl Handler<Register> for ProductHub {
    type Result = ();

    fn handle(&mut self, Register(shard): Register, _: &mut Self::Context) {
        self.step(&InHand::default(), |hub| hub.broadcaster.register(shard));
    }
}

impl Handler<SocketCount> for ProductHub {
    type Result = ();

    fn handle(&mut self, count: SocketCount, _: &mut Self::Context) {
        let before = self.sockets.insert(count.worker, count);
        self.newcomers |= count.ever > before.map_or(0, |before| before.ever);
    }
}
