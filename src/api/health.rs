//! `/healthz` and `/readyz`, for monitoring.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::operation::{OPERATIONS, Operation, Success, of};
use crate::http::envelope::{Done, done};
use crate::http::error::ApiError;
use crate::http::guard::in_flight::InFlight;
use crate::http::state::AppState;
use crate::store::StoreError;

pub(super) const ALIVE: Operation = Operation {
    responses: &[Success::json(200, "It does", of::<Done>)],
    ..Operation::new("isAlive", OPERATIONS, "Check that the process responds")
};

pub(crate) async fn alive() -> HttpResponse {
    done("alive")
}

pub(super) const READY: Operation = Operation {
    responses: &[Success::json(200, "It is", of::<Done>)],
    ..Operation::new(
        "isReady",
        OPERATIONS,
        "Check that the server is ready: store, change feed, no shutdown",
    )
};

pub(crate) async fn ready(
    state: Data<AppState>,
    in_flight: Data<InFlight>,
) -> Result<HttpResponse, ApiError> {
    if in_flight.is_stopping() {
        return Err(StoreError::Unavailable("the server is shutting down".into()).into());
    }
    if !state.feed.is_live() {
        return Err(StoreError::Unavailable("the change feed is not live".into()).into());
    }
    state.readiness.check(&state.shop).await?;
    Ok(done("ready"))
}
