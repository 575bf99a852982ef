//! What is the admin's alone: where there is a token, a request must carry it.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest};

use super::client::Client;
use crate::web::error::ApiError;
use crate::web::state::AppState;

/// Stands among the arguments of a handler that is the admin's: first, so that nothing of a stranger's
/// request is read.
#[derive(Debug)]
pub(in crate::web) struct Admin;

impl FromRequest for Admin {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let may = match AppState::of(request).admin {
            None => Ok(true),
            Some(_) => proves(request),
        };
        ready(match may {
            Ok(true) => Ok(Self),
            Ok(false) => Err(ApiError::Unauthorized),
            Err(error) => Err(error),
        })
    }
}

/// Whether a request shows that it is the admin's. Where there is no token, nothing shows it.
pub(super) fn is_admin(request: &HttpRequest) -> bool {
    proves(request).is_ok_and(|proven| proven)
}

/// # Errors
/// The client has guessed too often.
fn proves(request: &HttpRequest) -> Result<bool, ApiError> {
    let state = AppState::of(request);
    let offered = bearer(request.headers());
    let (Some(token), Some(offered)) = (&state.admin, offered) else {
        return Ok(false);
    };
    let client = Client::of(request);
    state.limits.guess(client, || token.is(offered))
}

/// The one token that a request carries (RFC 6750).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(header::AUTHORIZATION);
    let line = lines.next()?.to_str().ok()?;
    let (scheme, token) = line.split_once(' ')?;
    let is_one = lines.next().is_none() && scheme.eq_ignore_ascii_case("bearer");
    is_one.then(|| token.trim())
}
