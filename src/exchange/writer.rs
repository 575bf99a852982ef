//! Writes products as rows.

use serde::Serializer;

use super::{Format, thumbnails};
use crate::domain::field_spec::FieldSpec;
use crate::domain::field_value::FieldValue;
use crate::domain::product::{FIELDS, Product};
use crate::protocol::field_json::FieldJson;

/// Writes the fields that a client can set. Ids, versions and timestamps are left out, so that the
/// same products give the same bytes from every store.
#[derive(Debug, Clone, Copy)]
pub struct RowWriter {
    format: Format,
}

impl RowWriter {
    pub fn new(format: Format) -> Self {
        Self { format }
    }

    /// The text before the first row.
    pub fn header(self) -> String {
        match self.format {
            Format::Csv => {
                let columns = code_first(FIELDS.iter().map(|field| (field, ())));
                let names: Vec<_> = columns.iter().map(|(field, ())| field.name).collect();
                names.join(",") + "\n"
            }
            Format::Ndjson => String::new(),
        }
    }

    pub fn rows(self, products: &[Product]) -> std::io::Result<Vec<u8>> {
        match self.format {
            Format::Csv => csv_rows(products),
            Format::Ndjson => ndjson_rows(products),
        }
    }
}

fn csv_rows(products: &[Product]) -> std::io::Result<Vec<u8>> {
    let mut rows = ::csv::Writer::from_writer(Vec::new());
    for product in products {
        let values = code_first(product.values()).into_iter();
        rows.write_record(values.map(|(_, value)| cell(value)))?;
    }
    rows.into_inner().map_err(|error| error.into_error())
}

fn cell(value: FieldValue<'_>) -> String {
    match value {
        FieldValue::Text(text) => text.to_owned(),
        FieldValue::Money(money) => money.to_string(),
        FieldValue::Boolean(value) => value.to_string(),
        FieldValue::Integer(number) => number.to_string(),
        FieldValue::Strings(strings) => thumbnails::cell(strings),
    }
}

fn ndjson_rows(products: &[Product]) -> std::io::Result<Vec<u8>> {
    let mut rows = Vec::new();
    for product in products {
        let values = code_first(product.values()).into_iter();
        let members = values.map(|(field, value)| (field.name, FieldJson(value)));
        serde_json::Serializer::new(&mut rows).collect_map(members)?;
        rows.push(b'\n');
    }
    Ok(rows)
}

/// Puts the code first, because it is the key of the row.
fn code_first<T>(
    fields: impl Iterator<Item = (&'static FieldSpec, T)>,
) -> Vec<(&'static FieldSpec, T)> {
    let mut fields: Vec<_> = fields.collect();
    fields.sort_by_key(|(field, _)| field.name != "code");
    fields
}
