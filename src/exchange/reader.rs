//! Rows from bytes, however the bytes are cut.

use super::csv::CsvReader;
use super::ndjson::NdjsonReader;
use super::{Format, Row};
use crate::domain::error::ValidationError;

/// What some programs write before the first character.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Takes a file's bytes in parts of any size and gives its rows. Holds one row at most.
pub struct RowReader {
    form: Form,
    /// The first bytes, until they are known to be a byte order mark or not.
    head: Option<Vec<u8>>,
    /// First bytes that are none, and what of them is taken.
    first: Vec<u8>,
    taken: usize,
}

enum Form {
    Csv(Box<CsvReader>),
    Ndjson(NdjsonReader),
}

impl std::fmt::Debug for RowReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowReader").finish_non_exhaustive()
    }
}

impl RowReader {
    /// Reads from a file's beginning.
    pub fn new(format: Format) -> Self {
        Self {
            form: match format {
                Format::Csv => Form::Csv(Box::default()),
                Format::Ndjson => Form::Ndjson(NdjsonReader::default()),
            },
            head: Some(Vec::new()),
            first: Vec::new(),
            taken: 0,
        }
    }

    /// The next row, and `input` moved behind it; `None` when all of `input` is taken and more is
    /// needed.
    ///
    /// # Errors
    /// No row of the file can be read.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Row>, ValidationError> {
        if !self.is_past_mark(input) {
            return Ok(None);
        }
        if let Some(row) = self.read_first()? {
            return Ok(Some(row));
        }
        self.form.read(input)
    }

    /// The next row behind the last byte; to be called until there is none.
    ///
    /// # Errors
    /// No row of the file can be read.
    pub fn finish(&mut self) -> Result<Option<Row>, ValidationError> {
        if let Some(head) = self.head.take() {
            self.first = head;
        }
        if let Some(row) = self.read_first()? {
            return Ok(Some(row));
        }
        self.form.finish()
    }

    /// Finds out whether there is a byte order mark; `false` while too few bytes are there.
    fn is_past_mark(&mut self, input: &mut &[u8]) -> bool {
        let Some(head) = &mut self.head else {
            return true;
        };
        let wanted = BYTE_ORDER_MARK.len() - head.len();
        let (part, rest) = input.split_at(wanted.min(input.len()));
        head.extend_from_slice(part);
        *input = rest;
        if head.len() < BYTE_ORDER_MARK.len() {
            return false;
        }
        if head != BYTE_ORDER_MARK {
            self.first = std::mem::take(head);
        }
        self.head = None;
        true
    }

    fn read_first(&mut self) -> Result<Option<Row>, ValidationError> {
        let mut rest = &self.first[self.taken..];
        let row = self.form.read(&mut rest);
        self.taken = self.first.len() - rest.len();
        row
    }
}

impl Form {
    fn read(&mut self, input: &mut &[u8]) -> Result<Option<Row>, ValidationError> {
        match self {
            Self::Csv(csv) => csv.read(input),
            Self::Ndjson(ndjson) => Ok(ndjson.read(input)),
        }
    }

    fn finish(&mut self) -> Result<Option<Row>, ValidationError> {
        match self {
            Self::Csv(csv) => csv.finish(),
            Self::Ndjson(ndjson) => Ok(ndjson.finish()),
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
