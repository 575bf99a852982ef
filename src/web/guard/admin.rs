//! What is the admin's alone: where there is a token, a request must carry it, or the cookie of who gave it.

use std::future::{Ready, ready};

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest};

use super::client::{Client, is_secure};
use crate::domain::admin_session::LIFE_SECONDS;
use crate::domain::timestamp::Timestamp;
use crate::web::error::ApiError;
use crate::web::state::AppState;

/// Holds the admin page's session; scripts cannot read it, and no other site's request carries it.
pub(in crate::web) const COOKIE: &str = "vitrina-admin";

/// Where a browser says that a request comes from.
const FETCH_SITE: &str = "sec-fetch-site";

/// Stands among the arguments of a handler that is the admin's: first, so that nothing of a stranger's
/// request is read.
#[derive(Debug)]
pub(in crate::web) struct Admin;

impl FromRequest for Admin {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl Admin {
    /// Whether a request is the admin's. Who sends a bearer is judged by it alone.
    ///
    /// # Errors
    /// It is not, or it is a write with the cookie that no page of this site sent.
    pub(in crate::web) fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        if AppState::of(request).admin.is_none() {
            return Ok(Self);
        }
        if claims_bearer(request.headers()) {
            let may = has_token(request)?;
            return may.then_some(Self).ok_or(ApiError::Unauthorized);
        }
        if !has_session(request) {
            return Err(ApiError::Unauthorized);
        }
        if *request.method() == Method::GET || is_from_here(request.headers()) {
            Ok(Self)
        } else {
            Err(ApiError::Forbidden(
                "a write with the admin page's cookie must come from a page of this site",
            ))
        }
    }
}

/// Whether a request shows that it is the admin's. Where there is no token, nothing shows it.
pub(super) fn is_admin(request: &HttpRequest) -> bool {
    AppState::of(request).admin.is_some() && Admin::of(request).is_ok()
}

/// Whether a request carries the token.
///
/// # Errors
/// The client has guessed too often.
fn has_token(request: &HttpRequest) -> Result<bool, ApiError> {
    match bearer(request.headers()) {
        Some(offered) => is_token(request, offered),
        None => Ok(false),
    }
}

/// Whether somebody offers the token.
///
/// # Errors
/// The client has guessed too often.
pub(in crate::web) fn is_token(request: &HttpRequest, offered: &str) -> Result<bool, ApiError> {
    let state = AppState::of(request);
    let Some(token) = &state.admin else {
        return Ok(false);
    };
    let client = Client::of(request);
    state.limits.guess(client, || token.is(offered))
}

/// Whether a request says that it carries a token. Other schemes are of proxies that ask for a password of their own.
fn claims_bearer(headers: &HeaderMap) -> bool {
    let scheme = |line: &header::HeaderValue| {
        let scheme = line.as_bytes().split(|byte| *byte == b' ').next();
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
    };
    headers.get_all(header::AUTHORIZATION).any(scheme)
}

/// The one token that a request carries (RFC 6750).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(header::AUTHORIZATION);
    let line = lines.next()?.to_str().ok()?;
    let (scheme, token) = line.split_once(' ')?;
    let is_one = lines.next().is_none() && scheme.eq_ignore_ascii_case("bearer");
    is_one.then(|| token.trim())
}

fn has_session(request: &HttpRequest) -> bool {
    let Some(sessions) = &AppState::of(request).admin_sessions else {
        return false;
    };
    let cookie = request.cookie(COOKIE);
    cookie.is_some_and(|cookie| sessions.is_open(cookie.value(), Timestamp::now()))
}

/// Whether a page of this site sent it: an `Origin` that got past `site.rs` is this site's. One without must say so
/// otherwise; the cookie's `SameSite` alone would let pages of other ports and subdomains write.
fn is_from_here(headers: &HeaderMap) -> bool {
    let same = |value: &header::HeaderValue| value.as_bytes() == b"same-origin";
    headers.contains_key(header::ORIGIN) || headers.get(FETCH_SITE).is_some_and(same)
}

/// The cookie of a session that was just begun.
pub(in crate::web) fn session_cookie(request: &HttpRequest, value: String) -> Cookie<'static> {
    cookie(request, value, Duration::seconds(LIFE_SECONDS))
}

/// Takes the cookie back.
pub(in crate::web) fn no_cookie(request: &HttpRequest) -> Cookie<'static> {
    cookie(request, String::new(), Duration::ZERO)
}

fn cookie(request: &HttpRequest, value: String, life: Duration) -> Cookie<'static> {
    Cookie::build(COOKIE, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_secure(request))
        .max_age(life)
        .finish()
}
