//! Values of fields, for code that treats all fields of a thing alike.

use super::field_spec::FieldSpec;
use super::money::Money;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldValue<'a> {
    Text(&'a str),
    Money(Money),
    Boolean(bool),
    Integer(i64),
    Strings(&'a [String]),
}

/// A stored form of a thing, whose fields are read one by one in the order of their specs.
pub trait FieldSource {
    type Error;

    fn text(&mut self, spec: &'static FieldSpec) -> Result<String, Self::Error>;
    fn money(&mut self, spec: &'static FieldSpec) -> Result<Money, Self::Error>;
    fn boolean(&mut self, spec: &'static FieldSpec) -> Result<bool, Self::Error>;
    fn integer(&mut self, spec: &'static FieldSpec) -> Result<i64, Self::Error>;
    fn strings(&mut self, spec: &'static FieldSpec) -> Result<Vec<String>, Self::Error>;
}

/// A type of stored fields.
pub trait StoredField: Sized {
    fn value(&self) -> FieldValue<'_>;

    fn read<S: FieldSource>(source: &mut S, spec: &'static FieldSpec) -> Result<Self, S::Error>;
}

macro_rules! stored_field {
    ($type:ty, $read:ident, $value:expr) => {
        impl StoredField for $type {
            fn value(&self) -> FieldValue<'_> {
                $value(self)
            }

            fn read<S: FieldSource>(
                source: &mut S,
                spec: &'static FieldSpec,
            ) -> Result<Self, S::Error> {
                source.$read(spec)
            }
        }
    };
}

stored_field!(String, text, FieldValue::Text);
stored_field!(Money, money, |money: &Money| FieldValue::Money(*money));
stored_field!(bool, boolean, |value: &bool| FieldValue::Boolean(*value));
stored_field!(i64, integer, |number: &i64| FieldValue::Integer(*number));
stored_field!(Vec<String>, strings, FieldValue::Strings);
