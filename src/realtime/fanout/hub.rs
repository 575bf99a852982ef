//! The actor that owns the order of one stream.

use std::time::{Duration, Instant};

use actix::{Actor, AsyncContext, Context, Handler, Supervised};

use super::broadcaster::{Broadcaster, InFlightBatch};
use super::messages::{Drained, Publish, Register, Reset};
use super::panic_guard::catch_panic;
use crate::domain::change::Change;
use crate::realtime::log::Entry;

/// A hub. Does no I/O.
pub struct Hub<S> {
    pub(super) stream: S,
    pub(super) broadcaster: Broadcaster,
}

/// The part of a hub that depends on its stream.
pub trait HubStream: Unpin + 'static {
    /// In log lines.
    const NAME: &'static str;
    /// How often [`HubStream::due`] is asked, and frames sent again to shards that were busy.
    const TICK: Duration;

    /// The frame of a change; `None` if it belongs to another stream.
    fn entry(&self, change: Change, at: Instant) -> Option<Entry>;

    /// Frames that no change brings.
    fn due(&mut self, now: Instant) -> Vec<Entry>;

    /// Resets what a panic may have left half changed. All clients reconnect.
    fn recover(&mut self) {}
}

impl<S: HubStream> Hub<S> {
    /// Runs a step. After a panic the stream restarts, and all clients reconnect.
    pub(super) fn step(&mut self, step: impl FnOnce(&mut Self)) {
        self.step_batch(&InFlightBatch::default(), step);
    }

    /// Like [`Hub::step`], for a step that handles a batch.
    pub(crate) fn step_batch(&mut self, batch: &InFlightBatch, step: impl FnOnce(&mut Self)) {
        if catch_panic(S::NAME, || step(self)).is_none() {
            self.stream.recover();
            self.broadcaster.recover(batch);
        }
    }

    pub(crate) fn publish(&mut self, changes: Vec<Change>) {
        let now = Instant::now();
        let entries = changes.into_iter();
        let entries = entries.filter_map(|change| self.stream.entry(change, now));
        self.broadcaster.publish(entries);
    }

    fn tick(&mut self, now: Instant) {
        let due = self.stream.due(now);
        if due.is_empty() {
            self.broadcaster.update_replicas();
        } else {
            self.broadcaster.publish(due);
        }
    }
}

impl<S: HubStream> Actor for Hub<S> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(S::TICK, |hub, _| hub.step(|hub| hub.tick(Instant::now())));
    }
}

impl<S: HubStream> Supervised for Hub<S> {}

impl<S: HubStream> Handler<Publish> for Hub<S> {
    type Result = ();

    fn handle(&mut self, Publish(changes): Publish, _: &mut Self::Context) {
        let batch = InFlightBatch::from(&changes[..]);
        self.step_batch(&batch, |hub| hub.publish(changes));
    }
}

impl<S: HubStream> Handler<Reset> for Hub<S> {
    type Result = ();

    fn handle(&mut self, reset: Reset, _: &mut Self::Context) {
        let Reset {
            base,
            newest_seq,
            products,
        } = reset;
        self.step(|hub| hub.broadcaster.restart(base, newest_seq, products));
    }
}

impl<S: HubStream> Handler<Drained> for Hub<S> {
    type Result = ();

    fn handle(&mut self, _: Drained, _: &mut Self::Context) {
        self.step(|hub| hub.broadcaster.update_replicas());
    }
}

impl<S: HubStream> Handler<Register> for Hub<S> {
    type Result = ();

    fn handle(&mut self, Register(shard): Register, _: &mut Self::Context) {
        self.step(|hub| hub.broadcaster.register(shard));
    }
}
