//! What HTTP asks and is answered.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::histogram::Histogram;

/// Requests, counted by what they asked and how they were answered. Every label has few values: routes are the
/// patterns of the route table, never paths.
#[derive(Debug, Clone)]
pub struct Requests {
    answered: Family<Answered, Counter>,
    time: Family<Route, Histogram, fn() -> Histogram>,
    refused: Family<Refused, Counter>,
    under_way: Gauge,
    connections_refused: Counter,
    totals: Arc<Totals>,
}

/// Sums over all routes, for the live figures.
#[derive(Debug, Default)]
struct Totals {
    all: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    code: &'static str,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            answered: Family::default(),
            time: Family::new_with_constructor(Histogram::times),
            refused: Family::default(),
            under_way: Gauge::default(),
            connections_refused: Counter::default(),
            totals: Arc::default(),
        }
    }
}

impl Requests {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "http_requests",
            "Requests by method, pattern of the route and class of the status",
            self.answered.clone(),
        );
        registry.register(
            "http_request_seconds",
            "Time from a request's head to its answer's, by route",
            self.time.clone(),
        );
        registry.register(
            "refusals",
            "Requests that were refused or failed, by the stable word of the answer",
            self.refused.clone(),
        );
        registry.register(
            "http_requests_under_way",
            "Requests that are not answered yet",
            self.under_way.clone(),
        );
        registry.register(
            "connections_refused",
            "Connections that were closed at once, because their client had too many",
            self.connections_refused.clone(),
        );
    }

    /// A connection was closed at once.
    pub fn connection_refused(&self) {
        self.connections_refused.inc();
    }

    /// A request begins; it is under way until this is dropped.
    pub fn begin(&self) -> UnderWay {
        UnderWay::of(&self.under_way)
    }

    /// A request was answered. `status` is its number, `refusal` the word of what was no success.
    pub fn answered(
        &self,
        method: &str,
        route: &'static str,
        status: u16,
        refusal: Option<&'static str>,
        time: Duration,
    ) {
        let labels = Answered {
            method: method_label(method),
            route,
            status: status_label(status),
        };
        self.answered.get_or_create(&labels).inc();
        self.time.get_or_create(&Route { route }).took(time);
        self.totals.all.fetch_add(1, Ordering::Relaxed);
        if let Some(code) = refusal {
            self.refused.get_or_create(&Refused { code }).inc();
            self.totals.refused.fetch_add(1, Ordering::Relaxed);
        }
        if status >= 500 {
            self.totals.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many were answered.
    pub fn total(&self) -> u64 {
        self.totals.all.load(Ordering::Relaxed)
    }

    /// How many of them with a status of 500 or more.
    pub fn failed(&self) -> u64 {
        self.totals.failed.load(Ordering::Relaxed)
    }

    /// How many of them with a status of 400 or more.
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

/// Counts one thing as under way for as long as it lives.
#[derive(Debug)]
pub struct UnderWay(Gauge);

impl UnderWay {
    pub(super) fn of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}
