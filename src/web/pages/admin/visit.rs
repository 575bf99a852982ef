//! Whether a visit of an admin page is the admin's, and where anybody else is led.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest};

use super::see;
use crate::web::error::ApiError;
use crate::web::guard::admin::Admin;

/// The address of the door.
pub(super) const DOOR: &str = "/admin";

/// Stands first among the arguments of a page that is the admin's; whoever is not logged in is led to the door.
#[derive(Debug)]
pub(super) struct AdminVisit;

impl FromRequest for AdminVisit {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match Admin::of(request) {
            Ok(Admin) => Ok(Self),
            Err(ApiError::Unauthorized) => {
                let answer = see(&door_before(request));
                Err(InternalError::from_response("not logged in", answer).into())
            }
            Err(error) => Err(error.into()),
        })
    }
}

/// The door that leads on to what was asked for; a form that was sent too late leads to the door alone.
fn door_before(request: &HttpRequest) -> String {
    let next = request.uri().to_string();
    match *request.method() {
        Method::GET => serde_urlencoded::to_string([("next", next)])
            .map_or_else(|_| DOOR.to_owned(), |query| format!("{DOOR}?{query}")),
        _ => format!("{DOOR}?over=1"),
    }
}

/// Whether an address is one of the admin's pages, as a browser reads it.
pub(super) fn is_admin_page(next: &str) -> bool {
    let plain = next
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let rest = next.strip_prefix(DOOR);
    plain && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_admin_pages_are_led_on_to() {
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
