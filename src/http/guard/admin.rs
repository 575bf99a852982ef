//! Admin requests: with the admin token, or with the session cookie that the login page gave for
//! it.

use std::future::{Ready, ready};

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest};

use crate::domain::admin_session::LIFE_SECONDS;
use crate::domain::timestamp::Timestamp;
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// Holds the admin session; scripts cannot read it, and requests of other sites do not carry it.
pub(crate) const COOKIE: &str = "vitrina-admin";

/// The browser's own statement where a request comes from (Fetch Metadata).
const FETCH_SITE: &str = "sec-fetch-site";

/// Extractor for admin requests. It is the first argument of a handler, so that nothing of an
/// unauthenticated request is read.
#[derive(Debug)]
pub(crate) struct Admin;

impl FromRequest for Admin {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl Admin {
    /// Of a request with a bearer token the cookies are ignored.
    ///
    /// # Errors
    /// It is not an admin request, or it is a write with the cookie that no page of this site sent.
    pub(crate) fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        if AppState::of(request).admin.is_none() {
            return Ok(Self);
        }
        if claims_bearer(request.headers()) {
            let is_right = has_token(request)?;
            return is_right.then_some(Self).ok_or(ApiError::Unauthorized);
        }
        if !has_session(request) {
            return Err(ApiError::Unauthorized);
        }
        if *request.method() == Method::GET || is_same_origin(request.headers()) {
            Ok(Self)
        } else {
            Err(ApiError::Forbidden(
                "cookie-authenticated writes need this site's Origin",
            ))
        }
    }
}

/// Whether a request proves to be the admin's. Without a token no request can.
pub(super) fn is_admin(request: &HttpRequest) -> bool {
    AppState::of(request).admin.is_some() && Admin::of(request).is_ok()
}

/// # Errors
/// The client has guessed too often.
fn has_token(request: &HttpRequest) -> Result<bool, ApiError> {
    match bearer(request.headers()) {
        Some(guess) => is_token(request, guess),
        None => Ok(false),
    }
}

/// Whether a guess is the admin token.
///
/// # Errors
/// The client has guessed too often.
pub(crate) fn is_token(request: &HttpRequest, guess: &str) -> Result<bool, ApiError> {
    let state = AppState::of(request);
    let Some(token) = &state.admin else {
        return Ok(false);
    };
    let client = state.site.client(request);
    state.limits.guess(client, || token.is(guess))
}

/// Whether a request uses the bearer scheme. Other schemes are for proxies with passwords of their
/// own.
fn claims_bearer(headers: &HeaderMap) -> bool {
    let is_bearer = |line: &header::HeaderValue| {
        let scheme = line.as_bytes().split(|byte| *byte == b' ').next();
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
    };
    headers.get_all(header::AUTHORIZATION).any(is_bearer)
}

/// The one bearer token of a request (RFC 6750).
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

/// Whether a page of this site sent a request: any `Origin` that passed `site::check` is this
/// site's. Without one the browser must state it otherwise: with `SameSite` only, pages of other
/// ports and subdomains could write.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let same = |value: &header::HeaderValue| value.as_bytes() == b"same-origin";
    headers.contains_key(header::ORIGIN) || headers.get(FETCH_SITE).is_some_and(same)
}

/// The cookie of a new session.
pub(crate) fn session_cookie(request: &HttpRequest, value: String) -> Cookie<'static> {
    cookie(request, value, Duration::seconds(LIFE_SECONDS))
}

/// Clears the cookie.
pub(crate) fn no_cookie(request: &HttpRequest) -> Cookie<'static> {
    cookie(request, String::new(), Duration::ZERO)
}

fn cookie(request: &HttpRequest, value: String, life: Duration) -> Cookie<'static> {
    Cookie::build(COOKIE, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(AppState::of(request).site.is_secure(request))
        .max_age(life)
        .finish()
}
