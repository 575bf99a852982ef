//! The pages: HTML for people, with forms that work without script.

mod admin;
mod cart;
mod cart_forms;
mod chat;
mod docs;
mod failure;
mod frame;
mod home;
mod live;
mod order;
mod paging;
mod preferences;
mod product;
mod product_model;
mod purchase_form;
mod templates;
mod visitor;
mod words;

use actix_web::http::header;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use self::frame::Frame;
use self::visitor::Visitor;
use super::error;
use super::resource;
use super::state::AppState;

pub use templates::Pages;

/// Paths below these answer programs, never with a page.
const PROGRAM_PATHS: [&str; 4] = ["/api", "/ws", "/uploads", "/public"];

/// Nothing but this site's own files and addresses.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The pages' routes.
pub(super) fn configure(app: &mut ServiceConfig) {
    app.service(resource("/", "GET").get(home::show))
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
        .configure(admin::configure);
}

/// Whether a person's browser asks, for something that could be a page.
pub(super) fn wants_page(request: &HttpRequest) -> bool {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let for_programs = PROGRAM_PATHS
        .iter()
        .any(|prefix| request.path().starts_with(prefix));
    reads && !for_programs && accepts(request, "text/html")
}

/// Whether the request names a media type among those that it takes.
fn accepts(request: &HttpRequest, media_type: &str) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    accept
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains(media_type))
}

/// The page of an address that leads nowhere.
pub(super) async fn no_such_page(request: &HttpRequest) -> HttpResponse {
    let Some(state) = request.app_data::<Data<AppState>>() else {
        return HttpResponse::NotFound().finish();
    };
    let visitor = Visitor::of(request, state).await;
    failure::page(state, &visitor, &error::ApiError::NoRoute)
}

/// The page that refuses a request before it is looked at, so that it costs no read of the store.
pub(super) fn of_refusal(request: &HttpRequest, error: &error::ApiError) -> HttpResponse {
    let state = AppState::of(request);
    let visitor = Visitor::without_cart(request, state);
    let mut page = failure::page(state, &visitor, error);
    // What the guard refuses does not pass it on the way back.
    let nosniff = header::HeaderValue::from_static("nosniff");
    page.headers_mut()
        .insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    page
}

/// Fills a template: the common fields beside the page's own.
fn respond<T: Serialize>(
    state: &AppState,
    status: StatusCode,
    template: &str,
    frame: &Frame<'_>,
    content: &T,
) -> HttpResponse {
    #[derive(Serialize)]
    struct Context<'a, T> {
        #[serde(flatten)]
        frame: &'a Frame<'a>,
        #[serde(flatten)]
        content: &'a T,
    }
    let context = Context { frame, content };
    match state
        .pages
        .render(frame.visitor.language, template, &context)
    {
        Ok(html) => {
            let mut response = HttpResponse::build(status);
            response
                .content_type("text/html; charset=utf-8")
                .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
                .insert_header((header::REFERRER_POLICY, "same-origin"))
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .insert_header((header::VARY, "Accept-Language, Cookie"));
            if status == StatusCode::SERVICE_UNAVAILABLE {
                response.insert_header((header::RETRY_AFTER, error::RETRY_AFTER));
            }
            response.body(html)
        }
        Err(error) => {
            log::error!("the page {template} cannot be drawn: {error}");
            HttpResponse::InternalServerError()
                .content_type("text/plain; charset=utf-8")
                .body("Something went wrong in the shop.")
        }
    }
}
