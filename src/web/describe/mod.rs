//! The shop's interfaces, described from the code: OpenAPI for requests, AsyncAPI for sockets.
//!
//! What an operation takes and answers stands at its handler (`#[utoipa::path]`), and what a member means at the
//! type that is written or read. What all operations share is added here, once.

#[cfg(test)]
mod bounds;
mod complete;
mod problems;
pub(super) mod reference;
mod sockets;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header;
use serde_json::Value;
use utoipa::OpenApi;

use super::{
    broken, carts, error, figures, health, import, messages, mutes, orders, products, upload,
    uploads,
};

pub(super) use problems::PROBLEMS;

/// Every operation that programs can ask for. A route that is not here fails `tests/api/described.rs`.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vitrina",
        description = "A live shop: catalogue, carts, purchases and chat.\n\n\
            JSON in, JSON out; bodies without lists of objects may be forms (`application/x-www-form-urlencoded`) too. \
            Paths work in any letter case and with a trailing slash, and whatever takes GET takes HEAD.\n\n\
            Errors are problem documents (RFC 9457); rely on their `code`, which never changes. After 429 and 503, \
            wait as many seconds as `Retry-After` says.\n\n\
            A server with an admin token asks for it where a lock is shown; without one everybody may do everything, \
            and only the own machine is served.\n\n\
            Changes come over sockets as well: see the AsyncAPI document at `/api/asyncapi.json`.",
        license(name = "MIT", identifier = "MIT"),
        contact(name = "Vitrina"),
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "Products", description = "The catalogue: what is for sale."),
        (name = "Carts", description = "What somebody means to buy. The id of a cart is its key."),
        (name = "Orders", description = "What was bought, whole or not at all."),
        (name = "Chat", description = "The one room of the shop, and who may not write in it."),
        (name = "Images", description = "Pictures of products, as they were uploaded and smaller."),
        (name = "Operations", description = "For those who watch over the server, and these documents."),
    ),
    paths(
        products::list, products::create, products::get, products::update, products::delete,
        products::delete_thumbnail,
        broken::list,
        import::rows, upload::attach,
        carts::create, carts::get, carts::replace, carts::empty, carts::add, carts::set, carts::remove,
        orders::purchase, orders::get, orders::list, orders::cancel,
        messages::history, messages::append, messages::delete, mutes::list, mutes::create, mutes::delete,
        uploads::original, uploads::variant,
        health::alive, health::ready, figures::metrics, figures::live, openapi_json, asyncapi_json,
    ),
    components(schemas(error::Problem<'_>)),
)]
struct Api;

static OPENAPI: LazyLock<Value> = LazyLock::new(|| {
    let document = serde_json::to_value(Api::openapi());
    complete::completed(
        document.expect("a document is texts, numbers and lists, which always serialise"),
    )
});
static OPENAPI_TEXT: LazyLock<String> = LazyLock::new(|| pretty(&OPENAPI));
static ASYNCAPI: LazyLock<Value> = LazyLock::new(sockets::document);
static ASYNCAPI_TEXT: LazyLock<String> = LazyLock::new(|| pretty(&ASYNCAPI));

fn pretty(document: &Value) -> String {
    let text = serde_json::to_string_pretty(document);
    text.expect("a document is texts, numbers and lists, which always serialise")
}

/// The OpenAPI document of all requests.
pub fn openapi() -> &'static Value {
    &OPENAPI
}

/// The same as text.
pub fn openapi_text() -> &'static str {
    &OPENAPI_TEXT
}

/// The AsyncAPI document of both sockets.
pub fn asyncapi() -> &'static Value {
    &ASYNCAPI
}

/// The OpenAPI document
#[utoipa::path(
    get, path = "/api/openapi.json", operation_id = "getOpenApi", tag = "Operations",
    responses((status = 200, description = "This document", body = Value)),
)]
pub(super) async fn openapi_json() -> HttpResponse {
    answer(&OPENAPI_TEXT)
}

/// The AsyncAPI document of the sockets
#[utoipa::path(
    get, path = "/api/asyncapi.json", operation_id = "getAsyncApi", tag = "Operations",
    responses((status = 200, description = "The document", body = Value)),
)]
pub(super) async fn asyncapi_json() -> HttpResponse {
    answer(&ASYNCAPI_TEXT)
}

fn answer(document: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(document)
}
