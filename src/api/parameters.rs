//! Parameters that several lists have.

use crate::domain::error::{FieldError, ValidationError};
use crate::domain::field_spec::{FieldKind, FieldSpec, Literal};
use crate::domain::product_query::{DEFAULT_LIMIT, MAX_LIMIT, MAX_PAGE};
use crate::http::query::QueryString;

pub(super) const LIMIT: Count = Count {
    name: "limit",
    default: DEFAULT_LIMIT,
    max: MAX_LIMIT,
    description: "The number of entries on a page.",
};
pub(super) const PAGE: Count = Count {
    name: "page",
    default: 1,
    max: MAX_PAGE,
    description: "The page, from 1.",
};
/// Of a parameter that is true or false.
pub(super) const BOOLEAN: FieldKind = FieldKind::pattern("^(true|false|1|0)$");

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Whether a sort is descending.
pub(super) fn descending(direction: &str) -> Option<bool> {
    match direction {
        "asc" | "ASC" | "1" => Some(false),
        "desc" | "DESC" | "-1" => Some(true),
        _ => None,
    }
}

/// A parameter with a number of things.
pub(super) struct Count {
    pub(super) name: &'static str,
    pub(super) default: u32,
    pub(super) max: u32,
    pub(super) description: &'static str,
}

impl Count {
    pub(super) const fn spec(&self) -> FieldSpec {
        let kind = FieldKind::Count { max: self.max };
        FieldSpec::optional(self.name, kind, self.description)
            .default(Literal::Integer(self.default as i64))
    }

    pub(super) fn read(&self, string: &QueryString) -> Result<u32, FieldError> {
        string.number(self.name, self.default, self.max)
    }
}

/// Collects the errors of parameters.
#[derive(Default)]
pub(super) struct QueryErrors(Vec<FieldError>);

impl QueryErrors {
    /// The value of a valid parameter.
    pub(super) fn keep<T>(&mut self, parameter: Result<T, FieldError>) -> Option<T> {
        parameter.map_err(|error| self.0.push(error)).ok()
    }

    /// The value if all parameters are valid; an error names every invalid one.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, ValidationError> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(ValidationError::Query(self.0)),
        }
    }
}
