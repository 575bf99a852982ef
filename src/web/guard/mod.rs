//! What every request passes before it reaches a route.

pub mod in_flight;
mod plain_path;
mod site;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::uri::{PathAndQuery, Uri};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, ResponseError};

use self::in_flight::{InFlight, Tracked};
use super::error::ApiError;

/// Refuses foreign requests, brings paths into one form, and counts what is under way.
pub async fn enter(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Tracked<impl MessageBody>>, Error> {
    site::check(request.headers())?;
    if request.method() == Method::HEAD {
        // Routed like a GET; the codec has seen the method and leaves the body out.
        request.head_mut().method = Method::GET;
    }
    if let Some(path) = plain_path::plain(request.path()) {
        rewrite(&mut request, &path)?;
    }
    let token = request
        .app_data::<Data<InFlight>>()
        .map(|in_flight| in_flight.begin());
    let mut response = in_words(next.call(request).await?);
    response.headers_mut().insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    Ok(response.map_body(|_, body| Tracked::new(body, token)))
}

/// The router refuses a method with nothing but the list of those that it takes.
fn in_words<B>(response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B>> {
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response.map_into_left_body();
    }
    let allowed = response.headers().get(header::ALLOW).cloned();
    let (request, _) = response.into_parts();
    let mut told = ApiError::MethodNotAllowed(request.method().clone()).error_response();
    if let Some(allowed) = allowed {
        told.headers_mut().insert(header::ALLOW, allowed);
    }
    ServiceResponse::new(request, told).map_into_right_body()
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
