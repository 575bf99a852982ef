//! Reads the fields of a request by their specs, and collects the errors.

use super::body_fields::BodyFields;
use super::error::{FieldError, ValidationError};
use super::field::Field;
use super::field_spec::{BodySpec, FieldSpec, Presence};
use super::from_field::FromField;

impl BodySpec {
    /// Starts to read a body; an error names its unknown fields.
    pub fn reader(&'static self, body: BodyFields) -> Result<BodyReader, ValidationError> {
        self.reader_at(String::new(), body)
    }

    /// Like [`reader`](Self::reader), for an object inside a body; errors name the fields with this
    /// prefix.
    pub fn reader_at(
        &'static self,
        prefix: String,
        body: BodyFields,
    ) -> Result<BodyReader, ValidationError> {
        let names: Vec<_> = self.fields.iter().map(|field| field.name).collect();
        let body = body.only(&names).map_err(|error| {
            let errors = error.fields().iter();
            let errors = errors
                .map(|error| FieldError::new(format!("{prefix}{}", error.field), &*error.reason));
            ValidationError::UnknownFields(errors.collect())
        })?;
        Ok(BodyReader {
            spec: self,
            prefix,
            body,
            fields: Fields::default(),
        })
    }
}

/// Reads the fields of a body one by one and collects their errors.
#[derive(Debug)]
pub struct BodyReader {
    spec: &'static BodySpec,
    prefix: String,
    body: BodyFields,
    fields: Fields,
}

impl BodyReader {
    /// `None` if the field is invalid.
    pub fn read<T: FromField>(&mut self, name: &str) -> Option<T> {
        let spec = self.spec.fields.iter().find(|spec| spec.name == name);
        let spec = spec.expect("the spec of a body has all fields that are read");
        let sent = T::TAKE(&mut self.body, name);
        self.fields.check(spec, &self.prefix, sent)
    }

    /// The value if all fields are valid; an error names every invalid one.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, ValidationError> {
        self.fields.finish(value)
    }
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
        match field {
            Field::Missing => self.default_of(spec, prefix, "is required"),
            field => self.check_sent(spec, prefix, field),
        }
    }

    /// The value of a missing field; a required one is refused for this reason.
    pub fn default_of<T: FromField>(
        &mut self,
        spec: &FieldSpec,
        prefix: &str,
        reason: &str,
    ) -> Option<T> {
        match spec.presence {
            Presence::Required => self.refuse(spec, prefix, reason.into()),
            _ => T::default_of(spec),
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
            Field::Present(raw) => match T::check(raw, spec) {
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
