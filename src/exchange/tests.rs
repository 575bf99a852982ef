//! Reading and writing rows, with every content and in chunks of every size.

use super::*;
use crate::domain::ids::ProductId;
use crate::domain::money::Money;
use crate::domain::product::{MAX_DESCRIPTION, Product};
use crate::exchange::{MAX_COLUMNS, MAX_ROW, RowWriter};

/// All rows of a file that arrives in chunks of `size` bytes.
fn read_in(format: Format, file: &[u8], size: usize) -> Result<Vec<Row>, ValidationError> {
    let mut reader = RowReader::new(format);
    let mut rows = Vec::new();
    for mut part in file.chunks(size) {
        while let Some(row) = reader.read(&mut part)? {
            rows.push(row);
        }
        assert!(part.is_empty(), "unread input");
    }
    while let Some(row) = reader.finish()? {
        rows.push(row);
    }
    Ok(rows)
}

/// The rows of a file; asserts that they do not depend on the size of chunks.
fn read(format: Format, file: &[u8]) -> Result<Vec<Row>, ValidationError> {
    let rows = read_in(format, file, file.len().max(1));
    for size in [1, 2, 3, 7, 64] {
        assert_eq!(read_in(format, file, size), rows, "in chunks of {size}");
    }
    rows
}

fn rows(format: Format, file: &str) -> Vec<Row> {
    read(format, file.as_bytes()).expect("a file")
}

/// The line of an invalid row and its invalid fields.
fn refusal(row: &Row) -> (u64, Vec<&str>) {
    let errors = row.content.as_ref().expect_err("a bad row").fields();
    (row.line, errors.iter().map(|e| e.field.as_str()).collect())
}

/// The line and the reason of an unreadable file.
fn unreadable(file: &str) -> (u64, String) {
    match read(Format::Csv, file.as_bytes()) {
        Err(ValidationError::UnreadableFile { line, reason }) => (line, reason),
        other => panic!("{other:?}"),
    }
}

fn product(code: &str) -> Product {
    Product {
        id: ProductId::from_bytes([7; 12]),
        title: "Vase".into(),
        code: code.into(),
        price: Money::from_minor(1999),
        status: true,
        stock: 3,
        category: "general".into(),
        version: 4,
        ..Product::default()
    }
}

#[test]
fn columns_come_in_any_order_and_server_owned_ones_are_ignored() {
    let file = "\u{feff}_id,stock, title ,code,version\r\nx,3,Vase,A,9\r\n";
    let row = &rows(Format::Csv, file)[0];
    let patch = row.content.as_ref().expect("a row").patch();
    assert_eq!(row.line, 2);
    assert_eq!(
        (patch.stock, patch.title.as_deref()),
        (Some(3), Some("Vase"))
    );
    assert_eq!(patch.price, None);
}

#[test]
fn an_empty_cell_clears_a_field_that_can_be_empty() {
    let file = "code,title,description,status,thumbnails\nA,,,,\n";
    let rows = rows(Format::Csv, file);
    let patch = rows[0].content.as_ref().expect("a row").patch();
    assert_eq!((&patch.title, patch.status), (&None, None));
    assert_eq!(patch.description.as_deref(), Some(""));
    assert_eq!(patch.thumbnails, Some(Vec::new()));
}

#[test]
fn line_numbers_count_blank_lines_and_quoted_breaks() {
    let file = "code,title\n\r\n\nA,\"one\ntwo\"\n\nB,x\nC,y";
    let lines: Vec<_> = rows(Format::Csv, file).iter().map(|row| row.line).collect();
    assert_eq!(lines, [4, 7, 8]);
    let file = "\n{\"code\":\"A\"}\r\n \n{\"code\":\"B\"}";
    let lines: Vec<_> = rows(Format::Ndjson, file)
        .iter()
        .map(|row| row.line)
        .collect();
    assert_eq!(lines, [2, 4]);
}

#[test]
fn cr_and_crlf_end_a_line() {
    let file = "code,title\rA,x\r\rB,y\r\nC,z\r\n";
    let lines: Vec<_> = rows(Format::Csv, file).iter().map(|row| row.line).collect();
    assert_eq!(lines, [2, 4, 5]);
}

