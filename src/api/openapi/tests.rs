//! The bounds in attributes of views, which take literals only, are those of the rules.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{asyncapi, openapi};
use crate::domain::cart::{MAX_LINES, MAX_QUANTITY};
use crate::domain::chat_message::{MAX_MESSAGE, MAX_NONCE};
use crate::domain::field_spec::{FieldKind, FieldSpec};
use crate::domain::money::Money;
use crate::domain::product::{FIELDS, MAX_STOCK};
use crate::domain::product_query::MAX_LIMIT;
use crate::protocol::client_frame::MAX_HISTORY;
use crate::protocol::server_frame::MAX_USERS;

#[test]
fn a_product_has_the_bounds_of_its_fields() {
    let product = &openapi()["components"]["schemas"]["Product"]["properties"];
    let bound = |field: &FieldSpec| match field.kind {
        FieldKind::Line { max } | FieldKind::Paragraphs { max } => ("maxLength", json!(max)),
        FieldKind::Integer { max, .. } => ("maximum", json!(max)),
        FieldKind::Strings { max } => ("maxItems", json!(max)),
        _ => ("maximum", Value::Null),
    };
    for field in FIELDS {
        let property = &product[field.name];
        assert!(property.is_object(), "{}", field.name);
        let (key, max) = bound(field);
        assert_eq!(property[key], max, "{}", field.name);
    }
}

#[test]
fn views_have_the_bounds_of_the_rules() {
    let document = openapi();
    let schema = |name: &str| &document["components"]["schemas"][name]["properties"];
    for (bound, max) in [
        (&schema("Product")["available"]["maximum"], json!(MAX_STOCK)),
        (&schema("Cart")["products"]["maxItems"], json!(MAX_LINES)),
        (&schema("Order")["products"]["maxItems"], json!(MAX_LINES)),
        (
            &schema("CartLine")["quantity"]["maximum"],
            json!(MAX_QUANTITY),
        ),
        (
            &schema("CartLine")["available"]["maximum"],
            json!(MAX_STOCK),
        ),
        (
            &schema("ChatMessage")["message"]["maxLength"],
            json!(MAX_MESSAGE),
        ),
        (
            &schema("List_Product")["payload"]["maxItems"],
            json!(MAX_LIMIT),
        ),
        (
            &schema("List_Product")["limit"]["maximum"],
            json!(MAX_LIMIT),
        ),
        (
            &schema("BrokenProducts")["payload"]["maxItems"],
            json!(MAX_LIMIT),
        ),
        (
            &schema("History")["payload"]["maxItems"],
            json!(MAX_HISTORY),
        ),
    ] {
        assert_eq!(*bound, max);
    }
}

#[test]
fn frames_have_the_bounds_of_the_rules() {
    let messages = &asyncapi()["components"]["messages"];
    let data = |name: &str| &messages[name]["payload"]["properties"]["data"]["properties"];
    for (bound, max) in [
        (
            &data("products.products")["products"]["maxItems"],
            json!(MAX_LIMIT),
        ),
        (
            &data("chat.chat-messages")["messages"]["maxItems"],
            json!(MAX_HISTORY),
        ),
        (
            &data("chat.chat-message")["nonce"]["maxLength"],
            json!(MAX_NONCE),
        ),
        (&data("chat.error")["nonce"]["maxLength"], json!(MAX_NONCE)),
        (&data("chat.users")["users"]["maxItems"], json!(MAX_USERS)),
    ] {
        assert_eq!(*bound, max);
    }
}

#[test]
fn money_is_bounded_by_whole_units() {
    for max in [Money::MAX_PRICE, Money::MAX_AMOUNT] {
        assert_eq!(max.minor() % 100, 0);
    }
}

#[test]
fn a_patch_has_no_defaults_and_requires_nothing() {
    let patch = &openapi()["components"]["schemas"]["ProductPatch"];
    let properties = patch["properties"].as_object().expect("fields");
    assert_eq!(properties.len(), FIELDS.len());
    assert!(
        properties
            .values()
            .all(|field| field.get("default").is_none())
    );
    assert!(patch.get("required").is_none());
}

#[test]
fn operations_have_different_ids() {
    let endpoints = crate::api::endpoints();
    let ids: BTreeSet<_> = endpoints
        .iter()
        .map(|endpoint| endpoint.operation.id)
        .collect();
    assert_eq!(ids.len(), endpoints.len());
}
