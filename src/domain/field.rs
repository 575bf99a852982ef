//! Members of a request before validation: missing, of the wrong type, or present.
//!
//! Readers of JSON, forms and import files only determine types. The rules are applied here, so
//! that one response names every invalid field.

use super::error::{FieldError, ValidationError};
use super::field_spec::{FieldSpec, Presence};
use super::from_field::FromField;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Field<T> {
    #[default]
    Missing,
    /// Sent with a wrong type; the reason is the end of the sentence "`field` …".
    Invalid(&'static str),
    Present(T),
}

/// Collects the errors of a body while its fields are read.
#[derive(Debug, Default)]
pub struct Fields {
    errors: Vec<FieldError>,
}

impl Fields {
    /// Applies the spec to a field; errors name it with the prefix.
    pub fn check<T: FromField>(
        &mut self,
        spec: &FieldSpec,
        prefix: &str,
        field: Field<T::Raw>,
    ) -> Option<T> {
        match (field, spec.presence) {
            (Field::Missing, Presence::Optional) => T::empty(),
            (Field::Missing, Presence::Default(literal)) => T::from_literal(literal),
            (Field::Missing, Presence::Required) => self.refuse(spec, prefix, "is required".into()),
            (field, _) => self.check_sent(spec, prefix, field),
        }
    }

    /// Applies the spec to a field of a patch; `None` without an error if it is missing.
    pub fn check_sent<T: FromField>(
        &mut self,
        spec: &FieldSpec,
        prefix: &str,
        field: Field<T::Raw>,
    ) -> Option<T> {
        match field {
            Field::Missing => None,
            Field::Invalid(reason) => self.refuse(spec, prefix, reason.into()),
            Field::Present(raw) => match T::check(raw, &spec.kind) {
                Ok(value) => Some(value),
                Err(reason) => self.refuse(spec, prefix, reason),
            },
        }
    }

    fn refuse<T>(&mut self, spec: &FieldSpec, prefix: &str, reason: String) -> Option<T> {
        let name = format!("{prefix}{}", spec.name);
        self.errors.push(FieldError::new(name, reason));
        None
    }

    /// The value if there were no errors. `None` without an error is a bug of the caller and is
    /// refused too.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, ValidationError> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(ValidationError::Fields(self.errors)),
        }
    }
}
