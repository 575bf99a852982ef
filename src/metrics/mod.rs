//! Counters and histograms for `/metrics` and for the live statistics.
//!
//! This module depends on no other: each module gets its counters at its start. One [`Metrics`]
//! belongs to one application, so that several can run in one process; process-wide metrics are
//! shared.
//!
//! Counting must be cheap: a few atomic additions for a request or a commit, one per worker for a
//! batch of frames, and none for a frame to a single socket.

mod group;
mod histogram;
mod process;
mod process_wide;
mod recent;
mod requests;
mod store;
mod streams;

use std::sync::Arc;

use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub use prometheus_client::metrics::counter::Counter;
pub use prometheus_client::metrics::gauge::Gauge;

pub use histogram::{Histogram, Snapshot};
pub use process::Process;
pub use process_wide::{begin_decode, count_panic};
pub use recent::{Recent, WindowSample};
pub use requests::{InFlightGauge, Requests, Totals};
pub use store::{StoreMetrics, StoreQueue};
pub use streams::{FeedMetrics, RealtimeMetrics, SendStats, StreamMetrics};

/// All metrics of one application. Clones share the counters.
#[derive(Debug, Clone)]
pub struct Metrics {
    pub requests: Requests,
    /// Of the two streams and their sockets.
    pub realtime: RealtimeMetrics,
    /// Of the path from the store to the streams.
    pub feed: FeedMetrics,
    pub store: StoreMetrics,
    /// The last seconds, for the live statistics.
    pub recent: Arc<Recent>,
    store_kind: &'static str,
    registry: Arc<Registry>,
}

impl Metrics {
    /// `store_kind` is `sqlite` or `mongodb`.
    pub fn new(store_kind: &'static str) -> Self {
        Process::note_start();
        let mut registry = Registry::with_prefix("vitrina");
        let build = Info::new([
            ("version", env!("CARGO_PKG_VERSION")),
            ("store", store_kind),
        ]);
        registry.register(
            "build",
            "Version of the program and kind of its store",
            build,
        );
        let requests = Requests::default();
        requests.register(&mut registry);
        let realtime = RealtimeMetrics::registered(&mut registry);
        let feed = FeedMetrics::default();
        feed.register(&mut registry);
        process_wide::register(&mut registry);
        let store = StoreMetrics::default();
        store.register(registry.sub_registry_with_label(("store".into(), store_kind.into())));
        registry.register_collector(Box::new(process::ProcessCollector));
        Self {
            requests,
            realtime,
            feed,
            store,
            recent: Arc::default(),
            store_kind,
            registry: Arc::new(registry),
        }
    }

    pub fn store_kind(&self) -> &'static str {
        self.store_kind
    }

    /// All metrics in the Prometheus text format, version 0.0.4. Reads files of `/proc`.
    pub fn text(&self) -> String {
        let mut text = String::new();
        prometheus_client::encoding::prometheus_text::encode(&mut text, &self.registry)
            .expect("writing to a string does not fail");
        text
    }
}

/// The media type of [`Metrics::text`].
pub const TEXT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_operating_guide_explains_every_metric() {
        let guide = include_str!("../../docs/operating.md");
        let text = Metrics::new("sqlite").text();
        let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let names = types.filter_map(|line| line.strip_prefix("vitrina_")?.split(' ').next());
        let own = names.filter(|name| !name.starts_with("process_"));
        let missing: Vec<_> = own.filter(|name| !guide.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn every_metric_is_described_once() {
        let text = Metrics::new("sqlite").text();
        let mut seen = HashSet::new();
        for line in text.lines().filter(|line| line.starts_with("# TYPE ")) {
            assert!(seen.insert(line.split(' ').nth(2)), "{line}");
        }
        assert!(seen.len() > 20, "{text}");
        assert!(text.contains("vitrina_build_info{"), "{text}");
    }
}
