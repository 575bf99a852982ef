//! Writes products as rows.

use serde::Serialize;

use super::{Format, thumbnails};
use crate::domain::product::Product;
use crate::protocol::amount::Amount;

/// The columns of a CSV file, in the order of the members of an NDJSON line.
const COLUMNS: [&str; 8] = [
    "code",
    "title",
    "description",
    "price",
    "status",
    "stock",
    "category",
    "thumbnails",
];

/// Writes the fields that a client can set. Ids, versions and timestamps are left out, so that the
/// same products give the same bytes from every store.
#[derive(Debug, Clone, Copy)]
pub struct RowWriter {
    format: Format,
}

#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    title: &'a str,
    description: &'a str,
    price: Amount,
    status: bool,
    stock: i64,
    category: &'a str,
    thumbnails: &'a [String],
}

impl RowWriter {
    pub fn new(format: Format) -> Self {
        Self { format }
    }

    /// The text before the first row.
    pub fn header(self) -> String {
        match self.format {
            Format::Csv => COLUMNS.join(",") + "\n",
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
        rows.write_record([
            product.code.as_str(),
            &product.title,
            &product.description,
            &product.price.to_string(),
            if product.status { "true" } else { "false" },
            &product.stock.to_string(),
            &product.category,
            &thumbnails::cell(&product.thumbnails),
        ])?;
    }
    rows.into_inner().map_err(|error| error.into_error())
}

fn ndjson_rows(products: &[Product]) -> std::io::Result<Vec<u8>> {
    let mut rows = Vec::new();
    for product in products {
        let line = Line {
            code: &product.code,
            title: &product.title,
            description: &product.description,
            price: Amount(product.price),
            status: product.status,
            stock: product.stock,
            category: &product.category,
            thumbnails: &product.thumbnails,
        };
        serde_json::to_writer(&mut rows, &line)?;
        rows.push(b'\n');
    }
    Ok(rows)
}
