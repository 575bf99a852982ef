//! NDJSON: one object per line.

use serde_json::Value;

use super::{MAX_ROW, Row, bad_row, too_long};
use crate::domain::body_fields::{BodyFields, BodyFormat};
use crate::domain::error::ValidationError;
use crate::domain::product::RawProduct;
use crate::domain::text;
use crate::domain::upsert::ProductUpsert;

/// Errors repeat the JSON parser's message up to this length.
const MAX_REASON: usize = 200;

#[derive(Debug, Default)]
pub(super) struct NdjsonReader {
    /// The start of the current line, until it is too long.
    line: Vec<u8>,
    is_too_long: bool,
    /// Lines before the current one.
    lines: u64,
}

impl NdjsonReader {
    /// Reads up to the end of a row; `None` when the input is used up.
    pub(super) fn read(&mut self, input: &mut &[u8]) -> Option<Row> {
        while !input.is_empty() {
            let end = input.iter().position(|byte| *byte == b'\n');
            self.take(&input[..end.unwrap_or(input.len())]);
            *input = &input[end.map_or(input.len(), |end| end + 1)..];
            if end.is_some()
                && let Some(row) = self.end_line()
            {
                return Some(row);
            }
        }
        None
    }

    /// The last row, if it has no line break at its end.
    pub(super) fn finish(&mut self) -> Option<Row> {
        self.end_line()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.is_too_long |= self.line.len() + bytes.len() > MAX_ROW;
        if self.is_too_long {
            self.line.clear();
        } else {
            self.line.extend_from_slice(bytes);
        }
    }

    /// A blank line gives no row.
    fn end_line(&mut self) -> Option<Row> {
        self.lines += 1;
        let is_too_long = std::mem::take(&mut self.is_too_long);
        let content = if is_too_long {
            Some(Err(too_long()))
        } else {
            let bytes = self.line.trim_ascii();
            (!bytes.is_empty()).then(|| parse(bytes))
        };
        self.line.clear();
        content.map(|content| Row {
            line: self.lines,
            content,
        })
    }
}

/// The parser's message with the column only: it always names line 1.
fn without_line(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let reason = message
        .rsplit_once(" at line ")
        .map_or(&*message, |(reason, _)| reason);
    format!("{reason} at column {}", error.column())
}

fn parse(bytes: &[u8]) -> Result<ProductUpsert, ValidationError> {
    let text = std::str::from_utf8(bytes).map_err(|_| bad_row("is not UTF-8"))?;
    let members = match serde_json::from_str(text) {
        Ok(Value::Object(members)) => members,
        Ok(_) => return Err(bad_row("is not a JSON object")),
        Err(error) => {
            let reason = text::clipped(
                format!("is not valid JSON: {}", without_line(&error)),
                MAX_REASON,
            );
            return Err(bad_row(reason));
        }
    };
    ProductUpsert::parse(RawProduct::read(BodyFields::new(
        members,
        BodyFormat::Json,
    ))?)
}
