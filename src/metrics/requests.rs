//! HTTP requests and responses.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::group::metric_group;
use super::histogram::Histogram;

/// Requests by route and result.
#[derive(Debug, Clone, Default)]
pub struct Requests {
    metrics: RequestMetrics,
    pub totals: Totals,
}

metric_group! {
    /// Every label has few values: routes are the patterns of the route table, never paths.
    struct RequestMetrics {
        /// Requests by method, route pattern and status class
        answered: Family<ResponseLabels, Counter> = "http_requests", Family::default();
        /// Time from the head of a request to the head of its response, by route
        time: Family<RouteLabels, Histogram, fn() -> Histogram> = "http_request_seconds",
            Family::new_with_constructor(Histogram::times);
        /// Refused and failed requests by problem code
        refused: Family<RefusalLabels, Counter> = "refusals", Family::default();
        /// Requests in flight
        in_flight: Gauge = "http_requests_under_way", Gauge::default();
        /// Connections closed at once because their client had too many
        connections_refused: Counter = "connections_refused", Counter::default();
    }
}

/// Totals over all routes, for the live statistics.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    pub responses: Counter,
    /// Responses with a status of 500 or more.
    pub failed: Counter,
    /// Responses with a problem code.
    pub refused: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResponseLabels {
    method: &'static str,
    route: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalLabels {
    code: &'static str,
}

impl Requests {
    pub(super) fn register(&self, registry: &mut Registry) {
        self.metrics.register(registry);
    }

    /// Counts a connection that was closed at once.
    pub fn connection_refused(&self) {
        self.metrics.connections_refused.inc();
    }

    /// Counts a request as in flight until the result is dropped.
    pub fn begin(&self) -> InFlightGauge {
        InFlightGauge::new(&self.metrics.in_flight)
    }

    /// Counts a response; `refusal` is the problem code of a failure.
    pub fn answered(
        &self,
        method: &str,
        route: &'static str,
        status: u16,
        refusal: Option<&'static str>,
        time: Duration,
    ) {
        let labels = ResponseLabels {
            method: method_label(method),
            route,
            status: status_label(status),
        };
        let (metrics, totals) = (&self.metrics, &self.totals);
        metrics.answered.get_or_create(&labels).inc();
        let time_of_route = metrics.time.get_or_create(&RouteLabels { route });
        time_of_route.record(time);
        totals.responses.inc();
        if let Some(code) = refusal {
            metrics.refused.get_or_create(&RefusalLabels { code }).inc();
            totals.refused.inc();
        }
        if status >= 500 {
            totals.failed.inc();
        }
    }
}

fn method_label(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    let known = KNOWN.into_iter().find(|known| *known == method);
    known.unwrap_or("other")
}

fn status_label(status: u16) -> &'static str {
    match status {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}

/// Counts one thing as in flight while it exists.
#[derive(Debug)]
pub struct InFlightGauge(Gauge);

impl InFlightGauge {
    pub(super) fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlightGauge {
    fn drop(&mut self) {
        self.0.dec();
    }
}
