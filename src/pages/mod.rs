//! The pages: HTML for people, with forms that work without JavaScript.

mod admin;
mod bounds;
mod cart;
mod cart_forms;
mod chat;
mod docs;
mod failure;
mod format;
mod home;
mod layout;
mod live;
mod order;
mod paging;
mod preferences;
mod product;
mod product_model;
mod purchase_form;
mod script_tags;
#[cfg(test)]
mod shared_cases;
mod template_helpers;
mod templates;
mod visitor;

use actix_web::http::header;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, PathConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use self::layout::Layout;
use self::templates::PageError;
use self::visitor::Visitor;
use crate::http::error::{ApiError, RETRY_AFTER};
use crate::http::guard::RefusalPage;
use crate::http::route::resource;
use crate::http::state::AppState;

pub use templates::Templates;

/// Paths below these are for programs and never get a page.
const PROGRAM_PATHS: [&str; 4] = ["/api", "/ws", "/uploads", "/public"];

/// Only this site's own files and addresses.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The routes of the pages. The application's data must have [`Templates`].
pub fn configure(app: &mut ServiceConfig) {
    app.app_data(PathConfig::default().error_handler(|_, _| ApiError::NoRoute.into()))
        .app_data(RefusalPage(refusal_page))
        .service(resource("/", "GET").get(home::show))
        .service(resource("/realtimeproducts", "GET").get(live::show))
        .service(resource("/products/{pid}", "GET").get(product::show))
        .service(resource("/carts", "GET").get(cart::show_own))
        .service(resource("/carts/lines", "POST").post(cart_forms::add))
        .service(resource("/carts/{cid}", "GET").get(cart::show))
        .service(resource("/carts/{cid}/empty", "POST").post(cart_forms::empty))
        .service(resource("/carts/{cid}/lines/{pid}", "POST").post(cart_forms::set))
        .service(resource("/carts/{cid}/lines/{pid}/remove", "POST").post(cart_forms::remove))
        .service(resource("/carts/{cid}/purchase", "POST").post(purchase_form::buy))
        .service(resource("/orders/{oid}", "GET").get(order::show))
        .service(resource("/chat", "GET").get(chat::show))
        .service(resource("/preferences", "POST").post(preferences::set))
        .service(resource("/docs", "GET").get(docs::show))
        .configure(admin::configure)
        .default_service(web::to(no_route));
}

/// Responds to a path without a route: a page for browsers, a problem document for programs.
async fn no_route(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    if !wants_page(&request) {
        return Err(ApiError::NoRoute);
    }
    let visitor = Visitor::of(&request, AppState::of(&request)).await;
    Ok(failure::page(&visitor, &ApiError::NoRoute))
}

/// Whether a browser asks for something that can be a page.
fn wants_page(request: &HttpRequest) -> bool {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_for_programs = PROGRAM_PATHS
        .iter()
        .any(|prefix| request.path().starts_with(prefix));
    is_read && !is_for_programs && accepts(request, "text/html")
}

/// Whether the `Accept` header names a media type.
fn accepts(request: &HttpRequest, media_type: &str) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    accept
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains(media_type))
}

/// The page of a request that the guard refuses; it costs no read of the store.
fn refusal_page(request: &HttpRequest, error: &ApiError) -> Option<HttpResponse> {
    if !wants_page(request) {
        return None;
    }
    let visitor = Visitor::without_cart(request, AppState::of(request));
    let mut page = failure::page(&visitor, error);
    // The guard adds it to the responses that pass it; its own refusals do not.
    let nosniff = header::HeaderValue::from_static("nosniff");
    page.headers_mut()
        .insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    Some(page)
}

/// Renders a template with the layout's fields and the page's own.
fn respond<T: Serialize>(
    status: StatusCode,
    template: &str,
    layout: &Layout<'_>,
    content: &T,
) -> HttpResponse {
    #[derive(Serialize)]
    struct Context<'a, T> {
        #[serde(flatten)]
        layout: &'a Layout<'a>,
        #[serde(flatten)]
        content: &'a T,
    }
    let visitor = layout.visitor;
    let context = Context { layout, content };
    let html = match visitor
        .templates
        .render(visitor.language, template, &context)
    {
        Ok(html) => html,
        Err(error) => {
            log::error!("template {template} failed: {error}");
            let text = match error {
                PageError::Checkout(text) => text,
                PageError::Render(_) => "Internal error.".to_owned(),
            };
            return HttpResponse::InternalServerError()
                .content_type("text/plain; charset=utf-8")
                .body(text);
        }
    };
    let mut response = HttpResponse::build(status);
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept-Language, Cookie"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((header::RETRY_AFTER, RETRY_AFTER));
    }
    response.body(html)
}
