//! The forms in which products move in and out, CSV and NDJSON: rows from bytes, bytes from products.
//! Pure: bytes in, values out, with bounded memory however long a file or a line is.

mod csv;
mod ndjson;
mod reader;
mod thumbnails;
mod writer;

use std::path::Path;

use crate::domain::error::{FieldError, ValidationError};
use crate::domain::upsert::ProductUpsert;

pub use reader::RowReader;
pub use writer::RowWriter;

/// Longest row, in bytes: a product at every bound, with every character escaped, fits.
pub const MAX_ROW: usize = 512 << 10;
/// Most columns of a CSV file.
pub const MAX_COLUMNS: usize = 64;

/// A form of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180 with a header, in UTF-8.
    Csv,
    /// A JSON object a line, in UTF-8.
    Ndjson,
}

impl Format {
    /// The form that a file's ending names.
    ///
    /// # Errors
    /// Another ending: a line for the person who typed it.
    pub fn of_path(path: &Path) -> Result<Self, String> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("ndjson") => Ok(Self::Ndjson),
            _ => Err("the form goes by the ending: .csv or .ndjson".into()),
        }
    }

    /// The form that a content type names.
    pub fn of_content_type(kind: &str) -> Option<Self> {
        match kind.to_ascii_lowercase().as_str() {
            "text/csv" => Some(Self::Csv),
            "application/x-ndjson" | "application/ndjson" => Some(Self::Ndjson),
            _ => None,
        }
    }
}

/// A row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// What it says, or why it says nothing.
    pub content: Result<ProductUpsert, ValidationError>,
}

/// A row that is wrong as a whole.
fn bad_row(reason: impl Into<String>) -> ValidationError {
    ValidationError::Fields(vec![FieldError::new("row", reason)])
}

fn too_long() -> ValidationError {
    bad_row(format!("is longer than {} KiB", MAX_ROW >> 10))
}
