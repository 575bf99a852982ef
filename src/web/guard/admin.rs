//! What is the admin's alone: where there is a token, a request must carry it.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest};

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
        let may = match &AppState::of(request).admin {
            None => true,
            Some(token) => bearer(request.headers()).is_some_and(|offered| token.is(offered)),
        };
        ready(if may {
            Ok(Self)
        } else {
            Err(ApiError::Unauthorized)
        })
    }
}

/// The one token that a request carries (RFC 6750).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(header::AUTHORIZATION);
    let line = lines.next()?.to_str().ok()?;
    let (scheme, token) = line.split_once(' ')?;
    let is_one = lines.next().is_none() && scheme.eq_ignore_ascii_case("bearer");
    is_one.then(|| token.trim())
}
