//! Statistics for operators: all metrics for Prometheus, and a few for a page.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, block};
use serde::Serialize;
use utoipa::ToSchema;

use super::operation::{Content, OPERATIONS, Operation, Success, payload_of};
use crate::http::envelope;
use crate::http::error::ApiError;
use crate::http::guard::admin::Admin;
use crate::http::state::AppState;
use crate::metrics::{Metrics, Process, Snapshot, TEXT_TYPE, WindowSample};
use crate::store::StoreError;

pub(super) const METRICS: Operation = Operation {
    responses: &[Success::new(200, "The metrics", Content::Text)],
    is_admin: true,
    ..Operation::new("getMetrics", OPERATIONS, "Read all metrics, for Prometheus")
};

pub(crate) async fn metrics(_: Admin, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    // It reads system files, which can block on a busy machine.
    let text = block(move || state.metrics.text())
        .await
        .map_err(unavailable)?;
    Ok(HttpResponse::Ok()
        .content_type(TEXT_TYPE)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}

pub(super) const LIVE: Operation = Operation {
    description: "Totals count from the start of the server: a rate is the difference of two \
        responses divided by the difference of their `uptimeSeconds`.",
    responses: &[Success::json(
        200,
        "The statistics",
        payload_of::<ServerStats>,
    )],
    is_admin: true,
    ..Operation::new("getFigures", OPERATIONS, "Read the live statistics")
};

pub(crate) async fn live(_: Admin, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let stats = block(move || ServerStats::of(&state))
        .await
        .map_err(unavailable)?;
    Ok(envelope::payload(StatusCode::OK, &stats))
}

fn unavailable(error: actix_web::error::BlockingError) -> ApiError {
    StoreError::Unavailable(error.into()).into()
}

/// Statistics of a server.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Figures)]
pub(crate) struct ServerStats {
    version: &'static str,
    /// `sqlite` or `mongodb`.
    store: &'static str,
    /// Since the program was started.
    uptime_seconds: f64,
    /// Bytes; `null` if the system does not report it.
    #[schema(required)]
    memory_bytes: Option<u64>,
    /// Open files and sockets.
    #[schema(required)]
    descriptors: Option<u64>,
    /// The limit of `descriptors`.
    #[schema(required)]
    max_descriptors: Option<u64>,
    /// Seconds of processor time in total.
    #[schema(required)]
    cpu_seconds: Option<f64>,
    sockets: Sockets,
    deliveries: DeliveryStats,
    readers: Readers,
    feed: FeedFigures,
    /// Time of a commit.
    commit: Times,
    /// Time of a store operation.
    operation: Times,
    requests: RequestFigures,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Sockets {
    /// Open now.
    products: i64,
    /// Open now.
    chat: i64,
    /// People in the chat now.
    people: i64,
}

/// Totals of both streams.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Deliveries)]
struct DeliveryStats {
    frames: u64,
    bytes: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Readers {
    /// More than two seconds behind now.
    slow: i64,
    /// Frames that slow readers skipped, in total.
    conflated: u64,
    /// Readers that fell behind the log, in total.
    lapsed: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FeedFigures {
    /// Whether the change feed is live.
    live: bool,
    /// Changes sent, in total.
    changes: u64,
    /// From a commit until the feed returned its changes.
    lag: Times,
    /// From the encoding of a frame until a worker delivered it to its sockets; the slower stream.
    fan_out: Times,
}

/// Milliseconds, over the last 15 seconds; `null` without a value. Without a request in that time,
/// over the time since the start.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Times {
    #[schema(required)]
    p50_ms: Option<f64>,
    #[schema(required)]
    p99_ms: Option<f64>,
    count: u64,
}

/// Totals.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RequestFigures {
    total: u64,
    /// Responses with status 500 or higher.
    failed: u64,
    /// Responses with status 400 or higher.
    refused: u64,
}

impl ServerStats {
    fn of(state: &AppState) -> Self {
        let Metrics {
            requests, realtime, ..
        } = &state.metrics;
        let streams = [&realtime.products, &realtime.chat];
        let recent = state
            .metrics
            .recent
            .window(WindowSample::now(&state.metrics));
        let process = Process::now();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            store: state.metrics.store_kind(),
            uptime_seconds: Process::uptime(),
            memory_bytes: process.resident,
            descriptors: process.descriptors,
            max_descriptors: process.max_descriptors,
            cpu_seconds: process.cpu,
            sockets: Sockets {
                products: realtime.products.open.get(),
                chat: realtime.chat.open.get(),
                people: realtime.people.get(),
            },
            deliveries: DeliveryStats {
                frames: streams.map(|stream| stream.frames.get()).iter().sum(),
                bytes: streams.map(|stream| stream.bytes.get()).iter().sum(),
            },
            readers: Readers {
                slow: streams.map(|stream| stream.slow.get()).iter().sum(),
                conflated: streams.map(|stream| stream.conflated.get()).iter().sum(),
                lapsed: streams.map(|stream| stream.lagged.get()).iter().sum(),
            },
            feed: FeedFigures {
                live: state.feed.is_live(),
                changes: state.metrics.feed.changes.get(),
                lag: Times::of(&recent.feed_lag),
                fan_out: slower(recent.fan_out.each_ref().map(Times::of)),
            },
            commit: Times::of(&recent.commit_time),
            operation: Times::of(&recent.operation_time),
            requests: RequestFigures {
                total: requests.totals.responses.get(),
                failed: requests.totals.failed.get(),
                refused: requests.totals.refused.get(),
            },
        }
    }
}

impl Times {
    fn of(times: &Snapshot) -> Self {
        let milliseconds =
            |share| (times.quantile(share)).map(|seconds| (seconds * 1e6).round() / 1e3);
        Self {
            p50_ms: milliseconds(0.5),
            p99_ms: milliseconds(0.99),
            count: times.total(),
        }
    }
}

fn slower([one, other]: [Times; 2]) -> Times {
    if other.p99_ms > one.p99_ms {
        other
    } else {
        one
    }
}
