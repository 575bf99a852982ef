//! HTTP: every route of the shop on one screen, and one file for each noun behind it.

mod assets;
mod body;
mod broken;
mod carts;
pub mod describe;
mod envelope;
mod error;
mod figures;
pub mod guard;
pub mod handover;
mod health;
mod if_match;
mod import;
mod list_answer;
mod messages;
mod modules;
mod mutes;
pub mod observe;
mod once;
mod order_query;
mod orders;
mod pages;
mod product_query;
mod products;
mod sockets;
mod state;
mod unread;
mod upload;
mod uploads;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, Resource};

use self::error::ApiError;
use self::observe::Route;

pub use health::Readiness;
pub use pages::Pages;
pub use state::AppState;

/// The route table. Paths come in lower case and without a trailing slash, see [`guard`]. Each
/// resource names the methods that it takes, for the answer to those that it does not.
pub fn configure(app: &mut ServiceConfig) {
    app.app_data(web::PathConfig::default().error_handler(|_, _| ApiError::NoRoute.into()))
        .configure(api)
        .configure(admin_api)
        .configure(pages::configure)
        .service(resource("/ws/products", "GET").get(sockets::products))
        .service(resource("/ws/chat", "GET").get(sockets::chat))
        .service(resource("/healthz", "GET").get(health::alive))
        .service(resource("/readyz", "GET").get(health::ready))
        .service(resource("/api/openapi.json", "GET").get(describe::openapi_json))
        .service(resource("/api/asyncapi.json", "GET").get(describe::asyncapi_json))
        .service(resource("/metrics", "GET").get(figures::metrics))
        .service(resource("/uploads/{width}/{name}", "GET").get(uploads::variant))
        .service(resource("/uploads/{name}", "GET").get(uploads::original))
        .service(resource("/public/{path:.*}", "GET").get(assets::get))
        .default_service(web::to(error::no_route));
}

fn api(app: &mut ServiceConfig) {
    app.service(
        resource("/api/products", "GET, POST")
            .get(products::list)
            .post(products::create),
    )
    // Before the products, of which none has such an id.
    .service(resource("/api/products/broken", "GET").get(broken::list))
    .service(
        resource("/api/products/{pid}", "GET, PUT, DELETE")
            .get(products::get)
            .put(products::update)
            .delete(products::delete),
    )
    .service(resource("/api/products/{pid}/upload", "POST").post(upload::attach))
    .service(
        resource("/api/products/{pid}/thumbnails/{name}", "DELETE")
            .delete(products::delete_thumbnail),
    )
    .service(resource("/api/carts", "POST").post(carts::create))
    .service(
        resource("/api/carts/{cid}", "GET, PUT, DELETE")
            .get(carts::get)
            .put(carts::replace)
            .delete(carts::empty),
    )
    .service(
        // The original application spelled it both ways.
        only(
            "POST, PUT, DELETE",
            web::resource([
                "/api/carts/{cid}/product/{pid}",
                "/api/carts/{cid}/products/{pid}",
            ])
            .app_data(Route("/api/carts/{cid}/products/{pid}")),
        )
        .post(carts::add)
        .put(carts::set)
        .delete(carts::remove),
    )
    .service(resource("/api/carts/{cid}/purchase", "POST").post(orders::purchase))
    .service(resource("/api/orders/{oid}", "GET").get(orders::get))
    .service(
        resource("/api/messages", "GET, POST")
            .get(messages::history)
            .post(messages::append),
    )
    .service(resource("/api/messages/{mid}", "DELETE").delete(messages::delete));
}

/// What is the admin's alone, as is whatever changes the catalogue: see `guard/admin.rs`.
fn admin_api(app: &mut ServiceConfig) {
    app.service(resource("/api/import", "POST").post(import::rows))
        .service(resource("/api/orders", "GET").get(orders::list))
        .service(
            resource("/api/mutes", "GET, POST")
                .get(mutes::list)
                .post(mutes::create),
        )
        .service(resource("/api/mutes/{user}", "DELETE").delete(mutes::delete))
        .service(resource("/api/figures", "GET").get(figures::live))
        .service(resource("/api/orders/{oid}/cancel", "POST").post(orders::cancel));
}

/// A resource at one path that takes these methods.
fn resource(path: &'static str, allowed: &'static str) -> Resource {
    only(allowed, web::resource(path).app_data(Route(path)))
}

/// The same resource; other methods than these are refused.
fn only(allowed: &'static str, resource: Resource) -> Resource {
    let refuse = move |request: HttpRequest| error::no_method(request, allowed);
    resource.default_service(web::to(refuse))
}
