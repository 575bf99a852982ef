//! The OpenAPI document, made from the route table.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::api::endpoint::Endpoint;
use crate::api::idempotency::KEY_PARAMETER;
use crate::api::operation::{
    CARTS, CHAT, Content, IMAGES, NamedSchema, OPERATIONS, ORDERS, Operation, PRODUCTS,
    RequestBody, Success, of,
};
use crate::api::schema;
use crate::domain::field_spec::{BodySpec, FieldSpec};
use crate::http::error::Problem;
use crate::http::if_match::IF_MATCH;
use crate::http::path::ID_PARAMETERS;
use crate::http::problem::ProblemCode;

const DESCRIPTION: &str = "A live shop: catalogue, carts, purchases and chat.\n\n\
    Requests and responses are JSON; bodies without lists of objects may be forms \
    (`application/x-www-form-urlencoded`) too. Paths are accepted in any letter case and with a \
    trailing slash, and every path that supports GET supports HEAD.\n\n\
    Errors are problem documents (RFC 9457); rely on their `code`, which never changes. After 429 \
    and 503, wait as many seconds as `Retry-After` says.\n\n\
    Operations with a lock need the admin token. A server without one allows everything, and only \
    to clients of its own machine.\n\n\
    Changes are sent over sockets as well: see the AsyncAPI document at `/api/asyncapi.json`.";

const TAGS: [(&str, &str); 6] = [
    (PRODUCTS, "The catalogue."),
    (
        CARTS,
        "Items that visitors intend to buy. The id of a cart is its key.",
    ),
    (ORDERS, "Purchases, each stored completely or not at all."),
    (CHAT, "The shop's chat room and its mutes."),
    (IMAGES, "Images of products, as uploaded and smaller."),
    (
        OPERATIONS,
        "For operators of the server, and these documents.",
    ),
];

/// The whole document.
pub(super) fn document(endpoints: &[Endpoint]) -> Value {
    let mut schemas = Schemas::default();
    schemas.add(of::<Problem<'_>>());
    let mut paths = Map::new();
    for endpoint in endpoints {
        let item = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        item[endpoint.method.to_lowercase()] = operation(endpoint, endpoints, &mut schemas);
    }
    let tags = TAGS.map(|(name, description)| json!({ "name": name, "description": description }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Vitrina",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "MIT", "identifier": "MIT" },
            "contact": { "name": "Vitrina" },
        },
        "servers": [{ "url": "/", "description": "This server" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas.0,
            "headers": headers(),
            "securitySchemes": { "admin": {
                "type": "http", "scheme": "bearer",
                "description": "The admin token of the server.",
            } },
        },
    })
}

/// The named schemas of the document.
#[derive(Default)]
struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    /// Adds a schema and all that it refers to; returns a reference to it.
    fn add(&mut self, schema: NamedSchema) -> Value {
        let reference = schema::reference(&schema.name);
        let references = schema.references.iter();
        let references = references.map(|(name, schema)| (name.clone(), schema::value(schema)));
        self.0.extend(references);
        self.0.insert(schema.name, schema.schema);
        reference
    }

    /// Adds the schema of a body, which has no other members than those described.
    fn add_body(&mut self, body: &BodySpec) -> Value {
        schema::items(body).for_each(|item| drop(self.add_body(item)));
        let mut schema = schema::object(body);
        schema["additionalProperties"] = false.into();
        self.0.insert(body.name.to_owned(), schema);
        schema::reference(body.name)
    }

    fn add_file(&mut self) -> Value {
        let schema = json!({
            "type": "string", "format": "binary", "description": "The bytes of an image.",
        });
        self.0.insert("Image".into(), schema);
        schema::reference("Image")
    }
}

fn operation(endpoint: &Endpoint, endpoints: &[Endpoint], schemas: &mut Schemas) -> Value {
    let operation = &endpoint.operation;
    let mut value = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": responses(endpoint, endpoints, schemas),
    });
    if !operation.description.is_empty() {
        value["description"] = operation.description.into();
    }
    let parameters = parameters(endpoint.path, operation);
    if !parameters.is_empty() {
        value["parameters"] = parameters.into();
    }
    if let Some(body) = operation.body {
        value["requestBody"] = request_body(body, schemas);
    }
    if operation.is_admin {
        value["security"] = json!([{ "admin": [] }]);
    }
    value
}

fn parameters(path: &str, operation: &Operation) -> Vec<Value> {
    let key = operation.has_key.then_some(&KEY_PARAMETER);
    let version = operation.has_version.then_some(&IF_MATCH);
    let segments = path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let described = |name: &str| -> &FieldSpec {
        let mut all = operation.path.iter().chain(&ID_PARAMETERS);
        all.find(|field| field.name == name)
            .expect("a segment is an id or is described by its operation, which a test reads")
    };
    let query = operation.query.iter();
    query
        .map(|field| schema::parameter("query", field))
        .chain(key.map(|field| schema::parameter("header", field)))
        .chain(version.map(|field| schema::parameter("header", field)))
        .chain(segments.map(|name| schema::parameter("path", described(name))))
        .collect()
}

