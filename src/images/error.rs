//! Errors of uploads.

use std::io;

use crate::domain::error::ValidationError;

/// A failed upload; no file of it remains.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Bytes that are not accepted as an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImageFormatError {
    /// Not a supported format, or damaged.
    Unsupported,
    /// Exceeds the named limit.
    TooLarge(&'static str),
}
