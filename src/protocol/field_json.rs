//! Values of fields as JSON.

use serde::{Serialize, Serializer};

use super::amount::Amount;
use crate::domain::field_value::FieldValue;

#[derive(Debug, Clone, Copy)]
pub struct FieldJson<'a>(pub FieldValue<'a>);

impl Serialize for FieldJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            FieldValue::Text(text) => text.serialize(serializer),
            FieldValue::Money(money) => Amount(money).serialize(serializer),
            FieldValue::Boolean(value) => value.serialize(serializer),
            FieldValue::Integer(number) => number.serialize(serializer),
            FieldValue::Strings(strings) => strings.serialize(serializer),
        }
    }
}
