//! Counts what a client does against its limits.

use std::net::IpAddr;

use actix_web::HttpRequest;

use super::admin;
use crate::http::client::Client;
use crate::http::error::ApiError;
use crate::http::limits::{Class, LimitExceeded, Limits, Permit};
use crate::http::state::AppState;

/// Counts a request. The permit is for the socket that it may become.
///
/// # Errors
/// Its client has sent too many.
pub(super) fn admit(request: &HttpRequest) -> Result<Option<Permit>, ApiError> {
    // A monitor that shares an address with many clients must not take a limit for an outage.
    if matches!(request.path(), "/healthz" | "/readyz") {
        return Ok(None);
    }
    let class = Class::of(request.method(), request.path());
    count(request, |limits, client| limits.admit(class, client))
}

/// Counts a connection for as long as its permit lives. A trusted proxy may have any number.
///
/// # Errors
/// Its client has too many.
pub fn admit_connection(state: &AppState, peer: IpAddr) -> Result<Option<Permit>, LimitExceeded> {
    if state.limits.is_off() || state.site.is_trusted(peer) {
        return Ok(None);
    }
    state.limits.admit_connection(Client::at(peer)).map(Some)
}

/// Counts a cart that is made for a client that named none.
///
/// # Errors
/// Its client has made too many.
pub(crate) fn admit_new_cart(request: &HttpRequest) -> Result<(), ApiError> {
    let new_cart = |limits: &Limits, client| limits.admit(Class::NewCart, client).map(drop);
    count(request, new_cart)
}

/// Counts an idempotency key.
///
/// # Errors
/// Its client has used too many.
pub(crate) fn admit_key(request: &HttpRequest) -> Result<(), ApiError> {
    count(request, Limits::admit_key)
}

/// Counts something, unless limits are off. The admin has none.
fn count<T: Default>(
    request: &HttpRequest,
    admit: impl FnOnce(&Limits, Client) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let state = AppState::of(request);
    if state.limits.is_off() {
        return Ok(T::default());
    }
    match admit(&state.limits, state.site.client(request)) {
        Err(_) if admin::is_admin(request) => Ok(T::default()),
        admitted => admitted,
    }
}
