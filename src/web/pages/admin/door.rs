//! The door, `/admin`: the form that asks for the token, and for who gave it the first page.

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;

use super::visit::{DOOR, is_admin_page};
use super::{Around, products, see};
use crate::domain::field::Field;
use crate::domain::members::Members;
use crate::domain::timestamp::Timestamp;
use crate::store::StoreError;
use crate::web::body::Body;
use crate::web::error::ApiError;
use crate::web::guard::admin::{Admin, COOKIE, is_token, no_cookie, session_cookie};
use crate::web::guard::sessions::AdminSessions;
use crate::web::pages::failure;
use crate::web::pages::visitor::Visitor;
use crate::web::product_query::QueryString;
use crate::web::state::AppState;

/// The fields are told in `views/admin/door.hbs`.
#[derive(Serialize)]
struct Content<'a> {
    next: &'a str,
    error: Option<String>,
}

pub(super) async fn show(
    admin: Result<Admin, ApiError>,
    request: HttpRequest,
    state: Data<AppState>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    if admin.is_ok() {
        return products::show(&request, &state, &visitor).await;
    }
    let string = QueryString::parse(request.query_string());
    let next = string.get("next").filter(|next| is_admin_page(next));
    let mut around = Around::new(&state, &visitor, "door");
    if string.get("over").is_some() {
        around = around.refused(StatusCode::OK, visitor.language.say("admin-session-over"));
    }
    let content = Content {
        next: next.unwrap_or(DOOR),
        error: None,
    };
    around.respond("admin/door", &content)
}

/// `POST /admin/login`.
pub(super) async fn log_in(
    request: HttpRequest,
    state: Data<AppState>,
    Body(members): Body,
) -> HttpResponse {
    let Some(sessions) = &state.admin_sessions else {
        return see(DOOR);
    };
    let (given, next) = read(members);
    let is_right = is_token(&request, &given);
    let visitor = Visitor::of(&request, &state).await;
    match is_right {
        Ok(true) => begin(&request, sessions, &next)
            .unwrap_or_else(|error| failure::page(&state, &visitor, &error)),
        Ok(false) => {
            log::warn!("a wrong token was given on the admin page");
            refuse(&state, &visitor, &next, &ApiError::Unauthorized)
        }
        Err(error) => refuse(&state, &visitor, &next, &error),
    }
}

/// What the form offers, and where it leads on.
fn read(mut members: Members) -> (String, String) {
    let given = match members.text("password") {
        Field::Given(given) => given.trim().to_owned(),
        _ => String::new(),
    };
    let next = match members.text("next") {
        Field::Given(next) if is_admin_page(&next) => next,
        _ => DOOR.to_owned(),
    };
    (given, next)
}

/// Opens a session of its own, whatever the browser had before.
fn begin(
    request: &HttpRequest,
    sessions: &AdminSessions,
    next: &str,
) -> Result<HttpResponse, ApiError> {
    let now = Timestamp::now();
    if let Some(former) = request.cookie(COOKIE) {
        sessions.end(former.value(), now);
    }
    let internal = |error| StoreError::Internal(Box::new(error));
    let value = sessions.begin(now).map_err(internal)?;
    log::info!("somebody logged in to the admin page");
    let mut response = see(next);
    response
        .add_cookie(&session_cookie(request, value))
        .map_err(|error| StoreError::Internal(Box::new(error)))?;
    Ok(response)
}

/// The form again: one answer to everything that is not the token, another to too many tries.
fn refuse(state: &AppState, visitor: &Visitor, next: &str, error: &ApiError) -> HttpResponse {
    let reason = match error {
        ApiError::Unauthorized => "admin-wrong-token",
        _ => "admin-too-many-tries",
    };
    error.log();
    let mut around = Around::new(state, visitor, "door");
    around.status = error.status_code();
    let content = Content {
        next,
        error: Some(visitor.language.say(reason)),
    };
    let mut response = around.respond("admin/door", &content);
    let headers = response.headers_mut();
    match error.retry_after() {
        Some(seconds) => headers.insert(header::RETRY_AFTER, seconds.into()),
        None => headers.insert(
            header::WWW_AUTHENTICATE,
            header::HeaderValue::from_static("Bearer"),
        ),
    };
    response
}

/// `POST /admin/logout`: the session is over, wherever its cookie is kept.
pub(super) async fn log_out(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    if let (Some(sessions), Some(cookie)) = (&state.admin_sessions, request.cookie(COOKIE)) {
        sessions.end(cookie.value(), Timestamp::now());
    }
    let mut response = see(DOOR);
    if let Err(error) = response.add_cookie(&no_cookie(&request)) {
        log::error!("the admin's cookie was not taken back: {error}");
    }
    response
}