fn request_body(body: RequestBody, schemas: &mut Schemas) -> Value {
    let mut content = Map::new();
    match body {
        RequestBody::Fields(spec) | RequestBody::OptionalFields(spec) => {
            let schema = json!({ "schema": schemas.add_body(spec) });
            // A form cannot have lists of objects.
            if schema::items(spec).next().is_none() {
                content.insert("application/x-www-form-urlencoded".into(), schema.clone());
            }
            content.insert("application/json".into(), schema);
        }
        RequestBody::Images(spec) => {
            let types = "image/png, image/jpeg, image/webp, image/gif";
            let encoding = spec
                .fields
                .iter()
                .map(|field| (field.name.to_owned(), json!({ "contentType": types })));
            let encoding: Map<_, _> = encoding.collect();
            let form = json!({ "schema": schemas.add_body(spec), "encoding": encoding });
            content.insert("multipart/form-data".into(), form);
        }
        RequestBody::File(types) => {
            let file = json!({ "schema": { "type": "string" } });
            content.extend(types.iter().map(|name| ((*name).to_owned(), file.clone())));
        }
    }
    match body {
        RequestBody::OptionalFields(_) => json!({ "content": content }),
        _ => json!({ "content": content, "required": true }),
    }
}

fn responses(endpoint: &Endpoint, endpoints: &[Endpoint], schemas: &mut Schemas) -> Value {
    let operation = &endpoint.operation;
    let mut responses = Map::new();
    for success in operation.responses {
        let mut response = json!({
            "description": success.description,
            "content": content(success.content, schemas),
            "headers": success_headers(operation, success),
        });
        if let Some(parameter) = success.links {
            response["links"] = links(endpoints, parameter);
        }
        responses.insert(success.status.to_string(), response);
    }
    let mut by_status: BTreeMap<u16, Vec<ProblemCode>> = BTreeMap::new();
    for problem in operation.problems(endpoint.path) {
        let status = problem.status().as_u16();
        by_status.entry(status).or_default().push(problem);
    }
    for (status, problems) in by_status {
        responses.insert(status.to_string(), problem(operation, status, &problems));
    }
    responses.into()
}

fn content(content: Content, schemas: &mut Schemas) -> Value {
    match content {
        Content::Json(schema) => {
            json!({ "application/json": { "schema": schemas.add(schema()) } })
        }
        Content::AnyJson => json!({ "application/json": { "schema": {} } }),
        Content::Text => json!({ "text/plain": { "schema": { "type": "string" } } }),
        Content::File(types) => {
            let file = json!({ "schema": schemas.add_file() });
            let types = types.iter().map(|name| ((*name).to_owned(), file.clone()));
            Value::Object(types.collect())
        }
    }
}

/// The response of one status, with the meaning of each code.
fn problem(operation: &Operation, status: u16, problems: &[ProblemCode]) -> Value {
    let problems = problems.iter();
    let sentences = problems
        .clone()
        .map(|problem| format!("`{}`: {}.", problem.code(), problem.meaning()));
    let codes: Vec<_> = problems.map(|problem| problem.code()).collect();
    let own = match status {
        401 => Some("WWW-Authenticate"),
        429 | 503 => Some("Retry-After"),
        _ => None,
    };
    json!({
        "description": sentences.collect::<Vec<_>>().join(" "),
        "content": { "application/problem+json": { "schema": { "allOf": [
            schema::reference("Problem"),
            { "properties": { "status": { "const": status }, "code": { "enum": codes } } },
        ] } } },
        "headers": shared_headers(operation, status, own),
    })
}

fn success_headers(operation: &Operation, success: &Success) -> Map<String, Value> {
    let mut headers = shared_headers(operation, success.status, None);
    for (name, description) in success.headers {
        let header = json!({ "description": description, "schema": { "type": "string" } });
        headers.insert((*name).to_owned(), header);
    }
    headers
}

/// References to the headers of every response, and to one more.
fn shared_headers(operation: &Operation, status: u16, own: Option<&str>) -> Map<String, Value> {
    let is_saved = matches!(status, 200..300 | 400 | 404 | 409 | 412);
    let replayed = (operation.has_key && is_saved).then_some("Idempotent-Replayed");
    let names = [Some("X-Request-Id"), replayed, own].into_iter().flatten();
    let reference = |name: &str| json!({ "$ref": format!("#/components/headers/{name}") });
    names
        .map(|name| (name.to_owned(), reference(name)))
        .collect()
}

fn headers() -> Value {
    json!({
        "Retry-After": {
            "description": "Seconds to wait before the next attempt", "required": true,
            "schema": { "type": "integer", "minimum": 1 },
        },
        "WWW-Authenticate": { "description": "`Bearer`", "schema": { "type": "string" } },
        "Idempotent-Replayed": {
            "description": "`true` on a saved response", "schema": { "const": "true" },
        },
        "X-Request-Id": {
            "description": "The id of the request in the log: the client's own, or a new one",
            "schema": { "type": "string" },
        },
    })
}

/// The operations on a resource that was created, by the parameter that takes its id.
fn links(endpoints: &[Endpoint], parameter: &str) -> Value {
    let segment = format!("{{{parameter}}}");
    let follows = |endpoint: &&Endpoint| {
        endpoint.path.matches('{').count() == 1 && endpoint.path.contains(&segment)
    };
    let link = |endpoint: &Endpoint| {
        let id = endpoint.operation.id;
        let parameters = json!({ parameter: "$response.body#/payload/_id" });
        (
            id.to_owned(),
            json!({ "operationId": id, "parameters": parameters }),
        )
    };
    Value::Object(endpoints.iter().filter(follows).map(link).collect())
}
