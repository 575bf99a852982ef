//! Resources that list their methods.

use std::borrow::Cow;

use actix_web::{HttpRequest, Resource, web};

use super::error;
use super::request_log::Route;

/// A resource at one path with these methods.
pub(crate) fn resource(path: &'static str, allowed: &'static str) -> Resource {
    only(allowed, web::resource(path).app_data(Route(path)))
}

/// Responds with 405 to every method that is not in `allowed`.
pub(crate) fn only(allowed: impl Into<Cow<'static, str>>, resource: Resource) -> Resource {
    let allowed = allowed.into();
    let refuse = move |request: HttpRequest| error::no_method(request, allowed.clone());
    resource.default_service(web::to(refuse))
}
