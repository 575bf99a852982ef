//! What a store does and how long it takes.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::histogram::Histogram;
use super::requests::UnderWay;

/// A store's counters; one that is made by itself counts for nobody. Clones share everything.
#[derive(Debug, Clone)]
pub struct StoreMetrics {
    /// Time of a commit, waiting for disk or majority included.
    pub commit_time: Histogram,
    /// What was stored by one commit: operations of SQLite, steps or messages of MongoDB.
    pub commit_size: Histogram,
    /// Time that the shop waited for an operation: writes of SQLite, all of MongoDB.
    pub operation_time: Histogram,
    /// Time from a commit until its changes were taken from the feed.
    pub feed_lag: Histogram,
    /// Answers to idempotency keys that were kept when it was last counted.
    pub keys_kept: Gauge,
    /// Holds that ran out.
    pub holds_ended: Counter,
    /// Carts that ended.
    pub carts_ended: Counter,
    under_way: Gauge,
    waiting: Family<Waiting, Gauge>,
    errors: Family<Failed, Counter>,
}

/// A queue before a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreQueue {
    /// SQLite's writer.
    Writes,
    /// MongoDB's steps of several documents.
    Steps,
    /// MongoDB's messages of the chat.
    Chat,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Waiting {
    queue: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failed {
    kind: &'static str,
}

impl Default for StoreMetrics {
    fn default() -> Self {
        Self {
            commit_time: Histogram::times(),
            commit_size: Histogram::sizes(),
            operation_time: Histogram::times(),
            feed_lag: Histogram::times(),
            keys_kept: Gauge::default(),
            holds_ended: Counter::default(),
            carts_ended: Counter::default(),
            under_way: Gauge::default(),
            waiting: Family::default(),
            errors: Family::default(),
        }
    }
}

impl StoreMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let mut histogram = |name: &str, help: &str, metric: &Histogram| {
            registry.register(name, help, metric.clone());
        };
        let help = "Time of a commit, waiting for the disk or a majority included";
        histogram("store_commit_seconds", help, &self.commit_time);
        let help = "Operations, steps or messages that one commit stored";
        histogram("store_commit_size", help, &self.commit_size);
        let help = "Time that the shop waited for an operation (SQLite: writes; MongoDB: all)";
        histogram("store_operation_seconds", help, &self.operation_time);
        let help = "Time from a commit until the feed handed its changes on";
        histogram("feed_lag_seconds", help, &self.feed_lag);

        let help = "Operations that are not answered yet";
        registry.register("store_requests_under_way", help, self.under_way.clone());
        let help = "What waits before the store, by queue";
        registry.register("store_waiting", help, self.waiting.clone());
        let help = "Failures of the store where they were answered, by kind; refusals are none";
        registry.register("store_errors", help, self.errors.clone());
        let help = "Answers to idempotency keys that are kept, as last counted";
        registry.register("keys_kept", help, self.keys_kept.clone());
        let help = "Holds that ran out";
        registry.register("holds_ended", help, self.holds_ended.clone());
        let help = "Carts that ended";
        registry.register("carts_ended", help, self.carts_ended.clone());
    }

    /// An operation begins; it is under way until this is dropped.
    pub fn begin(&self) -> UnderWay {
        UnderWay::of(&self.under_way)
    }

    /// The number of those that wait in a queue.
    pub fn waiting(&self, queue: StoreQueue) -> Gauge {
        let queue = match queue {
            StoreQueue::Writes => "writes",
            StoreQueue::Steps => "steps",
            StoreQueue::Chat => "chat",
        };
        self.waiting.get_or_create_owned(&Waiting { queue })
    }

    /// Counts a failure by its kind, where it is answered.
    pub fn failed(&self, kind: &'static str) {
        self.errors.get_or_create(&Failed { kind }).inc();
    }
}
