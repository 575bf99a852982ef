//! Endpoints: a method and a path with the handler and its description.

use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, Responder};

use super::operation::Operation;
use crate::http::request_log::Route;
use crate::http::route::only;

/// The two spellings of a cart's line: the original application had both.
const CART_LINE: [&str; 2] = [
    "/api/carts/{cid}/products/{pid}",
    "/api/carts/{cid}/product/{pid}",
];

pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) operation: Operation,
    route: actix_web::Route,
}

macro_rules! methods {
    ($($name:ident = $method:literal;)+) => {$(
        pub(super) fn $name<H, A>(
            path: &'static str,
            operation: Operation,
            handler: H,
        ) -> Endpoint
        where
            H: Handler<A>,
            A: FromRequest + 'static,
            H::Output: Responder + 'static,
        {
            Endpoint {
                method: $method,
                path,
                operation,
                route: web::$name().to(handler),
            }
        }
    )+};
}

methods! {
    get = "GET";
    post = "POST";
    put = "PUT";
    delete = "DELETE";
}

/// Registers the endpoints in their order; those of one path must follow each other.
pub(super) fn register(app: &mut ServiceConfig, endpoints: Vec<Endpoint>) {
    let mut endpoints = endpoints.into_iter().peekable();
    while let Some(first) = endpoints.next() {
        let path = first.path;
        let mut group = vec![first];
        while let Some(next) = endpoints.next_if(|next| next.path == path) {
            group.push(next);
        }
        let methods: Vec<_> = group.iter().map(|endpoint| endpoint.method).collect();
        let patterns = if path == CART_LINE[0] {
            CART_LINE.to_vec()
        } else {
            vec![path]
        };
        let resource = web::resource(patterns).app_data(Route(path));
        let mut resource = only(methods.join(", "), resource);
        for endpoint in group {
            resource = resource.route(endpoint.route);
        }
        app.service(resource);
    }
}
