//! HTTP requests and responses.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::histogram::Histogram;

/// Requests by route and result. Every label has few values: routes are the patterns of the route
/// table, never paths.
#[derive(Debug, Clone)]
pub struct Requests {
    answered: Family<ResponseLabels, Counter>,
    time: Family<RouteLabels, Histogram, fn() -> Histogram>,
    refused: Family<RefusalLabels, Counter>,
    in_flight: Gauge,
    connections_refused: Counter,
    totals: Arc<Totals>,
}

/// Totals over all routes, for the live statistics.
#[derive(Debug, Default)]
struct Totals {
    all: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
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

impl Default for Requests {
    fn default() -> Self {
        Self {
            answered: Family::default(),
            time: Family::new_with_constructor(Histogram::times),
            refused: Family::default(),
            in_flight: Gauge::default(),
            connections_refused: Counter::default(),
            totals: Arc::default(),
        }
    }
}

impl Requests {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "http_requests",
            "Requests by method, route pattern and status class",
            self.answered.clone(),
        );
        registry.register(
            "http_request_seconds",
            "Time from the head of a request to the head of its response, by route",
            self.time.clone(),
        );
        registry.register(
            "refusals",
            "Refused and failed requests by problem code",
            self.refused.clone(),
        );
        registry.register(
            "http_requests_under_way",
            "Requests in flight",
            self.in_flight.clone(),
        );
        registry.register(
            "connections_refused",
            "Connections closed at once because their client had too many",
            self.connections_refused.clone(),
        );
    }

    /// Counts a connection that was closed at once.
    pub fn connection_refused(&self) {
        self.connections_refused.inc();
    }

    /// Counts a request as in flight until the result is dropped.
    pub fn begin(&self) -> InFlightGauge {
        InFlightGauge::new(&self.in_flight)
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
        self.answered.get_or_create(&labels).inc();
        self.time.get_or_create(&RouteLabels { route }).record(time);
        self.totals.all.fetch_add(1, Ordering::Relaxed);
        if let Some(code) = refusal {
            self.refused.get_or_create(&RefusalLabels { code }).inc();
            self.totals.refused.fetch_add(1, Ordering::Relaxed);
        }
        if status >= 500 {
            self.totals.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// All responses.
    pub fn total(&self) -> u64 {
        self.totals.all.load(Ordering::Relaxed)
    }

    /// Responses with a status of 500 or more.
    pub fn failed(&self) -> u64 {
        self.totals.failed.load(Ordering::Relaxed)
    }

    /// Responses with a problem code.
    pub fn refused(&self) -> u64 {
        self.totals.refused.load(Ordering::Relaxed)
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
