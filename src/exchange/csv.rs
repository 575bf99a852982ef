//! CSV: a header with the column names, then one row per product.

use csv_core::ReadRecordResult;
use serde_json::{Map, Value};

use super::{MAX_COLUMNS, MAX_ROW, Row, bad_row, thumbnails, too_long};
use crate::domain::body_fields::{BodyFields, BodyFormat, is_server_owned};
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::field_spec::{FieldKind, FieldSpec, Presence};
use crate::domain::product::{FIELDS, RawProduct};
use crate::domain::text;
use crate::domain::upsert::ProductUpsert;

/// Errors repeat a column name up to this length.
const MAX_SHOWN_NAME: usize = 100;

pub(super) struct CsvReader {
    records: csv_core::Reader,
    /// Whether `records` has read a byte.
    is_started: bool,
    /// The cells of the current record, concatenated, and the end of each.
    cells: Vec<u8>,
    ends: Vec<usize>,
    /// Used bytes of `cells` and used entries of `ends`.
    filled: usize,
    ended: usize,
    is_too_long: bool,
    has_too_many: bool,
    breaks: LineBreaks,
    /// The first line of the current record.
    record_line: Option<u64>,
    /// Set by the header.
    columns: Option<Vec<Column>>,
}

/// The field of a column; `None` if it is ignored.
type Column = Option<&'static FieldSpec>;

impl Default for CsvReader {
    fn default() -> Self {
        Self {
            records: csv_core::Reader::new(),
            is_started: false,
            cells: vec![0; MAX_ROW],
            ends: vec![0; MAX_COLUMNS],
            filled: 0,
            ended: 0,
            is_too_long: false,
            has_too_many: false,
            breaks: LineBreaks::default(),
            record_line: None,
            columns: None,
        }
    }
}

impl CsvReader {
    /// Reads up to the end of a row; `None` when the input is used up.
    pub(super) fn read(&mut self, input: &mut &[u8]) -> Result<Option<Row>, ValidationError> {
        // `csv_core` takes empty input as the end of the file.
        while !input.is_empty() && self.begin(input) {
            if self.read_record(input)
                && let Some(row) = self.end_record()?
            {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// The last row, if it has no line break at its end.
    pub(super) fn finish(&mut self) -> Result<Option<Row>, ValidationError> {
        if self.record_line.is_some() {
            // A line break ends the record, unless it is inside an unterminated quote.
            let mut end = &b"\n"[..];
            while !end.is_empty() {
                if self.read_record(&mut end) {
                    return self.end_record();
                }
            }
            return self.unterminated_quote().map(Some);
        }
        match self.columns {
            Some(_) => Ok(None),
            None => Err(ValidationError::UnreadableFile {
                line: 1,
                reason: "missing header row".into(),
            }),
        }
    }

    /// Skips blank lines; `false` when the input has no record yet.
    fn begin(&mut self, input: &mut &[u8]) -> bool {
        if self.record_line.is_some() {
            return true;
        }
        while let Some((byte @ (b'\n' | b'\r'), rest)) = input.split_first() {
            self.breaks.count(std::slice::from_ref(byte));
            *input = rest;
        }
        if !input.is_empty() {
            self.record_line = Some(self.breaks.count + 1);
        }
        !input.is_empty()
    }

    /// Reads up to the end of the record and returns whether it was reached. Bytes and cells beyond
    /// the limits are skipped.
    fn read_record(&mut self, input: &mut &[u8]) -> bool {
        let (cells, ends) = (&mut self.cells[self.filled..], &mut self.ends[self.ended..]);
        // The caller removed a byte order mark. `csv_core` would skip a second one if it came in
        // one slice, so the first slice is a single byte.
        let part = match std::mem::replace(&mut self.is_started, true) {
            true => *input,
            false => &input[..input.len().min(1)],
        };
        let (result, taken, filled, ended) = self.records.read_record(part, cells, ends);
        self.breaks.count(&input[..taken]);
        *input = &input[taken..];
        self.filled += filled;
        self.ended += ended;
        match result {
            ReadRecordResult::OutputFull => {
                self.is_too_long = true;
                self.filled = 0;
            }
            ReadRecordResult::OutputEndsFull => {
                self.has_too_many = true;
                self.ended = 0;
            }
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::Record | ReadRecordResult::End => return true,
        }
        false
    }

    /// The rest of the file became one cell.
    fn unterminated_quote(&mut self) -> Result<Row, ValidationError> {
        let line = self.record_line.take().unwrap_or_default();
        match self.columns {
            Some(_) => Ok(Row {
                line,
                content: Err(bad_row(
                    "has an unterminated quote; the rest of the file was not read",
                )),
            }),
            None => Err(ValidationError::UnreadableFile {
                line,
                reason: "unterminated quote in the header".into(),
            }),
        }
    }

    fn end_record(&mut self) -> Result<Option<Row>, ValidationError> {
        let line = self.record_line.take().unwrap_or_default();
        let (filled, ended) = (self.filled, self.ended);
        (self.filled, self.ended) = (0, 0);
        let is_too_long = std::mem::take(&mut self.is_too_long);
        let has_too_many = std::mem::take(&mut self.has_too_many);
        let cells = Cells {
            bytes: &self.cells[..filled],
            ends: &self.ends[..ended],
        };
        let Some(columns) = &self.columns else {
            if is_too_long || has_too_many {
                let reason = format!("the header has more than {MAX_COLUMNS} columns");
                return Err(ValidationError::UnreadableFile { line, reason });
            }
            self.columns = Some(
                header(&cells)
                    .map_err(|reason| ValidationError::UnreadableFile { line, reason })?,
            );
            return Ok(None);
        };
        let content = if is_too_long {
            Err(too_long())
        } else if has_too_many || cells.ends.len() != columns.len() {
            Err(bad_row(format!(
                "has {}{} cells, but the header has {}",
                if has_too_many { "more than " } else { "" },
                if has_too_many {
                    MAX_COLUMNS
                } else {
                    cells.ends.len()
                },
                columns.len()
            )))
        } else {
            parse(columns, &cells)
        };
        Ok(Some(Row { line, content }))
    }
}

/// Counts line breaks: LF, CR or CRLF.
#[derive(Default)]
struct LineBreaks {
    count: u64,
    after_return: bool,
}

impl LineBreaks {
    fn count(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let is_second = *byte == b'\n' && self.after_return;
            self.count += u64::from(matches!(byte, b'\n' | b'\r') && !is_second);
            self.after_return = *byte == b'\r';
        }
    }
}

struct Cells<'a> {
    bytes: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Cells<'a> {
    fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        let (bytes, ends) = (self.bytes, self.ends);
        let starts = std::iter::once(0).chain(ends.iter().copied());
        starts
            .zip(ends)
            .map(move |(start, end)| &bytes[start..*end])
    }
}

