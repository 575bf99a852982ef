//! Field specs as JSON schemas and as parameters.

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

use crate::domain::email::MAX_EMAIL;
use crate::domain::field_spec::{BodySpec, FieldKind, FieldSpec, Presence};

/// One line that is not blank.
const LINE: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\u0000-\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000][^\\u0000-\\u001f\\u007f-\\u009f]*$";
const PARAGRAPHS: &str = "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$";
/// A character that is not white space.
const VISIBLE: &str = "[^\\u0009-\\u000d\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
/// The rule of HTML's `type=email`.
const EMAIL: &str = "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";
const ID: &str = "^[0-9A-Fa-f]{24}$";

/// The schema of a serialised type, as JSON.
pub(super) fn value(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).expect("a schema has only strings, numbers and lists")
}

/// The schema of a body, without the types of its objects.
pub(super) fn object(body: &BodySpec) -> Value {
    let property = |field: &FieldSpec| {
        let mut property = property(field);
        if let (true, Some(members)) = (body.is_patch, property.as_object_mut()) {
            members.remove("default");
        }
        (field.name.to_owned(), property)
    };
    let required = |field: &&FieldSpec| matches!(field.presence, Presence::Required);
    let fields = body.fields.iter();
    let properties: Map<_, _> = fields.clone().map(property).collect();
    let required: Vec<_> = fields.filter(required).map(|field| field.name).collect();
    let mut schema = json!({
        "type": "object",
        "description": body.description,
        "properties": properties,
    });
    if !required.is_empty() && !body.is_patch {
        schema["required"] = json!(required);
    }
    schema
}

/// The types of the objects in a body.
pub(super) fn items(body: &BodySpec) -> impl Iterator<Item = &'static BodySpec> {
    body.fields.iter().filter_map(|field| match field.kind {
        FieldKind::Objects { item, .. } => Some(item),
        _ => None,
    })
}

/// A parameter of a path, query or header.
pub(super) fn parameter(place: &str, field: &FieldSpec) -> Value {
    let mut parameter = json!({
        "name": field.name,
        "in": place,
        "required": place == "path",
        "description": field.description,
        "schema": schema(field),
    });
    if let Some(example) = field.example {
        parameter["example"] = example.into();
    }
    parameter
}

pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn property(field: &FieldSpec) -> Value {
    let mut schema = schema(field);
    schema["description"] = field.description.into();
    if let Some(example) = field.example {
        schema["example"] = example.into();
    }
    schema
}

fn schema(field: &FieldSpec) -> Value {
    let mut schema = of_kind(field.kind);
    match (field.presence, field.kind) {
        (Presence::Default(value), _) => schema["default"] = value.into(),
        (Presence::Optional, FieldKind::Line { .. }) => {
            schema["minLength"] = 0.into();
            schema["pattern"] = format!("^$|{LINE}").into();
        }
        _ => {}
    }
    schema
}

fn of_kind(kind: FieldKind) -> Value {
    match kind {
        FieldKind::Line { max } => text(Some((1, max)), Some(LINE)),
        FieldKind::Message { max } => text(Some((1, max)), Some(VISIBLE)),
        FieldKind::Paragraphs { max } => {
            json!({ "type": "string", "maxLength": max, "pattern": PARAGRAPHS })
        }
        FieldKind::Email => {
            json!({ "type": "string", "maxLength": MAX_EMAIL, "pattern": EMAIL })
        }
        FieldKind::Id => text(None, Some(ID)),
        FieldKind::Text { length, pattern } => text(length, pattern),
        FieldKind::Boolean => json!({ "type": "boolean" }),
        FieldKind::Integer { min, max } => {
            json!({ "type": "integer", "format": "int64", "minimum": min, "maximum": max })
        }
        FieldKind::AnyInteger => json!({ "type": "integer", "format": "int64" }),
        FieldKind::Count { max } => {
            json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": max })
        }
        FieldKind::Money { max } => json!({
            "type": "number", "format": "double",
            "minimum": 0, "maximum": max.minor() / 100, "multipleOf": 0.01,
        }),
        FieldKind::Strings { max } => {
            json!({ "type": "array", "maxItems": max, "items": { "type": "string" } })
        }
        FieldKind::Objects { max, item } => {
            json!({ "type": "array", "maxItems": max, "items": reference(item.name) })
        }
        FieldKind::Files { max } => json!({
            "type": "array", "minItems": 1, "maxItems": max,
            "items": { "type": "string", "format": "binary" },
        }),
    }
}

fn text(length: Option<(usize, usize)>, pattern: Option<&str>) -> Value {
    let mut schema = json!({ "type": "string" });
    if let Some((min, max)) = length {
        schema["minLength"] = min.into();
        schema["maxLength"] = max.into();
    }
    if let Some(pattern) = pattern {
        schema["pattern"] = pattern.into();
    }
    schema
}
