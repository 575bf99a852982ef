//! For those who watch over the server.

use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::web::Data;
use tokio::sync::Mutex;

use super::envelope::{Done, done};
use super::error::ApiError;
use super::guard::in_flight::InFlight;
use super::state::AppState;
use crate::store::StoreError;

/// How long an answer of the store is told on: asking it is a write to the disk, and strangers may ask.
const FRESH: Duration = Duration::from_millis(250);

/// When the store was last asked whether it is there, and whether it was. Who asks meanwhile waits for the answer.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

/// The process lives
#[utoipa::path(
    get, path = "/healthz", operation_id = "isAlive", tag = "Operations",
    responses((status = 200, description = "It does", body = Done)),
)]
pub(super) async fn alive() -> HttpResponse {
    done("alive")
}

/// The store answers, its changes reach the pages, and the server is not about to end
#[utoipa::path(
    get, path = "/readyz", operation_id = "isReady", tag = "Operations",
    responses((status = 200, description = "They do", body = Done)),
)]
pub(super) async fn ready(
    state: Data<AppState>,
    in_flight: Data<InFlight>,
) -> Result<HttpResponse, ApiError> {
    if in_flight.is_stopping() {
        return Err(StoreError::Unavailable("the server stops".into()).into());
    }
    if !state.feed.is_live() {
        return Err(StoreError::Unavailable("the change feed is not live".into()).into());
    }
    let mut last = state.readiness.0.lock().await;
    match *last {
        Some((asked, true)) if asked.elapsed() < FRESH => return Ok(done("ready")),
        Some((asked, false)) if asked.elapsed() < FRESH => {
            return Err(StoreError::Unavailable("the store did not answer".into()).into());
        }
        _ => {}
    }
    let answered = state.shop.ping().await;
    *last = Some((Instant::now(), answered.is_ok()));
    answered?;
    Ok(done("ready"))
}
