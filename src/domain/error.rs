//! Errors of input, found before any store is asked.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One invalid field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The name as the client sent it, with an index for members of lists
    /// (`products[2].quantity`).
    pub field: String,
    /// The end of the sentence "`field` …".
    pub reason: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason: reason.into(),
        }
    }
}

/// Input that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ValidationError {
    /// All fields that are missing or invalid.
    #[error("{}", sentence(.0))]
    Fields(Vec<FieldError>),
    /// Fields that the body must not have.
    #[error("{}", sentence(.0))]
    UnknownFields(Vec<FieldError>),
    /// Invalid query parameters.
    #[error("{}", sentence(.0))]
    Query(Vec<FieldError>),
    #[error("Idempotency-Key must be 1 to 255 visible ASCII characters or spaces")]
    IdempotencyKey,
    /// No row of an import file can be read.
    #[error("line {line}: {reason}")]
    UnreadableFile {
        /// From 1.
        line: u64,
        reason: String,
    },
    /// The body is not a JSON object.
    #[error("invalid JSON: {0}")]
    BadJson(String),
    /// The body does not match its `Content-Type`.
    #[error("the body does not match its Content-Type")]
    BadBody,
    /// An upload without a file part.
    #[error("no file was sent: attach one or more images as \"img\"")]
    MissingFile,
    /// The content is not an image of a supported format, or it is damaged.
    #[error("\"{name}\" is not a PNG, JPEG, WebP or GIF image, or it is damaged")]
    UnsupportedImage {
        /// The client's name of the file.
        name: String,
    },
    /// The image has too many bytes or pixels.
    #[error("\"{name}\" is too large (limit {limit})")]
    ImageTooLarge {
        /// The client's name of the file.
        name: String,
        /// The exceeded limit, with its unit.
        limit: String,
    },
}

impl ValidationError {
    /// An error of one field.
    pub fn field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Fields(vec![FieldError::new(field, reason)])
    }

    /// The invalid fields; empty when the error is not about fields.
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::Fields(list) | Self::UnknownFields(list) | Self::Query(list) => list,
            Self::IdempotencyKey
            | Self::UnreadableFile { .. }
            | Self::BadJson(_)
            | Self::BadBody
            | Self::MissingFile
            | Self::UnsupportedImage { .. }
            | Self::ImageTooLarge { .. } => &[],
        }
    }
}

/// Fields that the sentence lists.
const MAX_LISTED: usize = 10;

fn sentence(errors: &[FieldError]) -> impl fmt::Display {
    let listed = errors.iter().take(MAX_LISTED);
    let mut reasons: Vec<_> = listed
        .map(|error| format!("{} {}", error.field, error.reason))
        .collect();
    if let Some(more @ 1..) = errors.len().checked_sub(MAX_LISTED) {
        reasons.push(format!("and {more} more"));
    }
    reasons.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_lists_the_first_fields() {
        let bad = |count: usize| {
            let fields = (0..count).map(|number| FieldError::new(format!("f{number}"), "is bad"));
            ValidationError::Fields(fields.collect()).to_string()
        };
        assert_eq!(bad(2), "f0 is bad; f1 is bad");
        assert!(bad(10).ends_with("; f9 is bad"));
        assert!(bad(5_000).ends_with("; f9 is bad; and 4990 more"));
    }

    #[test]
    fn only_errors_about_fields_have_fields() {
        let fields = || vec![FieldError::new("title", "is required")];
        for error in [
            ValidationError::field("title", "is required"),
            ValidationError::UnknownFields(fields()),
            ValidationError::Query(fields()),
        ] {
            assert_eq!(error.fields(), fields());
        }
        assert_eq!(ValidationError::BadBody.fields(), []);
    }
}
