//! `/ws/products` and `/ws/chat`: the upgrade of a request to a session.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::http::Version;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use actix_web_actors::ws;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::domain::error::{FieldError, ValidationError};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::position::Position;
use crate::domain::refusal::{Refusal, Resource};
use crate::http::catalogue::CatalogueReader;
use crate::http::error::ApiError;
use crate::http::path::PathId;
use crate::http::query::QueryString;
use crate::http::state::AppState;
use crate::http::upgrade::Handover;
use crate::realtime::{
    ChatSession, ProductSession, SessionHandler, SharedShopApi, ShopApiError, SinkKind,
    Subscription, Worker, WorkerStream, accept, take_over,
};
use crate::store::StoreError;

/// Bytes of a handshake's key (RFC 6455 section 4.1).
const KEY_BYTES: usize = 16;
/// Maximum number of ids in `?ids=`.
pub(crate) const MAX_IDS: usize = 200;

pub(crate) async fn products(
    request: HttpRequest,
    state: Data<AppState>,
    worker: Data<Worker>,
    catalogue: CatalogueReader,
    incoming: Payload,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let scope = scope(&string)?;
    let wants_snapshot = string.get("snapshot") != Some("false");
    let upgrade = check_upgrade(&request)?;

    // Without the store a socket begins with the last state known, and gets the rest later.
    catalogue.catch_up().await;
    let stream = &worker.products;
    let since = since(&string);
    if let Some(since) = &since {
        worker.await_product_position(since).await;
    }
    let session = ProductSession::new(shop_api(&state), stream, since.as_ref(), wants_snapshot)
        .ok_or_else(not_started)?;
    let (session, subscription) = match scope {
        Scope::Products(only) => session.products(only),
        Scope::Cart(id) => {
            let followed = session.cart(id).await.map_err(unavailable)?;
            followed.ok_or(Refusal::NotFound(Resource::Cart))?
        }
    };
    Ok(upgrade.open(&state, session, subscription, stream, incoming))
}

pub(crate) async fn chat(
    request: HttpRequest,
    state: Data<AppState>,
    worker: Data<Worker>,
    incoming: Payload,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let upgrade = check_upgrade(&request)?;

    let stream = &worker.chat;
    let chat_room = worker.hubs.chat.clone();
    let since = since(&string);
    if let Some(since) = &since {
        worker.await_chat_position(since).await;
    }
    let chat_quota = state.limits.chat_quota(state.site.client(&request));
    let (session, subscription) = ChatSession::new(
        shop_api(&state),
        chat_room,
        stream,
        since.as_ref(),
        chat_quota,
    )
    .ok_or_else(not_started)?;
    Ok(upgrade.open(&state, session, subscription, stream, incoming))
}

/// An accepted handshake; the response has no body yet.
struct Upgrade(actix_web::HttpResponseBuilder);

impl Upgrade {
    /// Opens the session with the configured sink.
    fn open<T: SessionHandler>(
        mut self,
        state: &AppState,
        session: T,
        subscription: Subscription,
        stream: &Rc<WorkerStream>,
        incoming: Payload,
    ) -> HttpResponse {
        let limits = state.limits.of_frames();
        match state.sink {
            SinkKind::Response => {
                let body = accept(session, subscription, stream, limits, incoming);
                self.0.streaming(body)
            }
            SinkKind::Direct => {
                let stream = Rc::clone(stream);
                let upgrade = Handover::new(move |io, early| {
                    take_over(session, subscription, &stream, limits, io, early)
                });
                let mut response = self.0.finish();
                response.extensions_mut().insert(upgrade);
                response
            }
        }
    }
}

fn check_upgrade(request: &HttpRequest) -> Result<Upgrade, ApiError> {
    let upgrade = ws::handshake(request).map_err(|_| ApiError::UpgradeRequired)?;
    // `ws::handshake` also accepts HTTP/1.0, protocols whose names only contain the word, older
    // drafts, repeated headers and malformed keys.
    let headers = request.headers();
    let is_valid = request.version() >= Version::HTTP_11
        && names_websocket(headers)
        && only_line(headers, &header::SEC_WEBSOCKET_VERSION) == Some(b"13");
    if !is_valid {
        return Err(ApiError::UpgradeRequired);
    }
    // The bytes of a body would be taken for frames, or the frames for a body.
    let length = headers.get(header::CONTENT_LENGTH);
    if length.is_some_and(|length| length != "0") || headers.contains_key(header::TRANSFER_ENCODING)
    {
        return Err(ApiError::HandshakeWithBody);
    }
    let key = only_line(headers, &header::SEC_WEBSOCKET_KEY).unwrap_or_default();
    match BASE64_STANDARD.decode(key) {
        Ok(nonce) if nonce.len() == KEY_BYTES => Ok(Upgrade(upgrade)),
        _ => Err(ApiError::BadWebsocketKey),
    }
}

fn names_websocket(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::UPGRADE)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
}

/// The value of a header that must not be repeated.
fn only_line<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut lines = headers.get_all(name);
    let line = lines.next()?.as_bytes();
    lines.next().is_none().then_some(line)
}

/// An unparsable cursor counts as unknown.
fn since(string: &QueryString) -> Option<Position> {
    string.get("since").and_then(Position::new)
}

/// The products that a socket follows.
enum Scope {
    /// All products, or some.
    Products(Option<HashSet<ProductId>>),
    /// A cart and its products.
    Cart(CartId),
}

fn scope(string: &QueryString) -> Result<Scope, ApiError> {
    let ids = string.get("ids");
    match string.get("cart") {
        None => Ok(Scope::Products(ids.map(product_ids).transpose()?)),
        Some(cid) if ids.is_none() => Ok(Scope::Cart(PathId::parse(cid)?)),
        Some(_) => {
            let reason = "cannot be combined with cart";
            Err(ValidationError::Query(vec![FieldError::new("ids", reason)]).into())
        }
    }
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

fn shop_api(state: &Data<AppState>) -> SharedShopApi {
    Arc::new(state.shop.clone())
}

fn unavailable(error: ShopApiError) -> ApiError {
    StoreError::Unavailable(error.to_string().into()).into()
}

fn not_started() -> ApiError {
    StoreError::Unavailable("the worker has no log yet".into()).into()
}
