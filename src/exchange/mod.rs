//! Import and export formats, CSV and NDJSON: rows from bytes, bytes from products. No I/O, and
//! bounded memory for files and lines of any length.

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

/// Maximum length of a row, in bytes. A product with all fields at their maximum length and every
/// character escaped fits.
pub const MAX_ROW: usize = 512 << 10;
/// Maximum number of columns in a CSV file.
pub const MAX_COLUMNS: usize = 64;

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180 with a header, in UTF-8.
    Csv,
    /// One JSON object per line, in UTF-8.
    Ndjson,
}

impl Format {
    /// By the file's extension.
    pub fn of_path(path: &Path) -> Result<Self, String> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("ndjson") => Ok(Self::Ndjson),
            _ => Err("unknown file extension: use .csv or .ndjson".into()),
        }
    }

    pub fn of_content_type(kind: &str) -> Option<Self> {
        match kind.to_ascii_lowercase().as_str() {
            "text/csv" => Some(Self::Csv),
            "application/x-ndjson" | "application/ndjson" => Some(Self::Ndjson),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The first line of the row, from 1.
    pub line: u64,
    pub content: Result<ProductUpsert, ValidationError>,
}

/// An error of the row as a whole.
fn bad_row(reason: impl Into<String>) -> ValidationError {
    ValidationError::Fields(vec![FieldError::new("row", reason)])
}

fn too_long() -> ValidationError {
    bad_row(format!("is longer than {} KiB", MAX_ROW >> 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_sets_the_format() {
        for (kind, format) in [
            ("text/csv", Some(Format::Csv)),
            ("Text/CSV", Some(Format::Csv)),
            ("application/x-ndjson", Some(Format::Ndjson)),
            ("application/ndjson", Some(Format::Ndjson)),
            ("application/json", None),
            ("text/plain", None),
        ] {
            assert_eq!(Format::of_content_type(kind), format, "{kind}");
        }
    }
}
