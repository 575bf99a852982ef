//! Bytes from products.

use serde::Serialize;

use super::{Format, thumbnails};
use crate::domain::product::Product;
use crate::protocol::amount::Amount;

/// The columns of a CSV file, which are also the members of an NDJSON line, in their order.
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

/// Writes a product's own fields. What the server owns (ids, versions, moments) is left out, so that
/// the same goods are the same bytes in every store.
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
    /// A writer of this form.
    pub fn new(format: Format) -> Self {
        Self { format }
    }

    /// What stands before the first row.
    pub fn header(self) -> String {
        match self.format {
            Format::Csv => COLUMNS.join(",") + "\n",
            Format::Ndjson => String::new(),
        }
    }

    /// The rows of these products.
    ///
    /// # Errors
    /// None that memory alone does not give.
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
