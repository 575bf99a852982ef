//! The JSON of a product, for REST and sockets.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::amount::Amount;
use super::field_json::FieldJson;
use crate::domain::field_spec::{FieldKind, FieldSpec};
use crate::domain::product::{FIELDS, MAX_STOCK, Product};

/// A stored product: its fields, and the members that the server sets.
#[derive(Debug, Clone, Copy)]
pub struct ProductView<'a>(&'a Product);

impl<'a> From<&'a Product> for ProductView<'a> {
    fn from(product: &'a Product) -> Self {
        Self(product)
    }
}

impl Serialize for ProductView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(product) = self;
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("_id", &product.id)?;
        for (field, value) in product.values() {
            members.serialize_entry(field.name, &FieldJson(value))?;
        }
        members.serialize_entry("available", &product.available())?;
        members.serialize_entry("version", &product.version)?;
        members.serialize_entry("createdAt", &product.created_at.to_string())?;
        members.serialize_entry("updatedAt", &product.updated_at.to_string())?;
        members.end()
    }
}

impl ToSchema for ProductView<'_> {
    fn name() -> Cow<'static, str> {
        "Product".into()
    }
}

impl PartialSchema for ProductView<'_> {
    fn schema() -> RefOr<Schema> {
        let fields = FIELDS.iter().map(|field| (field.name, property(field)));
        let members: Vec<_> = fields.chain(server_members()).collect();
        let names: Vec<_> = members.iter().map(|(name, _)| *name).collect();
        let schema = json!({
            "type": "object",
            "description": "A stored product.",
            "required": names,
            "properties": members.into_iter().collect::<HashMap<_, _>>(),
        });
        serde_json::from_value(schema).expect("the members are schemas")
    }
}

fn property(field: &FieldSpec) -> Value {
    let mut schema = match field.kind {
        FieldKind::Boolean => json!({ "type": "boolean" }),
        FieldKind::Integer { min, max } => {
            json!({ "type": "integer", "format": "int64", "minimum": min, "maximum": max })
        }
        FieldKind::Money { .. } => json!({ "oneOf": [Amount::schema()] }),
        FieldKind::Strings { max } => {
            json!({ "type": "array", "maxItems": max, "items": { "type": "string" } })
        }
        FieldKind::Line { max } | FieldKind::Paragraphs { max } => {
            json!({ "type": "string", "maxLength": max })
        }
        _ => json!({ "type": "string" }),
    };
    schema["description"] = field.description.into();
    if let Some(example) = field.example {
        schema["example"] = example.into();
    }
    schema
}

fn server_members() -> [(&'static str, Value); 5] {
    let time = |description: &str| {
        json!({
            "type": "string", "format": "date-time", "description": description,
            "example": "2026-03-01T12:00:00.000Z",
        })
    };
    [
        (
            "_id",
            json!({
                "type": "string", "pattern": "^[0-9a-f]{24}$",
                "description": "The id, assigned by the server.",
                "example": "65f0c1a2b3c4d5e6f7a8b9c0",
            }),
        ),
        (
            "available",
            json!({
                "type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_STOCK,
                "description": "Units in stock that no cart holds.", "example": 3,
            }),
        ),
        (
            "version",
            json!({
                "type": "integer", "format": "int64", "minimum": 0, "example": 1,
                "description":
                    "Increases by one with every change; the value for `If-Match`.",
            }),
        ),
        ("createdAt", time("The time of creation.")),
        ("updatedAt", time("The time of the last change.")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_of_a_product_has_the_bounds_of_its_fields() {
        assert_eq!(ProductView::name(), "Product");
        let schema = serde_json::to_value(ProductView::schema()).expect("a schema");
        let properties = &schema["properties"];
        for (name, member, value) in [
            ("title", "type", json!("string")),
            ("title", "maxLength", json!(200)),
            ("title", "example", json!("Blue vase")),
            ("description", "maxLength", json!(10_000)),
            ("price", "oneOf", json!([Amount::schema()])),
            ("status", "type", json!("boolean")),
            ("stock", "type", json!("integer")),
            ("stock", "minimum", json!(0)),
            ("stock", "maximum", json!(1_000_000)),
            ("thumbnails", "type", json!("array")),
            ("thumbnails", "maxItems", json!(20)),
            ("version", "type", json!("integer")),
            ("createdAt", "format", json!("date-time")),
        ] {
            assert_eq!(properties[name][member], value, "{member} of {name}");
        }
        let names = properties.as_object().expect("an object").keys();
        assert_eq!(
            schema["required"].as_array().map(Vec::len),
            Some(names.len())
        );
    }
}
