//! The API: every route for programs on one screen, and a file for each resource behind it.

pub(crate) mod carts;
mod endpoint;
pub(crate) mod health;
pub(crate) mod idempotency;
mod import;
mod invalid_products;
mod list_response;
mod messages;
mod mutes;
pub mod openapi;
mod operation;
mod order_query;
pub(crate) mod orders;
mod parameters;
pub(crate) mod product_query;
pub(crate) mod products;
mod schema;
mod sockets;
mod stats;
pub(crate) mod upload;
mod uploads;

use actix_web::web::ServiceConfig;

use self::endpoint::{Endpoint, delete, get, post, put};
use crate::http::assets;
use crate::http::route::resource;

/// Registers the routes. Paths arrive in lower case and without a trailing slash, see
/// [`guard`](crate::http::guard).
pub fn configure(app: &mut ServiceConfig) {
    endpoint::register(app, endpoints());
    app.service(resource("/ws/products", "GET").get(sockets::products))
        .service(resource("/ws/chat", "GET").get(sockets::chat))
        .service(resource("/public/{path:.*}", "GET").get(assets::get));
}

/// The route table. The OpenAPI document is made from it.
#[rustfmt::skip]
fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/products", products::LIST, products::list),
        post("/api/products", products::CREATE, products::create),
        // Before the products: none has this id.
        get("/api/products/broken", invalid_products::LIST, invalid_products::list),
        get("/api/products/{pid}", products::GET, products::get),
        put("/api/products/{pid}", products::UPDATE, products::update),
        delete("/api/products/{pid}", products::DELETE, products::delete),
        post("/api/products/{pid}/upload", upload::ATTACH, upload::attach),
        delete("/api/products/{pid}/thumbnails/{name}", products::REMOVE_IMAGE, products::remove_image),
        post("/api/import", import::IMPORT, import::import),

        post("/api/carts", carts::CREATE, carts::create),
        get("/api/carts/{cid}", carts::GET, carts::get),
        put("/api/carts/{cid}", carts::REPLACE, carts::replace),
        delete("/api/carts/{cid}", carts::EMPTY, carts::empty),
        post("/api/carts/{cid}/products/{pid}", carts::ADD, carts::add),
        put("/api/carts/{cid}/products/{pid}", carts::SET, carts::set),
        delete("/api/carts/{cid}/products/{pid}", carts::REMOVE, carts::remove),

        post("/api/carts/{cid}/purchase", orders::PURCHASE, orders::purchase),
        get("/api/orders", orders::LIST, orders::list),
        get("/api/orders/{oid}", orders::GET, orders::get),
        post("/api/orders/{oid}/cancel", orders::CANCEL, orders::cancel),

        get("/api/messages", messages::HISTORY, messages::history),
        post("/api/messages", messages::APPEND, messages::append),
        delete("/api/messages/{mid}", messages::DELETE, messages::delete),
        get("/api/mutes", mutes::LIST, mutes::list),
        post("/api/mutes", mutes::CREATE, mutes::create),
        delete("/api/mutes/{user}", mutes::DELETE, mutes::delete),

        get("/uploads/{width}/{name}", uploads::VARIANT, uploads::variant),
        get("/uploads/{name}", uploads::ORIGINAL, uploads::original),

        get("/healthz", health::ALIVE, health::alive),
        get("/readyz", health::READY, health::ready),
        get("/metrics", stats::METRICS, stats::metrics),
        get("/api/figures", stats::LIVE, stats::live),
        get("/api/openapi.json", openapi::OPENAPI_JSON, openapi::openapi_json),
        get("/api/asyncapi.json", openapi::ASYNCAPI_JSON, openapi::asyncapi_json),
    ]
}
