//! NDJSON: an object a line.

use serde_json::Value;

use super::{MAX_ROW, Row, bad_row, too_long};
use crate::domain::error::ValidationError;
use crate::domain::members::{Members, Origin};
use crate::domain::product::RawProduct;
use crate::domain::text;
use crate::domain::upsert::ProductUpsert;

/// Longest reason of the JSON reader that is told.
const REASON: usize = 200;

/// Lines on their way to rows.
#[derive(Debug, Default)]
pub(super) struct NdjsonReader {
    /// What came of the present line, as long as it may be.
    line: Vec<u8>,
    is_too_long: bool,
    /// Lines before the present one.
    lines: u64,
}

impl NdjsonReader {
    /// Reads up to the end of a row; `None` when all input is taken.
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

    /// The last row, where no line break ends it.
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

    /// Blank lines are none.
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

/// What the JSON reader complains of, and at which byte of the row; the line that it names is always the first.
fn without_line(error: &serde_json::Error) -> String {
    let told = error.to_string();
    let reason = told
        .rsplit_once(" at line ")
        .map_or(&*told, |(reason, _)| reason);
    format!("{reason} at column {}", error.column())
}

fn parse(bytes: &[u8]) -> Result<ProductUpsert, ValidationError> {
    let text = std::str::from_utf8(bytes).map_err(|_| bad_row("is not UTF-8"))?;
    let members = match serde_json::from_str(text) {
        Ok(Value::Object(members)) => members,
        Ok(_) => return Err(bad_row("is no JSON object")),
        Err(error) => {
            let reason = text::clipped(format!("is no JSON: {}", without_line(&error)), REASON);
            return Err(bad_row(reason));
        }
    };
    ProductUpsert::parse(RawProduct::read(Members::new(members, Origin::Json))?)
}
