//! HTTP: every route of the shop on one screen, and one file for each noun behind it.

mod assets;
mod body;
mod carts;
mod envelope;
mod error;
pub mod guard;
mod health;
mod if_match;
mod members;
mod messages;
mod pages;
mod product_query;
mod products;
mod sockets;
mod state;
mod upload;
mod uploads;

use actix_web::web::{self, ServiceConfig};

pub use pages::Pages;
pub use state::AppState;

/// The route table. Paths come in lower case and without a trailing slash, see
/// [`guard::plain_path`].
pub fn configure(app: &mut ServiceConfig) {
    app.service(
        web::resource("/api/products")
            .get(products::list)
            .post(products::create),
    )
    .service(
        web::resource("/api/products/{pid}")
            .get(products::get)
            .put(products::update)
            .delete(products::delete),
    )
    .service(web::resource("/api/products/{pid}/upload").post(upload::attach))
    .service(
        web::resource("/api/products/{pid}/thumbnails/{name}").delete(products::delete_thumbnail),
    )
    .service(web::resource("/api/carts").post(carts::create))
    .service(
        web::resource("/api/carts/{cid}")
            .get(carts::get)
            .put(carts::replace)
            .delete(carts::empty),
    )
    .service(
        // The original application spelled it both ways.
        web::resource([
            "/api/carts/{cid}/product/{pid}",
            "/api/carts/{cid}/products/{pid}",
        ])
        .post(carts::add)
        .put(carts::set)
        .delete(carts::remove),
    )
    .service(
        web::resource("/api/messages")
            .get(messages::history)
            .post(messages::append),
    )
    .service(web::resource("/api/messages/{mid}").delete(messages::delete))
    .service(web::resource("/ws/products").get(sockets::products))
    .service(web::resource("/ws/chat").get(sockets::chat))
    .service(web::resource("/healthz").get(health::alive))
    .service(web::resource("/readyz").get(health::ready))
    .service(web::resource("/uploads/{width}/{name}").get(uploads::variant))
    .service(web::resource("/uploads/{name}").get(uploads::original))
    .service(web::resource("/public/{path:.*}").get(assets::get))
    .configure(pages::configure)
    .default_service(web::to(error::no_route));
}
