//! Reads rows from chunks of bytes of any size.

use super::csv::CsvReader;
use super::ndjson::NdjsonReader;
use super::{Format, Row};
use crate::domain::error::ValidationError;

/// Some programs write it before the first character.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads rows from the chunks of a file; holds at most one row in memory.
pub struct RowReader {
    format: FormatReader,
    /// The first bytes, until it is clear whether they are a byte order mark.
    head: Option<Vec<u8>>,
    /// First bytes that are not a byte order mark, and how many of them were read.
    first: Vec<u8>,
    taken: usize,
}

enum FormatReader {
    Csv(Box<CsvReader>),
    Ndjson(NdjsonReader),
}

impl RowReader {
    pub fn new(format: Format) -> Self {
        Self {
            format: match format {
                Format::Csv => FormatReader::Csv(Box::default()),
                Format::Ndjson => FormatReader::Ndjson(NdjsonReader::default()),
            },
            head: Some(Vec::new()),
            first: Vec::new(),
            taken: 0,
        }
    }

    /// The next row; advances `input` past it. `None` when `input` is used up and more is needed.
    ///
    /// # Errors
    /// The file is unreadable as a whole. Errors of single rows are in [`Row::content`].
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Row>, ValidationError> {
        if !self.is_past_mark(input) {
            return Ok(None);
        }
        if let Some(row) = self.read_first()? {
            return Ok(Some(row));
        }
        self.format.read(input)
    }

    /// The next row after the end of the input; call it until it returns `None`.
    ///
    /// # Errors
    /// As for [`RowReader::read`].
    pub fn finish(&mut self) -> Result<Option<Row>, ValidationError> {
        if let Some(head) = self.head.take() {
            self.first = head;
        }
        if let Some(row) = self.read_first()? {
            return Ok(Some(row));
        }
        self.format.finish()
    }

    /// Removes a byte order mark; `false` while there are too few bytes to decide.
    fn is_past_mark(&mut self, input: &mut &[u8]) -> bool {
        let Some(head) = &mut self.head else {
            return true;
        };
        let missing = BYTE_ORDER_MARK.len() - head.len();
        let (part, rest) = input.split_at(missing.min(input.len()));
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
        let row = self.format.read(&mut rest);
        self.taken = self.first.len() - rest.len();
        row
    }
}

impl FormatReader {
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
