//! The documents of the API: OpenAPI for requests, AsyncAPI for sockets.
//!
//! Both are made from the code: an operation is described by a constant next to its handler, a
//! member at the type that is serialised, and a field of a request by the spec that its reader
//! follows.

mod document;
pub(crate) mod reference;
mod sockets;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header;
use serde_json::Value;

use super::operation::{Content, OPERATIONS, Operation, Success};

const SERIALISES: &str = "a document has only strings, numbers and lists, which always serialise";

static OPENAPI: LazyLock<Value> = LazyLock::new(|| document::document(&super::endpoints()));
static OPENAPI_TEXT: LazyLock<String> = LazyLock::new(|| pretty(&OPENAPI));
static ASYNCAPI: LazyLock<Value> = LazyLock::new(sockets::document);
static ASYNCAPI_TEXT: LazyLock<String> = LazyLock::new(|| pretty(&ASYNCAPI));

fn pretty(document: &Value) -> String {
    serde_json::to_string_pretty(document).expect(SERIALISES)
}

/// The OpenAPI document of all requests.
pub fn openapi() -> &'static Value {
    &OPENAPI
}

/// The OpenAPI document as text.
pub fn openapi_text() -> &'static str {
    &OPENAPI_TEXT
}

/// The AsyncAPI document of both sockets.
pub fn asyncapi() -> &'static Value {
    &ASYNCAPI
}

pub(super) const OPENAPI_JSON: Operation = Operation {
    responses: &[Success::new(200, "This document", Content::AnyJson)],
    ..Operation::new("getOpenApi", OPERATIONS, "The OpenAPI document")
};

pub(super) async fn openapi_json() -> HttpResponse {
    response(&OPENAPI_TEXT)
}

pub(super) const ASYNCAPI_JSON: Operation = Operation {
    responses: &[Success::new(200, "The document", Content::AnyJson)],
    ..Operation::new(
        "getAsyncApi",
        OPERATIONS,
        "The AsyncAPI document of the sockets",
    )
};

pub(super) async fn asyncapi_json() -> HttpResponse {
    response(&ASYNCAPI_TEXT)
}

fn response(document: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(document)
}
