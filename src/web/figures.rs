//! What those see who run the shop: everything for Prometheus, and a few figures for a page.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, block};
use serde::Serialize;
use utoipa::ToSchema;

use super::envelope::{self, Payload};
use super::error::ApiError;
use super::guard::admin::Admin;
use super::state::AppState;
use crate::metrics::{Metrics, Moment, Process, Snapshot, TEXT_TYPE};
use crate::store::StoreError;

/// Every metric, as Prometheus reads it
#[utoipa::path(
    get, path = "/metrics", operation_id = "getMetrics", tag = "Operations", security(("admin" = [])),
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain")),
)]
pub(super) async fn metrics(_: Admin, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    // It reads files of the system, which may keep a busy machine waiting.
    let text = block(move || state.metrics.text()).await.map_err(late)?;
    Ok(HttpResponse::Ok()
        .content_type(TEXT_TYPE)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}

/// The live figures
///
/// Totals grow from the start of the server: a rate is the difference of two answers by
/// the difference of their `uptimeSeconds`.
#[utoipa::path(
    get, path = "/api/figures", operation_id = "getFigures", tag = "Operations", security(("admin" = [])),
    responses((status = 200, description = "The figures", body = Payload<Figures>)),
)]
pub(super) async fn live(_: Admin, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let figures = block(move || Figures::of(&state)).await.map_err(late)?;
    Ok(envelope::payload(StatusCode::OK, &figures))
}

fn late(error: actix_web::error::BlockingError) -> ApiError {
    StoreError::Unavailable(error.into()).into()
}

/// A server's life at a glance.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Figures {
    version: &'static str,
    /// `sqlite` or `mongodb`.
    store: &'static str,
    /// Since the program was started.
    uptime_seconds: f64,
    /// Bytes; `null` where the system does not tell.
    #[schema(required)]
    memory_bytes: Option<u64>,
    /// Open files and sockets.
    #[schema(required)]
    descriptors: Option<u64>,
    /// How many there may be.
    #[schema(required)]
    max_descriptors: Option<u64>,
    /// Seconds of processor time, in all.
    #[schema(required)]
    cpu_seconds: Option<f64>,
    sockets: Sockets,
    deliveries: Deliveries,
    readers: Readers,
    feed: FeedFigures,
    /// Time of a commit.
    commit: Times,
    /// Time that the shop waited for an operation of the store.
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
    /// Different people who joined the chat and are there now.
    people: i64,
}

/// Totals of both streams.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Deliveries {
    frames: u64,
    bytes: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Readers {
    /// More than two seconds behind now.
    slow: i64,
    /// Frames that slow readers were spared, in all.
    conflated: u64,
    /// Readers that fell out of the log, in all.
    lapsed: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FeedFigures {
    /// Whether changes reach the pages.
    live: bool,
    /// Changes told, in all.
    changes: u64,
    /// From a commit until its changes were taken from the feed.
    lag: Times,
    /// From a frame's encoding until a worker's sockets were given it, of both streams the slower.
    fan_out: Times,
}

/// Times of the last 15 seconds in milliseconds, `null` when there were none. Of the time since the start, when
/// nobody has asked for as long.
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
    /// Answered with 500 or more.
    failed: u64,
    /// Answered with 400 or more.
    refused: u64,
}

impl Figures {
    fn of(state: &AppState) -> Self {
        let Metrics {
            requests, realtime, ..
        } = &state.metrics;
        let streams = [&realtime.products, &realtime.chat];
        let recent = state.metrics.recent.look(Moment::now(&state.metrics));
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
            deliveries: Deliveries {
                frames: streams.map(|stream| stream.frames.get()).iter().sum(),
                bytes: streams.map(|stream| stream.bytes.get()).iter().sum(),
            },
            readers: Readers {
                slow: streams.map(|stream| stream.slow.get()).iter().sum(),
                conflated: streams.map(|stream| stream.conflated.get()).iter().sum(),
                lapsed: streams.map(|stream| stream.lapsed.get()).iter().sum(),
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
                total: requests.total(),
                failed: requests.failed(),
                refused: requests.refused(),
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
