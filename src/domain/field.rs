//! A member of a request as some border read it: absent, of a wrong type, or there.
//!
//! Borders (JSON, forms, import files) only find out what kind of value was sent; what it may be
//! is decided here, so that one answer names every bad field.

use super::error::{FieldError, ValidationError};

/// One member of a body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Field<T> {
    /// It was not sent.
    #[default]
    Missing,
    /// It was sent as something that it cannot be, for the reason given.
    Bad(&'static str),
    /// It was sent.
    Given(T),
}

/// Gathers what is wrong with a body while its fields are read.
#[derive(Debug, Default)]
pub struct Fields {
    errors: Vec<FieldError>,
}

impl Fields {
    /// Takes a field that must be there.
    pub fn required<T, U>(
        &mut self,
        name: &str,
        field: Field<T>,
        parse: impl FnOnce(T) -> Result<U, String>,
    ) -> Option<U> {
        if matches!(field, Field::Missing) {
            self.refuse(name, "is required");
        }
        self.optional(name, field, parse)
    }

    /// Takes a field that may be absent.
    pub fn optional<T, U>(
        &mut self,
        name: &str,
        field: Field<T>,
        parse: impl FnOnce(T) -> Result<U, String>,
    ) -> Option<U> {
        match field {
            Field::Missing => None,
            Field::Bad(reason) => {
                self.refuse(name, reason);
                None
            }
            Field::Given(value) => parse(value)
                .map_err(|reason| self.refuse(name, reason))
                .ok(),
        }
    }

    /// Notes a bad field.
    pub fn refuse(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        self.errors.push(FieldError::new(name, reason));
    }

    /// The value, when nothing was wrong; `None` with no error noted cannot be, and is refused too.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, ValidationError> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(ValidationError::Fields(self.errors)),
        }
    }
}
