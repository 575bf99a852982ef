//! Access to the admin pages; other visitors are redirected to the login page.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest};

use super::see;
use crate::http::error::ApiError;
use crate::http::guard::admin::Admin;

/// The products, or the login page without a session.
pub(super) const ADMIN_PATH: &str = "/admin";

/// Extractor for admin pages: redirects to the login page without a session. It is the first
/// argument of a handler, so that nothing of an unauthenticated request is read.
#[derive(Debug)]
pub(super) struct AdminGuard;

impl FromRequest for AdminGuard {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match Admin::of(request) {
            Ok(Admin) => Ok(Self),
            Err(ApiError::Unauthorized) => {
                let login = see(&login_with_return(request));
                Err(InternalError::from_response("not logged in", login).into())
            }
            Err(error) => Err(error.into()),
        })
    }
}

/// The login page, with the requested page as the next one. A form that was sent too late is lost.
fn login_with_return(request: &HttpRequest) -> String {
    let next = request.uri().to_string();
    match *request.method() {
        Method::GET => serde_urlencoded::to_string([("next", next)]).map_or_else(
            |_| ADMIN_PATH.to_owned(),
            |query| format!("{ADMIN_PATH}?{query}"),
        ),
        _ => format!("{ADMIN_PATH}?over=1"),
    }
}

/// Whether a browser would open an admin page at an address.
pub(super) fn is_admin_page(next: &str) -> bool {
    let is_plain = next
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let rest = next.strip_prefix(ADMIN_PATH);
    is_plain && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_admin_pages_can_be_next() {
        for next in ["/admin", "/admin/orders?page=2", "/admin?q=vase"] {
            assert!(is_admin_page(next), "{next}");
        }
        for next in [
            "",
            "/",
            "//evil.example",
            "/administrator",
            "/admin\\..",
            "https://a/admin",
            "/admin\r\nx: y",
        ] {
            assert!(!is_admin_page(next), "{next}");
        }
    }
}
