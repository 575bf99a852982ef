//! `/ws/products` and `/ws/chat`: the upgrade of a request to a session.

use std::collections::HashSet;
use std::sync::Arc;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use actix_web_actors::ws;
use bytes::Bytes;
use futures_util::Stream;

use super::error::ApiError;
use super::product_query::QueryString;
use super::state::AppState;
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::realtime::{ChatTalk, ProductTalk, SharedBacking, Worker, accept};
use crate::store::StoreError;

/// Most products in `?ids=`.
const MAX_IDS: usize = 200;

pub(super) async fn products(
    request: HttpRequest,
    state: Data<AppState>,
    worker: Data<Worker>,
    incoming: Payload,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let only = string.get("ids").map(product_ids).transpose()?;
    let wants_snapshot = string.get("snapshot") != Some("false");
    let upgrade = check_upgrade(&request)?;

    let stream = &worker.products;
    let since = since(&string);
    let (talk, outbox) = ProductTalk::new(
        backing(&state),
        stream,
        since.as_ref(),
        only,
        wants_snapshot,
    )
    .ok_or_else(not_started)?;
    Ok(upgrade.streaming(accept(talk, outbox, stream, state.rate_limits, incoming)))
}

pub(super) async fn chat(
    request: HttpRequest,
    state: Data<AppState>,
    worker: Data<Worker>,
    incoming: Payload,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let upgrade = check_upgrade(&request)?;

    let stream = &worker.chat;
    let room = worker.hubs.chat.clone();
    let since = since(&string);
    let (talk, outbox) =
        ChatTalk::new(backing(&state), room, stream, since.as_ref()).ok_or_else(not_started)?;
    Ok(upgrade.streaming(accept(talk, outbox, stream, state.rate_limits, incoming)))
}

/// The accepted handshake, which still wants its body.
struct Upgrade(actix_web::HttpResponseBuilder);

impl Upgrade {
    fn streaming<S>(mut self, body: S) -> HttpResponse
    where
        S: Stream<Item = Result<Bytes, actix_web::Error>> + 'static,
    {
        self.0.streaming(body)
    }
}

fn check_upgrade(request: &HttpRequest) -> Result<Upgrade, ApiError> {
    ws::handshake(request)
        .map(Upgrade)
        .map_err(|_| ApiError::UpgradeRequired)
}

/// A text that cannot be a place is a place that nobody knows.
fn since(string: &QueryString) -> Option<Position> {
    string.get("since").and_then(Position::new)
}

fn product_ids(text: &str) -> Result<HashSet<ProductId>, ValidationError> {
    let bad = |reason: String| ValidationError::Query(vec![FieldError::new("ids", reason)]);
    let ids: Vec<_> = text.split(',').filter(|id| !id.is_empty()).collect();
    if ids.is_empty() || ids.len() > MAX_IDS {
        return Err(bad(format!("must be 1 to {MAX_IDS} product ids")));
    }
    ids.into_iter()
        .map(|id| id.parse().map_err(|error| bad(format!("{error}"))))
        .collect()
}

fn backing(state: &Data<AppState>) -> SharedBacking {
    Arc::new(state.shop.clone())
}

fn not_started() -> ApiError {
    StoreError::Unavailable("the worker has no log yet".into()).into()
}
