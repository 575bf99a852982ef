//! Metrics of the process rather than of one application: panics and image decodes.

use std::sync::LazyLock;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::group::metric_group;
use super::requests::InFlightGauge;

metric_group! {
    struct ProcessMetrics {
        /// Caught panics; each one is a bug
        panics: Counter = "panics", Counter::default();
        /// Images being decoded (at most two at a time)
        decodes: Gauge = "image_decodes_under_way", Gauge::default();
    }
}

static METRICS: LazyLock<ProcessMetrics> = LazyLock::new(ProcessMetrics::default);

pub(super) fn register(registry: &mut Registry) {
    METRICS.register(registry);
}

/// Counts a panic, whether it is caught or not.
pub fn count_panic() {
    METRICS.panics.inc();
}

/// Counts an image decode as running until the result is dropped.
pub fn begin_decode() -> InFlightGauge {
    InFlightGauge::new(&METRICS.decodes)
}
