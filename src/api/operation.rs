//! Operations as data: each is described by a constant next to its handler.

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::schema;
use crate::domain::field_spec::{BodySpec, FieldSpec};
use crate::http::envelope::Payload;
use crate::http::problem::ProblemCode::{self, *};

// The tags of operations.
pub(crate) const PRODUCTS: &str = "Products";
pub(crate) const CARTS: &str = "Carts";
pub(crate) const ORDERS: &str = "Orders";
pub(crate) const CHAT: &str = "Chat";
pub(crate) const IMAGES: &str = "Images";
pub(crate) const OPERATIONS: &str = "Operations";

/// The description of an operation. Its method and path are in the route table.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) id: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) description: &'static str,
    /// The parts of the path that are not ids.
    pub(crate) path: &'static [FieldSpec],
    pub(crate) query: &'static [FieldSpec],
    pub(crate) body: Option<RequestBody>,
    pub(crate) responses: &'static [Success],
    /// Requires the admin token.
    pub(crate) is_admin: bool,
    /// Accepts an `Idempotency-Key`.
    pub(crate) has_key: bool,
    /// Accepts an `If-Match`.
    pub(crate) has_version: bool,
    /// Problems that do not follow from its parts.
    pub(crate) problems: &'static [ProblemCode],
}

#[derive(Clone, Copy)]
pub(crate) enum RequestBody {
    /// JSON or, without lists of objects, a form.
    Fields(&'static BodySpec),
    /// The same, or no body.
    OptionalFields(&'static BodySpec),
    /// A multipart form with images.
    Images(&'static BodySpec),
    /// A file of one of these media types.
    File(&'static [&'static str]),
}

/// A successful response.
#[derive(Clone, Copy)]
pub(crate) struct Success {
    pub(crate) status: u16,
    pub(crate) description: &'static str,
    pub(crate) content: Content,
    /// Name and description.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// The path parameter of other operations that takes the `_id` of this payload.
    pub(crate) links: Option<&'static str>,
}

#[derive(Clone, Copy)]
pub(crate) enum Content {
    Json(fn() -> NamedSchema),
    AnyJson,
    Text,
    /// A file of one of these media types.
    File(&'static [&'static str]),
}

/// A schema and those that it refers to.
pub(crate) struct NamedSchema {
    pub(crate) name: String,
    pub(crate) schema: Value,
    pub(crate) references: Vec<(String, RefOr<Schema>)>,
}

impl Operation {
    pub(crate) const fn new(id: &'static str, tag: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            tag,
            summary,
            description: "",
            path: &[],
            query: &[],
            body: None,
            responses: &[],
            is_admin: false,
            has_key: false,
            has_version: false,
            problems: &[],
        }
    }

    /// The problems of its parts and its own.
    pub(super) fn problems(&self, path: &str) -> Vec<ProblemCode> {
        let body = self.body.map_or(&[][..], RequestBody::problems);
        let groups = [
            (true, body),
            (!self.query.is_empty(), &[InvalidQuery]),
            (path.contains('{'), &[NotFound]),
            (true, self.problems),
            (self.is_admin, &[Unauthorized]),
            (self.body.is_some(), &[BadJson, BadBody, Timeout, TooLarge]),
            (self.has_key, &[InvalidIdempotencyKey, IdempotencyMismatch]),
            (self.has_version, &[VersionMismatch]),
            (true, ALWAYS),
        ];
        let present = groups.into_iter().filter(|(is_present, _)| *is_present);
        present.flat_map(|(_, group)| group).copied().collect()
    }
}

impl RequestBody {
    fn problems(self) -> &'static [ProblemCode] {
        match self {
            Self::Fields(_) | Self::OptionalFields(_) => &[Validation, UnknownField],
            Self::Images(_) => &[Validation, MissingFile, UnsupportedImage],
            Self::File(_) => &[Validation, UnknownField, UnreadableFile],
        }
    }
}

#[rustfmt::skip]
const ALWAYS: &[ProblemCode] =
    &[BadHost, Forbidden, UnsupportedMediaType, RateLimited, Internal, Unavailable];

impl Success {
    pub(crate) const fn new(status: u16, description: &'static str, content: Content) -> Self {
        Self {
            status,
            description,
            content,
            headers: &[],
            links: None,
        }
    }

    /// A response of JSON.
    pub(crate) const fn json(
        status: u16,
        description: &'static str,
        schema: fn() -> NamedSchema,
    ) -> Self {
        Self::new(status, description, Content::Json(schema))
    }

    pub(crate) const fn headers(
        mut self,
        headers: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.headers = headers;
        self
    }

    /// Links to the operations whose path has the `_id` of the payload as its only parameter.
    pub(crate) const fn links(mut self, parameter: &FieldSpec) -> Self {
        self.links = Some(parameter.name);
        self
    }
}

/// The schema of a type.
pub(crate) fn of<T: ToSchema>() -> NamedSchema {
    named::<T>(T::name().into_owned())
}

/// The schema of an envelope, which contains that of its content.
pub(crate) fn in_envelope<E: ToSchema, T: ToSchema>(name: String) -> NamedSchema {
    let mut envelope = named::<E>(name);
    let reference = schema::reference(&T::name());
    inline(
        &mut envelope.schema,
        &reference,
        &schema::value(&T::schema()),
    );
    envelope
        .references
        .push((T::name().into_owned(), T::schema()));
    T::schemas(&mut envelope.references);
    envelope
}

/// The schema of [`Payload`] with a type.
pub(crate) fn payload_of<T: ToSchema>() -> NamedSchema {
    in_envelope::<Payload<T>, T>(format!("Payload_{}", T::name()))
}

/// The schema of [`Payload`] with a list.
pub(crate) fn payload_of_list<T: ToSchema>() -> NamedSchema {
    let mut schema = in_envelope::<Payload<T>, T>(format!("Payload_Vec_{}", T::name()));
    let payload = &mut schema.schema["properties"]["payload"];
    *payload = json!({ "type": "array", "items": payload.take() });
    schema
}

fn named<T: ToSchema>(name: String) -> NamedSchema {
    let mut references = Vec::new();
    T::schemas(&mut references);
    NamedSchema {
        name,
        schema: schema::value(&T::schema()),
        references,
    }
}

/// Replaces a reference by its schema.
fn inline(value: &mut Value, reference: &Value, schema: &Value) {
    match value {
        value if value == reference => *value = schema.clone(),
        Value::Object(members) => {
            let members = members.values_mut();
            members.for_each(|member| inline(member, reference, schema));
        }
        _ => {}
    }
}
