//! What can be wrong with input, before any store has seen it.

use std::fmt;

/// One bad field: its name as the client sent it, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name, with an index for members of lists (`products[2].quantity`).
    pub field: String,
    /// What is wrong, as the end of the sentence "`field` …".
    pub reason: String,
}

impl FieldError {
    /// Pairs a field with the reason for its refusal.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason: reason.into(),
        }
    }
}

/// Every way in which input is refused without asking the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValidationError {
    /// Some fields are missing or break a rule; every bad one is named.
    #[error("{}", sentence(.0))]
    Fields(Vec<FieldError>),
    /// The body has fields that nobody asked for.
    #[error("{}", sentence(.0))]
    UnknownFields(Vec<FieldError>),
    /// A query parameter has a value that it cannot have.
    #[error("{}", sentence(.0))]
    Query(Vec<FieldError>),
    /// An idempotency key that cannot be one.
    #[error(
        "Idempotency-Key must be one line of 1 to 255 visible characters: letters, digits, \
         punctuation"
    )]
    IdempotencyKey,
    /// A file of which no row can be read.
    #[error("line {line}: {reason}")]
    UnreadableFile {
        /// The line that is to blame, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// An upload without a part that holds an image.
    #[error("no file was sent: attach one or several images as \"img\"")]
    MissingFile,
    /// The content is no image of a known kind, or it is damaged.
    #[error("\"{name}\" is not a PNG, JPEG, WebP or GIF image, or it is damaged")]
    UnsupportedImage {
        /// The client's name of the file.
        name: String,
    },
    /// The image has more bytes or pixels than are taken.
    #[error("\"{name}\" is too large: {limit} at most")]
    ImageTooLarge {
        /// The client's name of the file.
        name: String,
        /// The bound that it broke, with its unit.
        limit: &'static str,
    },
}

impl ValidationError {
    /// A refusal for one field.
    pub fn field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Fields(vec![FieldError::new(field, reason)])
    }

    /// The bad fields, where single fields are to blame.
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::Fields(list) | Self::UnknownFields(list) | Self::Query(list) => list,
            Self::IdempotencyKey
            | Self::UnreadableFile { .. }
            | Self::MissingFile
            | Self::UnsupportedImage { .. }
            | Self::ImageTooLarge { .. } => &[],
        }
    }
}

/// Fields whose reasons stand in the sentence.
const SAID: usize = 10;

/// The fields' reasons as one line: of many the first.
fn sentence(errors: &[FieldError]) -> impl fmt::Display {
    let said = errors.iter().take(SAID);
    let mut said: Vec<_> = said
        .map(|error| format!("{} {}", error.field, error.reason))
        .collect();
    if let Some(more @ 1..) = errors.len().checked_sub(SAID) {
        said.push(format!("and {more} more"));
    }
    said.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_bad_fields_the_first_are_said() {
        let bad = |count: usize| {
            let fields = (0..count).map(|number| FieldError::new(format!("f{number}"), "is bad"));
            ValidationError::Fields(fields.collect()).to_string()
        };
        assert_eq!(bad(2), "f0 is bad; f1 is bad");
        assert!(bad(10).ends_with("; f9 is bad"));
        assert!(bad(5_000).ends_with("; f9 is bad; and 4990 more"));
    }
}