#[test]
fn an_unterminated_quote_is_an_invalid_row() {
    for (file, line) in [
        ("code,title\nA,x\nB,\"y\nC,z\n", 3),
        ("code,title\nA,\"x", 2),
        ("code,title\nA,\"x\"\"", 2),
    ] {
        let rows = rows(Format::Csv, file);
        let last = rows.last().expect("a row");
        assert_eq!(refusal(last), (line, vec!["row"]), "{file}");
        let reason = &last.content.as_ref().expect_err("no row").fields()[0].reason;
        assert!(reason.contains("unterminated quote"), "{reason}");
    }
    assert_eq!(unreadable("code,\"title\nA,x\n").0, 1);
    let whole = rows(Format::Csv, "code,title\nA,\"x\"");
    assert!(
        whole[0].content.is_ok(),
        "the end of the file ends a complete row"
    );
}

#[test]
fn an_invalid_row_does_not_affect_others() {
    let file = "code,price,stock,status\nA,1.005,x,maybe\n,1,1,true\nB,1,1\nC,1,1,TRUE\n";
    let rows = rows(Format::Csv, file);
    assert_eq!(refusal(&rows[0]), (2, vec!["price", "status", "stock"]));
    assert_eq!(refusal(&rows[1]), (3, vec!["code"]));
    assert_eq!(refusal(&rows[2]), (4, vec!["row"]));
    assert!(rows[3].content.is_ok());

    let file = "{\"code\":\"A\",\"price\":\"1\",\"colour\":1}\n[]\n{\nnull\n{\"code\":\"B\",\"title\":null}\n{\"code\":\"C\",\"_id\":\"x\",\"__v\":0}";
    let rows = self::rows(Format::Ndjson, file);
    let fields: Vec<_> = rows[..5].iter().map(|row| refusal(row).1[0]).collect();
    assert_eq!(fields, ["colour", "row", "row", "row", "title"]);
    assert!(rows[5].content.is_ok());
}

#[test]
fn invalid_utf8_is_an_invalid_row() {
    let rows = read(Format::Csv, b"code,title\nA,\xff\nB,x\n").expect("a file");
    assert_eq!(refusal(&rows[0]), (2, vec!["title"]));
    assert!(rows[1].content.is_ok());
    let rows = read(Format::Ndjson, b"{\"code\":\"\xff\"}\n{\"code\":\"B\"}\n").expect("a file");
    assert_eq!(refusal(&rows[0]), (1, vec!["row"]));
    assert!(rows[1].content.is_ok());
}

#[test]
fn an_invalid_header_makes_the_file_unreadable() {
    for (file, words) in [
        ("", "missing header"),
        ("\n\n", "missing header"),
        ("title,price\nx,1\n", "\"code\""),
        ("code,colour\nx,1\n", "\"colour\""),
        ("code;title\nx;1\n", "separated by commas"),
        ("code,title,code\nx,y,z\n", "duplicate"),
        ("code,\nx,1\n", "unknown column \"\""),
    ] {
        let (line, reason) = unreadable(file);
        assert!(reason.contains(words), "{file:?}: {reason}");
        assert_eq!(line, 1);
    }
    let wide = vec!["code"; MAX_COLUMNS + 1].join(",");
    assert!(unreadable(&wide).1.contains("columns"));
    assert!(unreadable(&"x".repeat(2 * MAX_ROW)).1.contains("columns"));
}

#[test]
fn rows_beyond_the_limits_are_invalid_and_skipped() {
    let long = "x".repeat(MAX_ROW + 1);
    let wide = ",".repeat(5 * MAX_COLUMNS);
    let file = format!("code,title\nA,{long}\n{wide}\nB,x\nC,\"unterminated {long}");
    let rows = read_in(Format::Csv, file.as_bytes(), 1000).expect("a file");
    assert_eq!(refusal(&rows[0]), (2, vec!["row"]));
    assert_eq!(refusal(&rows[1]), (3, vec!["row"]));
    assert_eq!(rows[2].content.as_ref().expect("a row").code(), "B");
    assert_eq!(refusal(&rows[3]), (5, vec!["row"]));

    let file = format!("{{\"code\":\"{long}\"}}\n{{\"code\":\"B\"}}\n");
    let rows = read_in(Format::Ndjson, file.as_bytes(), 1000).expect("a file");
    assert_eq!(refusal(&rows[0]), (1, vec!["row"]));
    assert!(rows[1].content.is_ok());
}

