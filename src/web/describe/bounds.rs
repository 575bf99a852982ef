//! Attributes take literals alone: what they say of bounds and defaults is what the shop's rules have.

use serde_json::{Value, json};

use crate::domain::chat_message::{MAX_MESSAGE, MAX_NONCE};
use crate::domain::money::Money;
use crate::domain::mute::{DEFAULT_MINUTES, MAX_MINUTES};
use crate::domain::product::{
    DEFAULT_CATEGORY, MAX_DESCRIPTION, MAX_NAME, MAX_STOCK, MAX_THUMBNAILS, MAX_TITLE,
};
use crate::domain::product_query::{DEFAULT_LIMIT, MAX_LIMIT, MAX_PAGE, MAX_SEARCH};
use crate::domain::{cart, email, idempotency};
use crate::protocol::client_frame::{DEFAULT_HISTORY, MAX_HISTORY};
use crate::protocol::server_frame::MAX_USERS;
use crate::web::broken;

const KEYS: [&str; 4] = ["maximum", "maxLength", "maxItems", "default"];

/// What stands where, told by how a place ends: the first that fits counts.
fn rules() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (".title", "maxLength", json!(MAX_TITLE)),
        (".code", "maxLength", json!(MAX_NAME)),
        (".category", "maxLength", json!(MAX_NAME)),
        (".category", "default", json!(DEFAULT_CATEGORY)),
        (".description", "maxLength", json!(MAX_DESCRIPTION)),
        (".price", "maximum", major(Money::MAX_PRICE)),
        (".total", "maximum", major(Money::MAX_AMOUNT)),
        (".status", "default", json!(true)),
        (".stock", "maximum", json!(MAX_STOCK)),
        (".available", "maximum", json!(MAX_STOCK)),
        (".thumbnails", "maxItems", json!(MAX_THUMBNAILS)),
        (".img", "maxItems", json!(MAX_THUMBNAILS)),
        (".quantity", "maximum", json!(cart::MAX_QUANTITY)),
        (".quantity", "default", json!(1)),
        ("data.products", "maxItems", json!(MAX_LIMIT)),
        (".products", "maxItems", json!(cart::MAX_LINES)),
        ("History.payload", "maxItems", json!(MAX_HISTORY)),
        (".messages", "maxItems", json!(MAX_HISTORY)),
        (".payload", "maxItems", json!(MAX_LIMIT)),
        (".message", "maxLength", json!(MAX_MESSAGE)),
        (".nonce", "maxLength", json!(MAX_NONCE)),
        (".user", "maxLength", json!(email::MAX_EMAIL)),
        (".purchaser", "maxLength", json!(email::MAX_EMAIL)),
        (".users", "maxItems", json!(MAX_USERS)),
        (".minutes", "maximum", json!(MAX_MINUTES)),
        (".minutes", "default", json!(DEFAULT_MINUTES)),
        (".Idempotency-Key", "maxLength", json!(idempotency::MAX_KEY)),
        ("listMessages.limit", "maximum", json!(MAX_HISTORY)),
        ("listMessages.limit", "default", json!(DEFAULT_HISTORY)),
        ("data.limit", "maximum", json!(MAX_HISTORY)),
        ("data.limit", "default", json!(DEFAULT_HISTORY)),
        (
            "listBrokenProducts.limit",
            "default",
            json!(broken::DEFAULT_LIMIT),
        ),
        (".limit", "maximum", json!(MAX_LIMIT)),
        (".limit", "default", json!(DEFAULT_LIMIT)),
        (".page", "maximum", json!(MAX_PAGE)),
        (".page", "default", json!(1)),
        (".q", "maxLength", json!(MAX_SEARCH)),
        (".before", "maximum", json!(i64::MAX)),
    ]
}

fn major(amount: Money) -> Value {
    assert_eq!(amount.minor() % 100, 0, "a bound has no decimals");
    json!(amount.minor() / 100)
}

/// Every bound and default below a value: its place, its key, itself.
fn bounds(value: &Value, place: &str, found: &mut Vec<(String, &'static str, Value)>) {
    for key in KEYS {
        if let Some(bound) = value.get(key) {
            found.push((place.to_owned(), key, bound.clone()));
        }
    }
    for (name, member) in value["properties"].as_object().into_iter().flatten() {
        bounds(member, &format!("{place}.{name}"), found);
    }
    for key in ["items", "schema", "payload"] {
        if let Some(inner) = value.get(key) {
            bounds(inner, place, found);
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        let parts = value[key].as_array().into_iter().flatten();
        parts.for_each(|part| bounds(part, place, found));
    }
}

fn all() -> Vec<(String, &'static str, Value)> {
    let mut found = Vec::new();
    let components = [
        &super::openapi()["components"],
        &super::asyncapi()["components"],
    ];
    let named = components.iter().flat_map(|one| {
        let kinds = [&one["schemas"], &one["messages"]];
        kinds.into_iter().filter_map(Value::as_object).flatten()
    });
    named.for_each(|(name, schema)| bounds(schema, name, &mut found));
    let paths = super::openapi()["paths"].as_object().into_iter().flatten();
    for operation in paths
        .flat_map(|(_, item)| item.as_object())
        .flat_map(|item| item.values())
    {
        let id = operation["operationId"].as_str().expect("a name");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().expect("a name");
            bounds(&parameter["schema"], &format!("{id}.{name}"), &mut found);
        }
    }
    found
}

#[test]
fn bounds_and_defaults_are_those_of_the_rules() {
    let (rules, found) = (rules(), all());
    let fits = |rule: &(&str, &str, Value), bound: &(String, &str, Value)| {
        rule.1 == bound.1 && bound.0.ends_with(rule.0)
    };
    for bound in &found {
        let rule = rules.iter().find(|rule| fits(rule, bound));
        let (_, _, wanted) = rule.unwrap_or_else(|| panic!("no rule has {bound:?}"));
        assert_eq!(bound.2.as_f64(), wanted.as_f64(), "{bound:?}");
        assert!(bound.2.is_number() || bound.2 == *wanted, "{bound:?}");
    }
    for rule in &rules {
        let is_told = found.iter().any(|bound| fits(rule, bound));
        assert!(is_told, "nothing tells of {rule:?}");
    }
}

#[test]
fn a_patch_has_no_defaults() {
    let patch = &super::openapi()["components"]["schemas"]["ProductPatch"];
    let mut found = Vec::new();
    bounds(patch, "", &mut found);
    assert!(!found.is_empty());
    assert!(
        found.iter().all(|(_, key, _)| *key != "default"),
        "{found:?}"
    );
}
