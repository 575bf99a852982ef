//! The login page, `/admin`, which shows the products to a visitor with a session.

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;

use super::guard::{ADMIN_PATH, is_admin_page};
use super::{AdminShell, products, see};
use crate::domain::body_fields::BodyFields;
use crate::domain::field::Field;
use crate::domain::timestamp::Timestamp;
use crate::http::body::Body;
use crate::http::catalogue::CatalogueReader;
use crate::http::error::ApiError;
use crate::http::guard::admin::{Admin, COOKIE, is_token, no_cookie, session_cookie};
use crate::http::query::QueryString;
use crate::http::sessions::AdminSessions;
use crate::http::state::AppState;
use crate::pages::failure;
use crate::pages::visitor::Visitor;
use crate::store::StoreError;

/// Fields: see `views/admin/login.hbs`.
#[derive(Serialize)]
struct LoginPage<'a> {
    next: &'a str,
    error: Option<String>,
}

pub(super) async fn show(
    admin: Result<Admin, ApiError>,
    request: HttpRequest,
    state: Data<AppState>,
    catalogue: CatalogueReader,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    if admin.is_ok() {
        return products::show(&request, &state, &catalogue, &visitor).await;
    }
    let string = QueryString::parse(request.query_string());
    let next = string.get("next").filter(|next| is_admin_page(next));
    let mut shell = AdminShell::new(&state, &visitor, "login");
    if string.get("over").is_some() {
        shell = shell.with_error(
            StatusCode::OK,
            visitor.language.translate("admin-session-over"),
        );
    }
    let content = LoginPage {
        next: next.unwrap_or(ADMIN_PATH),
        error: None,
    };
    shell.respond("admin/login", &content)
}

/// `POST /admin/login`.
pub(super) async fn log_in(
    request: HttpRequest,
    state: Data<AppState>,
    Body(members): Body,
) -> HttpResponse {
    let Some(sessions) = &state.admin_sessions else {
        return see(ADMIN_PATH);
    };
    let (guess, next) = read(members);
    let is_right = is_token(&request, &guess);
    let visitor = Visitor::of(&request, &state).await;
    match is_right {
        Ok(true) => {
            begin(&request, sessions, &next).unwrap_or_else(|error| failure::page(&visitor, &error))
        }
        Ok(false) => {
            log::warn!("admin login failed");
            show_again(&state, &visitor, &next, &ApiError::Unauthorized)
        }
        Err(error) => show_again(&state, &visitor, &next, &error),
    }
}

/// The guess at the token, and the next page.
fn read(mut members: BodyFields) -> (String, String) {
    let guess = match members.string("password") {
        Field::Present(guess) => guess.trim().to_owned(),
        _ => String::new(),
    };
    let next = match members.string("next") {
        Field::Present(next) if is_admin_page(&next) => next,
        _ => ADMIN_PATH.to_owned(),
    };
    (guess, next)
}

/// Opens a new session, and revokes the browser's former one.
fn begin(
    request: &HttpRequest,
    sessions: &AdminSessions,
    next: &str,
) -> Result<HttpResponse, ApiError> {
    let now = Timestamp::now();
    if let Some(former) = request.cookie(COOKIE) {
        sessions.revoke(former.value(), now);
    }
    let internal = |error| StoreError::Internal(Box::new(error));
    let value = sessions.begin(now).map_err(internal)?;
    log::info!("admin logged in");
    let mut response = see(next);
    response
        .add_cookie(&session_cookie(request, value))
        .map_err(|error| StoreError::Internal(Box::new(error)))?;
    Ok(response)
}

/// The form again, after a wrong token or too many.
fn show_again(state: &AppState, visitor: &Visitor, next: &str, error: &ApiError) -> HttpResponse {
    let reason = match error {
        ApiError::Unauthorized => "admin-wrong-token",
        _ => "admin-too-many-tries",
    };
    error.log();
    let mut shell = AdminShell::new(state, visitor, "login");
    shell.status = error.status_code();
    let content = LoginPage {
        next,
        error: Some(visitor.language.translate(reason)),
    };
    let mut response = shell.respond("admin/login", &content);
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

/// `POST /admin/logout`: revokes the session.
pub(super) async fn log_out(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    if let (Some(sessions), Some(cookie)) = (&state.admin_sessions, request.cookie(COOKIE)) {
        sessions.revoke(cookie.value(), Timestamp::now());
    }
    let mut response = see(ADMIN_PATH);
    if let Err(error) = response.add_cookie(&no_cookie(&request)) {
        log::error!("admin cookie not cleared: {error}");
    }
    response
}
