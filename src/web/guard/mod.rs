//! What every request passes before it reaches a route.

pub(in crate::web) mod admin;
pub(in crate::web) mod client;
pub mod in_flight;
pub mod limits;
mod plain_path;
pub mod sessions;
pub mod site;

use std::panic::AssertUnwindSafe;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::uri::{PathAndQuery, Uri};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest};
use futures_util::FutureExt;

use self::in_flight::{InFlight, Tracked};
use super::error::ApiError;
use super::pages;
use super::state::AppState;

/// Refuses what is foreign, compressed or too much, brings paths into one form, and counts what is under
/// way. A handler that panics is a failed request, not a connection that ends with nothing said.
pub async fn enter(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<Tracked<impl MessageBody>>, Error> {
    site::check(request.headers(), &AppState::of(request.request()).site)?;
    site::check_target(request.uri(), request.headers())?;
    if request.method() == Method::HEAD {
        // Routed like a GET; the codec has seen the method and leaves the body out.
        request.head_mut().method = Method::GET;
        // But it is none that becomes a socket.
        request.headers_mut().remove(header::UPGRADE);
    }
    if let Some(path) = plain_path::plain(request.path()) {
        rewrite(&mut request, &path)?;
    }
    let socket = match limits::admit(request.request()) {
        Ok(socket) => socket,
        Err(error) => return Err(refusal(request.request(), error)),
    };
    if is_encoded(request.headers()) {
        return Err(ApiError::EncodedBody.into());
    }
    let token = request
        .app_data::<Data<InFlight>>()
        .map(|in_flight| in_flight.begin());
    let answer = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    let mut response = answer.unwrap_or_else(|_| Err(ApiError::Panicked.into()))?;
    response.headers_mut().insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    Ok(response.map_body(|_, body| Tracked::new(body, token, socket)))
}

/// A small body could inflate without limit.
fn is_encoded(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::CONTENT_ENCODING);
    lines.any(|line| !line.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// A page for people, a problem document for programs.
fn refusal(request: &HttpRequest, error: ApiError) -> Error {
    if !pages::wants_page(request) {
        return error.into();
    }
    let page = pages::of_refusal(request, &error);
    InternalError::from_response(error, page).into()
}

fn rewrite(request: &mut ServiceRequest, path: &str) -> Result<(), ApiError> {
    let mut parts = request.uri().clone().into_parts();
    let text = match request.query_string() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    };
    parts.path_and_query = Some(PathAndQuery::try_from(text).map_err(|_| ApiError::NoRoute)?);
    let uri = Uri::from_parts(parts).map_err(|_| ApiError::NoRoute)?;
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
    Ok(())
}
