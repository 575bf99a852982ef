//! The guard that every request passes before it reaches a route.

pub(crate) mod admin;
pub mod admission;
pub mod in_flight;
mod normalize_path;

use std::panic::AssertUnwindSafe;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::uri::{PathAndQuery, Uri};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, HttpResponse};
use futures_util::FutureExt;

use self::in_flight::{InFlight, Tracked};
use crate::http::error::ApiError;
use crate::http::site;
use crate::http::state::AppState;

/// App data: makes the page of a refusal for browsers, and none for programs. It must not read the
/// store.
#[derive(Clone, Copy)]
pub(crate) struct RefusalPage(pub(crate) fn(&HttpRequest, &ApiError) -> Option<HttpResponse>);

/// Refuses requests that are for or from another site, compressed or over a limit, normalizes
/// paths, and counts what is in flight. A handler that panics is a failed request, not a connection
/// that closes without a response.
pub async fn enter(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<Tracked<impl MessageBody>>, Error> {
    site::check(request.headers(), &AppState::of(request.request()).site)?;
    site::check_target(request.uri(), request.headers())?;
    if request.method() == Method::HEAD {
        // Routed like a GET; the codec has seen the method and leaves the body out.
        request.head_mut().method = Method::GET;
        // But it must not become a socket.
        request.headers_mut().remove(header::UPGRADE);
    }
    if let Some(path) = normalize_path::normalize(request.path()) {
        rewrite(&mut request, &path)?;
    }
    let admitted = admission::admit(request.request());
    let socket = admitted.map_err(|error| refusal(request.request(), error))?;
    if is_encoded(request.headers()) {
        return Err(ApiError::EncodedBody.into());
    }
    let token = request
        .app_data::<Data<InFlight>>()
        .map(|in_flight| in_flight.begin());
    let called = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    let mut response = called.unwrap_or_else(|_| Err(ApiError::Panicked.into()))?;
    response.headers_mut().insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    Ok(response.map_body(|_, body| Tracked::new(body, token, socket)))
}

/// A compressed body could inflate without limit.
fn is_encoded(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::CONTENT_ENCODING);
    lines.any(|line| !line.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// A page for browsers, a problem document for programs.
fn refusal(request: &HttpRequest, error: ApiError) -> Error {
    let page = request
        .app_data::<RefusalPage>()
        .and_then(|RefusalPage(page)| page(request, &error));
    match page {
        Some(page) => InternalError::from_response(error, page).into(),
        None => error.into(),
    }
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
