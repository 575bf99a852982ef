//! Operations of the store and their times.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::group::metric_group;
use super::histogram::Histogram;
use super::requests::InFlightGauge;

metric_group! {
    /// The metrics of one store.
    pub struct StoreMetrics {
        /// Time of a commit, including the wait for the disk or a majority
        pub commit_time: Histogram = "store_commit_seconds", Histogram::times();
        /// Operations, units of work or messages in one commit
        pub commit_size: Histogram = "store_commit_size", Histogram::sizes();
        /// Time that the shop waited for an operation (SQLite: writes; MongoDB: all)
        pub operation_time: Histogram = "store_operation_seconds", Histogram::times();
        /// Time from a commit until its changes were read from the feed
        pub feed_lag: Histogram = "feed_lag_seconds", Histogram::times();
        /// Operations in flight
        in_flight: Gauge = "store_requests_under_way", Gauge::default();
        /// Writes waiting for the store, by queue
        waiting: Family<QueueLabels, Gauge> = "store_waiting", Family::default();
        /// Store failures in responses by kind, without refusals
        errors: Family<ErrorLabels, Counter> = "store_errors", Family::default();
        /// Idempotency records at the last count
        pub keys_kept: Gauge = "keys_kept", Gauge::default();
        /// Expired holds
        pub holds_ended: Counter = "holds_ended", Counter::default();
        /// Expired carts
        pub carts_ended: Counter = "carts_ended", Counter::default();
    }
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

impl StoreMetrics {
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
