//! Tolerant reading of a product's fields: a value that breaks a rule is replaced by the nearest
//! one that does not, and its field is named.

use std::convert::Infallible;

use mongodb::bson::RawBsonRef;

use super::{is_missing, number, value};
use crate::domain::field_spec::{FieldKind, FieldSpec};
use crate::domain::field_value::FieldSource;
use crate::domain::from_field::FromField;
use crate::domain::money::Money;
use crate::domain::product::FIELDS;
use crate::domain::text;

/// The stored values of [`FIELDS`].
#[derive(Default)]
pub(super) struct StoredFields<'a> {
    values: [Option<RawBsonRef<'a>>; FIELDS.len()],
    /// How many of the values were read.
    read: usize,
    /// The names of the fields with invalid values.
    pub(super) invalid: Vec<&'static str>,
}

impl<'a> StoredFields<'a> {
    /// The place for the value of a field; `None` if no field has the name.
    pub(super) fn named(&mut self, name: &str) -> Option<&mut Option<RawBsonRef<'a>>> {
        let index = FIELDS.iter().position(|field| field.name == name)?;
        self.values.get_mut(index)
    }

    fn next(&mut self) -> Option<RawBsonRef<'a>> {
        let value = self.values.get(self.read).copied().flatten();
        self.read += 1;
        value
    }

    /// The value as `read` finds it, or the default of a missing one; otherwise the field is
    /// invalid and shows another value.
    fn checked<T: FromField>(
        &mut self,
        spec: &'static FieldSpec,
        read: impl FnOnce(RawBsonRef<'a>) -> Option<T>,
        shown: impl FnOnce(Option<RawBsonRef<'a>>) -> T,
    ) -> Result<T, Infallible> {
        let value = self.next();
        let checked = match value {
            missing if is_missing(missing) => T::default_of(spec),
            value => value.and_then(read),
        };
        Ok(checked.unwrap_or_else(|| {
            self.invalid.push(spec.name);
            shown(value)
        }))
    }
}

impl FieldSource for StoredFields<'_> {
    type Error = Infallible;

    fn text(&mut self, spec: &'static FieldSpec) -> Result<String, Infallible> {
        let read = |value: RawBsonRef<'_>| String::check(value.as_str()?.to_owned(), spec).ok();
        self.checked(spec, read, |value| {
            let stored = value.and_then(RawBsonRef::as_str).unwrap_or_default();
            match String::default_of(spec) {
                Some(default) if stored.trim().is_empty() => default,
                _ => text::clipped(stored.to_owned(), max_length(spec)),
            }
        })
    }

    fn money(&mut self, spec: &'static FieldSpec) -> Result<Money, Infallible> {
        let read = |value| Money::price_from_f64(number::real(value)?).ok();
        self.checked(spec, read, |value| {
            let price = value.and_then(number::real).unwrap_or_default();
            let minor = (price * 100.0).round() as i64;
            Money::from_minor(minor.clamp(0, Money::MAX_PRICE.minor()))
        })
    }

    fn boolean(&mut self, spec: &'static FieldSpec) -> Result<bool, Infallible> {
        self.checked(spec, |value| value.as_bool(), |_| false)
    }

    fn integer(&mut self, spec: &'static FieldSpec) -> Result<i64, Infallible> {
        let read = |value| i64::check(number::whole(value)?, spec).ok();
        self.checked(spec, read, |value| {
            let number = value.and_then(number::real).unwrap_or_default();
            let rounded_down = number.floor() as i64;
            match spec.kind {
                FieldKind::Integer { min, max } => rounded_down.clamp(min, max),
                _ => rounded_down,
            }
        })
    }

    fn strings(&mut self, spec: &'static FieldSpec) -> Result<Vec<String>, Infallible> {
        let read = |value| {
            let (strings, others) = strings(value)?;
            let checked = Vec::<String>::check(strings, spec);
            checked.ok().filter(|_| others == 0)
        };
        self.checked(spec, read, |value| {
            let (mut strings, _) = value.and_then(strings).unwrap_or_default();
            strings.truncate(max_length(spec));
            strings
        })
    }
}

/// The strings in an array, and the number of its other elements.
fn strings(array: RawBsonRef<'_>) -> Option<(Vec<String>, usize)> {
    let (mut strings, mut others) = (Vec::new(), 0);
    for element in array.as_array()?.iter_elements() {
        let string = element
            .ok()
            .and_then(|element| Some(value(&element)?.as_str()?.to_owned()));
        match string {
            Some(string) => strings.push(string),
            None => others += 1,
        }
    }
    Some((strings, others))
}

fn max_length(spec: &FieldSpec) -> usize {
    match spec.kind {
        FieldKind::Line { max } | FieldKind::Paragraphs { max } | FieldKind::Strings { max } => max,
        _ => usize::MAX,
    }
}