fn header(cells: &Cells<'_>) -> Result<Vec<Column>, String> {
    let mut columns = Vec::new();
    for cell in cells.iter() {
        let name = std::str::from_utf8(cell).map_err(|_| "the header is not UTF-8")?;
        let name = name.trim();
        match FIELDS.iter().find(|field| field.name == name) {
            Some(field) if has_column(&columns, field.name) => {
                return Err(format!("duplicate column \"{name}\""));
            }
            None if !is_server_owned(name) => return Err(unknown_column(name)),
            known => columns.push(known),
        }
    }
    if !has_column(&columns, "code") {
        return Err("missing column \"code\"".into());
    }
    Ok(columns)
}

fn has_column(columns: &[Column], name: &str) -> bool {
    columns.iter().flatten().any(|field| field.name == name)
}

fn unknown_column(name: &str) -> String {
    let hint = if name.contains([';', '\t']) {
        " (columns are separated by commas)"
    } else {
        ""
    };
    let name = text::clipped(name.to_owned(), MAX_SHOWN_NAME);
    let known: Vec<_> = FIELDS.iter().map(|field| field.name).collect();
    format!("unknown column {name:?}{hint}; use {}", known.join(", "))
}

/// An empty cell clears a field that can be empty; for other fields it counts as missing.
fn parse(columns: &[Column], cells: &Cells<'_>) -> Result<ProductUpsert, ValidationError> {
    let mut members = Map::new();
    let mut names = None;
    let mut errors = Vec::new();
    for (column, cell) in columns.iter().zip(cells.iter()) {
        let Some(field) = *column else { continue };
        let Ok(cell) = std::str::from_utf8(cell) else {
            errors.push(FieldError::new(field.name, "is not UTF-8"));
            continue;
        };
        match (field.kind, field.presence) {
            (FieldKind::Strings { .. }, _) => names = Some(thumbnails::names(cell)),
            (_, Presence::Required | Presence::Default(_)) if cell.is_empty() => {}
            // Spreadsheets write TRUE and FALSE.
            (FieldKind::Boolean, _) => put(&mut members, field.name, cell.to_ascii_lowercase()),
            _ => put(&mut members, field.name, cell.to_owned()),
        }
    }
    if !errors.is_empty() {
        return Err(ValidationError::Fields(errors));
    }
    let mut raw = RawProduct::read(BodyFields::new(members, BodyFormat::Form))?;
    raw.thumbnails = names.unwrap_or_default();
    ProductUpsert::parse(raw)
}

fn put(members: &mut Map<String, Value>, field: &str, text: String) {
    members.insert(field.to_owned(), Value::String(text));
}
