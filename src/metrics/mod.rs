//! What the server counts and times, for `/metrics` and for the live figures.
//!
//! A leaf room: those who know something are given the counters for it at their start, and nothing
//! here knows them. One [`Metrics`] belongs to one application, so that many may run in one process; what is
//! the process's own (`process`) is the same for all of them.
//!
//! Counting must cost nothing that is felt: a request and a commit cost a few atomic additions each, a batch
//! of frames one per worker, and a frame to one of a worker's sockets none.

mod histogram;
mod process;
mod process_wide;
mod recent;
mod requests;
mod store;
mod streams;

use std::sync::Arc;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

pub use prometheus_client::metrics::counter::Counter;
pub use prometheus_client::metrics::gauge::Gauge;

pub use histogram::{Histogram, Snapshot};
pub use process::Process;
pub use process_wide::{Decoding, count_panic};
pub use recent::{Moment, Recent};
pub use requests::{Requests, UnderWay};
pub use store::{StoreMetrics, StoreQueue};
pub use streams::{FeedMetrics, RealtimeMetrics, StreamMetrics, Tally};

/// All that one application counts. Clones share everything.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// What HTTP asks and is answered.
    pub requests: Requests,
    /// The two streams, their sockets and readers.
    pub realtime: RealtimeMetrics,
    /// The way from the store to the streams.
    pub feed: FeedMetrics,
    /// The store.
    pub store: StoreMetrics,
    /// The last seconds, for the live figures.
    pub recent: Arc<Recent>,
    store_kind: &'static str,
    registry: Arc<Registry>,
}

impl Metrics {
    /// Nothing counted yet, of a server on this kind of store (`sqlite`, `mongodb`).
    pub fn new(store_kind: &'static str) -> Self {
        Process::note_start();
        let mut registry = Registry::with_prefix("vitrina");
        let build = Info::new([
            ("version", env!("CARGO_PKG_VERSION")),
            ("store", store_kind),
        ]);
        registry.register("build", "The program, and the kind of its store", build);
        let requests = Requests::default();
        requests.register(&mut registry);
        let realtime = RealtimeMetrics::registered(&mut registry);
        let feed = FeedMetrics::default();
        feed.register(&mut registry);
        let store = StoreMetrics::default();
        store.register(registry.sub_registry_with_label(("store".into(), store_kind.into())));
        registry.register_collector(Box::new(process_wide::Collected));
        registry.register_collector(Box::new(process::Collected));
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

    /// The kind of the server's store.
    pub fn store_kind(&self) -> &'static str {
        self.store_kind
    }

    /// Everything in Prometheus' text format, version 0.0.4. Reads files of `/proc`.
    pub fn text(&self) -> String {
        let mut text = String::new();
        prometheus_client::encoding::prometheus_text::encode(&mut text, &self.registry)
            .expect("writing to a string does not fail");
        text
    }
}

/// The media type of [`Metrics::text`].
pub const TEXT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Puts a metric into a registry and gives a handle on it.
fn registered<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

/// Tells one value that is looked up when it is asked for.
fn tell(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    metric: &impl EncodeMetric,
) -> std::fmt::Result {
    let told = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
    metric.encode(told)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_metric_is_explained_to_those_who_run_the_shop() {
        let guide = include_str!("../../docs/operating.md");
        let text = Metrics::new("sqlite").text();
        let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let names = types.filter_map(|line| line.strip_prefix("vitrina_")?.split(' ').next());
        let told = names.filter(|name| !name.starts_with("process_"));
        let missing: Vec<_> = told.filter(|name| !guide.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn no_metric_is_described_twice() {
        let text = Metrics::new("sqlite").text();
        let mut seen = HashSet::new();
        for line in text.lines().filter(|line| line.starts_with("# TYPE ")) {
            assert!(seen.insert(line.split(' ').nth(2)), "{line}");
        }
        assert!(seen.len() > 20, "{text}");
        assert!(text.contains("vitrina_build_info{"), "{text}");
    }
}
