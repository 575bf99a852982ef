//! Rows of an import: an export is read back unchanged, and valid or damaged rows are read alike in
//! all chunks.

use vitrina::domain::error::ValidationError;
use vitrina::domain::ids::ProductId;
use vitrina::domain::money::Money;
use vitrina::domain::product::{NewProduct, Product};
use vitrina::exchange::{Format, Row, RowReader, RowWriter};

use crate::frames::cut;
use crate::random::Random;

/// The rows of a file, and the error that ended the reading.
type ReadResult = (Vec<Row>, Option<ValidationError>);

pub(crate) fn check(seed: u64) -> Result<(), String> {
    let mut random = Random::new(seed);
    let format = random.pick(&[Format::Csv, Format::Ndjson]);
    let products: Vec<_> = (0..random.below(6))
        .map(|number| product(number, &mut random))
        .collect();
    let bytes = export(format, &products, &mut random);
    check_exported(format, &bytes, &products, &mut random)?;
    check_damaged(format, bytes, &mut random)
}

fn export(format: Format, products: &[Product], random: &mut Random) -> Vec<u8> {
    let writer = RowWriter::new(format);
    let mut bytes = Vec::new();
    if random.once_in(3) {
        bytes.extend("\u{feff}".as_bytes());
    }
    bytes.extend(writer.header().into_bytes());
    bytes.extend(writer.rows(products).expect("it fits in memory"));
    bytes
}

fn check_exported(
    format: Format,
    bytes: &[u8],
    products: &[Product],
    random: &mut Random,
) -> Result<(), String> {
    let (rows, end) = read(format, &cut(bytes, random));
    if end.is_some() || rows.len() != products.len() {
        return Err(format!(
            "{} rows of {}: {end:?}",
            rows.len(),
            products.len()
        ));
    }
    for (row, product) in rows.into_iter().zip(products) {
        let content = row.content.map_err(|error| error.to_string())?;
        let read = content.product().map_err(|error| error.to_string())?;
        if !is_of(&read, product) {
            return Err(format!("{read:?}\nis read from {product:?}"));
        }
    }
    Ok(())
}

fn check_damaged(format: Format, mut bytes: Vec<u8>, random: &mut Random) -> Result<(), String> {
    damage(&mut bytes, random);
    let whole = read(format, std::slice::from_ref(&bytes));
    let in_pieces = read(format, &cut(&bytes, random));
    if whole != in_pieces {
        return Err(format!(
            "{:?}\nwhole:     {whole:?}\nin chunks: {in_pieces:?}",
            String::from_utf8_lossy(&bytes)
        ));
    }
    let is_end = |byte: &&u8| **byte == b'\n' || (format == Format::Csv && **byte == b'\r');
    let lines = bytes.iter().filter(is_end).count() as u64 + 1;
    let mut last = 1;
    for row in &whole.0 {
        if row.line < last || row.line > lines {
            return Err(format!("line {} after {last} of {lines}", row.line));
        }
        last = row.line;
    }
    Ok(())
}

/// Reads a file that comes in chunks.
fn read(format: Format, chunks: &[Vec<u8>]) -> ReadResult {
    let mut reader = RowReader::new(format);
    let mut rows = Vec::new();
    for chunk in chunks {
        let mut rest = &chunk[..];
        loop {
            match reader.read(&mut rest) {
                Ok(Some(row)) => rows.push(row),
                Ok(None) => break,
                Err(error) => return (rows, Some(error)),
            }
        }
    }
    loop {
        match reader.finish() {
            Ok(Some(row)) => rows.push(row),
            Ok(None) => return (rows, None),
            Err(error) => return (rows, Some(error)),
        }
    }
}

fn product(number: u64, random: &mut Random) -> Product {
    Product {
        id: ProductId::from_bytes([7; 12]),
        title: line(random),
        description: paragraphs(random),
        code: format!("{}{number}", line(random)),
        price: Money::from_minor(random.below(1_000_000_001) as i64),
        status: random.once_in(2),
        stock: random.pick(&[0, 1, 17, 1_000_000]),
        category: line(random),
        version: 1,
        ..Product::default()
    }
}

/// A string that must be quoted.
fn line(random: &mut Random) -> String {
    let part = |random: &mut Random| {
        random.pick(&[
            "a", "\"", "\"\"", ",", ";", "'", "=1+1", "@", "\\", "\\n", "{", "ñ", "🙂", "true",
            "0", "null",
        ])
    };
    let parts = (0..random.between(1, 8)).map(|_| part(random));
    parts.collect()
}

fn paragraphs(random: &mut Random) -> String {
    let lines: Vec<_> = (0..random.below(4)).map(|_| line(random)).collect();
    lines.join(random.pick(&["\n", "\t", "\n\n"]))
}

fn is_of(read: &NewProduct, product: &Product) -> bool {
    read.title == product.title
        && read.description == product.description
        && read.code == product.code
        && read.price == product.price
        && read.status == product.status
        && read.stock == product.stock
        && read.category == product.category
        && read.thumbnails == product.thumbnails
}

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    bytes.push(b'\n');
    for _ in 0..random.between(1, 4) {
        let at = random.below(bytes.len() as u64) as usize;
        match random.below(6) {
            0 => bytes.truncate(at + 1),
            1 => bytes[at] = random.pick(b"\"\\{}[],:;\r\n\0\xff\xc3 0"),
            2 if bytes.len() > 1 => drop(bytes.remove(at)),
            3 => bytes.insert(at, random.pick(b"\"\\,\r\n\0\xef\xf0x")),
            4 => bytes.extend_from_within(at..),
            _ => bytes.rotate_left(at),
        }
    }
}
