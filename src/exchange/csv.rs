//! CSV: a header that names the columns, and a row each product.

use csv_core::ReadRecordResult;
use serde_json::{Map, Value};

use super::{MAX_COLUMNS, MAX_ROW, Row, bad_row, thumbnails, too_long};
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::members::{Members, Origin, is_server_owned};
use crate::domain::product::{FIELDS, RawProduct};
use crate::domain::text;
use crate::domain::upsert::ProductUpsert;

/// Longest name of a column that is repeated.
const NAMED: usize = 100;

/// Records on their way to rows.
pub(super) struct CsvReader {
    records: csv_core::Reader,
    /// The records were given a byte.
    is_begun: bool,
    /// The present record's cells, one behind the other, and where each ends.
    cells: Vec<u8>,
    ends: Vec<usize>,
    filled: usize,
    ended: usize,
    is_too_long: bool,
    has_too_many: bool,
    breaks: Breaks,
    /// The line on which the present record began.
    begun: Option<u64>,
    /// What the columns are, once the header was read; `None` for one that is ignored.
    columns: Option<Vec<Option<&'static str>>>,
}

impl Default for CsvReader {
    fn default() -> Self {
        Self {
            records: csv_core::Reader::new(),
            is_begun: false,
            cells: vec![0; MAX_ROW],
            ends: vec![0; MAX_COLUMNS],
            filled: 0,
            ended: 0,
            is_too_long: false,
            has_too_many: false,
            breaks: Breaks::default(),
            begun: None,
            columns: None,
        }
    }
}

impl CsvReader {
    /// Reads up to the end of a row; `None` when all input is taken.
    pub(super) fn read(&mut self, input: &mut &[u8]) -> Result<Option<Row>, ValidationError> {
        // No input at all would tell the records that the file is at its end.
        while !input.is_empty() && self.begin(input) {
            if self.read_record(input)
                && let Some(row) = self.end_record()?
            {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// The last row, where no line break ends it.
    pub(super) fn finish(&mut self) -> Result<Option<Row>, ValidationError> {
        if self.begun.is_some() {
            // It ends every record but one with an open quote, of which it is a part.
            let mut end = &b"\n"[..];
            while !end.is_empty() {
                if self.read_record(&mut end) {
                    return self.end_record();
                }
            }
            return self.end_open_quote().map(Some);
        }
        match self.columns {
            Some(_) => Ok(None),
            None => Err(ValidationError::UnreadableFile {
                line: 1,
                reason: "there is no header, which names the columns".into(),
            }),
        }
    }

    /// Passes over blank lines to where a record begins; `false` when there is none yet.
    fn begin(&mut self, input: &mut &[u8]) -> bool {
        if self.begun.is_some() {
            return true;
        }
        while let Some((byte @ (b'\n' | b'\r'), rest)) = input.split_first() {
            self.breaks.count(std::slice::from_ref(byte));
            *input = rest;
        }
        if !input.is_empty() {
            self.begun = Some(self.breaks.count + 1);
        }
        !input.is_empty()
    }

    /// Takes input up to the end of the record; whether that was reached. What is too much is passed
    /// over.
    fn read_record(&mut self, input: &mut &[u8]) -> bool {
        let (cells, ends) = (&mut self.cells[self.filled..], &mut self.ends[self.ended..]);
        // A byte order mark at the very beginning was taken off; the records would pass over a second one, if only it
        // came in one piece.
        let part = match std::mem::replace(&mut self.is_begun, true) {
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

    /// The rest of the file is one cell: nobody meant that.
    fn end_open_quote(&mut self) -> Result<Row, ValidationError> {
        let line = self.begun.take().unwrap_or_default();
        let reason = "has a quote that is never closed";
        match self.columns {
            Some(_) => Ok(Row {
                line,
                content: Err(bad_row(format!(
                    "{reason}: nothing behind it could be read"
                ))),
            }),
            None => Err(ValidationError::UnreadableFile {
                line,
                reason: format!("the header {reason}"),
            }),
        }
    }

    fn end_record(&mut self) -> Result<Option<Row>, ValidationError> {
        let line = self.begun.take().unwrap_or_default();
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
                "has {}{} cells, the header has {}",
                if has_too_many { "over " } else { "" },
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

/// Ends of lines so far: LF, CR, or both together.
#[derive(Default)]
struct Breaks {
    count: u64,
    after_return: bool,
}

impl Breaks {
    fn count(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let is_second = *byte == b'\n' && self.after_return;
            self.count += u64::from(matches!(byte, b'\n' | b'\r') && !is_second);
            self.after_return = *byte == b'\r';
        }
    }
}

/// The cells of one record.
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

/// What the columns are.
fn header(cells: &Cells<'_>) -> Result<Vec<Option<&'static str>>, String> {
    let mut columns = Vec::new();
    for cell in cells.iter() {
        let name = std::str::from_utf8(cell).map_err(|_| "the header is not UTF-8")?;
        let name = name.trim();
        match FIELDS.into_iter().find(|field| *field == name) {
            Some(field) if columns.contains(&Some(field)) => {
                return Err(format!("the column \"{field}\" stands twice"));
            }
            None if !is_server_owned(name) => return Err(unknown_column(name)),
            known => columns.push(known),
        }
    }
    if !columns.contains(&Some("code")) {
        return Err("there is no column \"code\", by which products are known".into());
    }
    Ok(columns)
}

fn unknown_column(name: &str) -> String {
    let hint = if name.contains([';', '\t']) {
        "; columns are separated by commas"
    } else {
        ""
    };
    let name = text::clipped(name.to_owned(), NAMED);
    format!(
        "there is no column {name:?}{hint}; the columns are {}",
        FIELDS.join(", ")
    )
}

/// An empty cell is an empty value where the field can be empty, and says nothing elsewhere.
fn parse(
    columns: &[Option<&'static str>],
    cells: &Cells<'_>,
) -> Result<ProductUpsert, ValidationError> {
    let mut members = Map::new();
    let mut names = None;
    let mut errors = Vec::new();
    for (column, cell) in columns.iter().zip(cells.iter()) {
        let Some(field) = *column else { continue };
        match (std::str::from_utf8(cell), field) {
            (Err(_), _) => errors.push(FieldError::new(field, "is not UTF-8")),
            (Ok(cell), "thumbnails") => names = Some(thumbnails::names(cell)),
            (Ok(""), field) if field != "description" => {}
            // Spreadsheets write TRUE.
            (Ok(cell), "status") => put(&mut members, field, cell.to_ascii_lowercase()),
            (Ok(cell), _) => put(&mut members, field, cell.to_owned()),
        }
    }
    if !errors.is_empty() {
        return Err(ValidationError::Fields(errors));
    }
    let mut raw = RawProduct::read(Members::new(members, Origin::Form))?;
    raw.thumbnails = names.unwrap_or_default();
    ProductUpsert::parse(raw)
}

fn put(members: &mut Map<String, Value>, field: &str, text: String) {
    members.insert(field.to_owned(), Value::String(text));
}