#[test]
fn written_rows_read_back_unchanged() {
    let mut long = product("LONG");
    long.description = "\u{1F335}".repeat(MAX_DESCRIPTION);
    let mut odd = product(" =1+1,\"x\";é ");
    odd.title = "@SUM(A1) \u{feff}".into();
    odd.description = " a\r\nb\rc\td\"\n".into();
    odd.status = false;
    odd.category = "'; --".into();
    odd.thumbnails = vec!["a|b.png".into(), "[x].png".into()];
    let mut plain = product("P");
    plain.thumbnails = vec!["a.png".into(), "b.png".into()];
    let products = [long, odd, plain, product("Z")];

    for format in [Format::Csv, Format::Ndjson] {
        let writer = RowWriter::new(format);
        let file = [
            writer.header().into_bytes(),
            writer.rows(&products).expect("bytes"),
        ]
        .concat();
        let rows = read_in(format, &file, 999).expect("a file");
        for (row, product) in rows.iter().zip(&products) {
            let row = row.content.as_ref().expect("a good row");
            let read = row.product().expect("a whole product");
            assert_eq!(
                row.decide(Some(product)),
                crate::domain::upsert::Decision::Keep
            );
            assert_eq!(read.thumbnails, product.thumbnails);
        }
        assert_eq!(rows.len(), products.len());
    }
}

#[test]
fn the_extension_sets_the_format() {
    assert_eq!(Format::of_path("x/Y.CSV".as_ref()), Ok(Format::Csv));
    assert_eq!(Format::of_path("x.ndjson".as_ref()), Ok(Format::Ndjson));
    for path in ["x", "x.json", ".csv", "csv"] {
        assert!(Format::of_path(path.as_ref()).is_err(), "{path}");
    }
}

#[test]
fn the_code_is_the_first_column_and_member() {
    let csv = RowWriter::new(Format::Csv);
    assert!(csv.header().starts_with("code,title,"));
    let rows = csv.rows(&[product("A")]).expect("bytes");
    assert!(rows.starts_with(b"A,Vase,"));
    let rows = RowWriter::new(Format::Ndjson).rows(&[product("A")]);
    assert!(rows.expect("bytes").starts_with(b"{\"code\":\"A\","));
}

#[test]
fn a_row_of_the_maximum_length_is_read() {
    let mut file = String::from("{\"code\":\"A\"}");
    file.push_str(&" ".repeat(MAX_ROW - file.len()));
    file.push_str("\n{\"code\":\"B\"}");
    let rows = read_in(Format::Ndjson, file.as_bytes(), 1000).expect("a file");
    assert!(rows.iter().all(|row| row.content.is_ok()));
    file.insert(0, ' ');
    let rows = read_in(Format::Ndjson, file.as_bytes(), 1000).expect("a file");
    assert_eq!(refusal(&rows[0]), (1, vec!["row"]));
}

#[test]
fn short_rows_at_the_start_of_a_file_are_all_read() {
    let rows = rows(Format::Ndjson, "1\n2\n3");
    let lines: Vec<_> = rows.iter().map(refusal).collect();
    assert_eq!(lines, [1, 2, 3].map(|line| (line, vec!["row"])));
}

#[test]
fn invalid_json_is_reported_with_its_column() {
    let rows = rows(Format::Ndjson, "{\"code\":\"A\"}\n{\"code\" 1}");
    let errors = rows[1].content.as_ref().expect_err("no JSON").to_string();
    assert!(errors.contains("expected `:` at column 9"), "{errors}");
    assert!(!errors.contains("line"), "{errors}");
}
