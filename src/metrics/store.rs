//! Operations of the store and their times.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::histogram::Histogram;
use super::requests::InFlightGauge;

/// The metrics of one store. The default is not registered anywhere. Clones share the counters.
#[derive(Debug, Clone)]
pub struct StoreMetrics {
    /// Time of a commit, including the wait for the disk or a majority.
    pub commit_time: Histogram,
    /// Writes in one commit: operations of SQLite, units of work or messages of MongoDB.
    pub commit_size: Histogram,
    /// Time that the shop waited for an operation: writes only with SQLite, all with MongoDB.
    pub operation_time: Histogram,
    /// Time from a commit until its changes were read from the feed.
    pub feed_lag: Histogram,
    /// Idempotency records at the last count.
    pub keys_kept: Gauge,
    /// Expired holds.
    pub holds_ended: Counter,
    /// Expired carts.
    pub carts_ended: Counter,
    in_flight: Gauge,
    waiting: Family<QueueLabels, Gauge>,
    errors: Family<ErrorLabels, Counter>,
}

/// A queue of pending writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreQueue {
    /// Of the SQLite writer.
    Writes,
    /// Units of work of MongoDB.
    Steps,
    /// Chat messages of MongoDB.
    Chat,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueLabels {
    queue: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
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
            in_flight: Gauge::default(),
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
        let help = "Time of a commit, including the wait for the disk or a majority";
        histogram("store_commit_seconds", help, &self.commit_time);
        let help = "Operations, units of work or messages in one commit";
        histogram("store_commit_size", help, &self.commit_size);
        let help = "Time that the shop waited for an operation (SQLite: writes; MongoDB: all)";
        histogram("store_operation_seconds", help, &self.operation_time);
        let help = "Time from a commit until its changes were read from the feed";
        histogram("feed_lag_seconds", help, &self.feed_lag);

        let help = "Operations in flight";
        registry.register("store_requests_under_way", help, self.in_flight.clone());
        let help = "Writes waiting for the store, by queue";
        registry.register("store_waiting", help, self.waiting.clone());
        let help = "Store failures in responses by kind, without refusals";
        registry.register("store_errors", help, self.errors.clone());
        let help = "Idempotency records at the last count";
        registry.register("keys_kept", help, self.keys_kept.clone());
        let help = "Expired holds";
        registry.register("holds_ended", help, self.holds_ended.clone());
        let help = "Expired carts";
        registry.register("carts_ended", help, self.carts_ended.clone());
    }

    /// Counts an operation as in flight until the result is dropped.
    pub fn begin(&self) -> InFlightGauge {
        InFlightGauge::new(&self.in_flight)
    }

    /// The number of writes waiting in a queue.
    pub fn waiting(&self, queue: StoreQueue) -> Gauge {
        let queue = match queue {
            StoreQueue::Writes => "writes",
            StoreQueue::Steps => "steps",
            StoreQueue::Chat => "chat",
        };
        self.waiting.get_or_create_owned(&QueueLabels { queue })
    }

    /// Counts a failure by its kind, once per response.
    pub fn failed(&self, kind: &'static str) {
        self.errors.get_or_create(&ErrorLabels { kind }).inc();
    }
}
