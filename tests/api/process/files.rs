//! `import` and `export`: the program moves products between stores and files.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Output, Stdio};

use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use crate::app::{TestApp, run};
use crate::place::Place;
use crate::program::{Program, kill, output_of, vitrina};

/// Runs a command on the data of a place, in its folder.
pub(super) fn on(place: &Place, arguments: &[&str]) -> Output {
    let (store, uploads) = (place.store(), place.uploads());
    let uploads = uploads.to_str().expect("a path");
    let places = ["--store", &store, "--uploads", uploads];
    output_of(vitrina(place.folder(), &[arguments, &places].concat()))
}

/// What a command that did all that it was asked says on stdout.
pub(super) fn said(output: Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert_eq!(told, "");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What a command says on stderr that ends with this status.
pub(super) fn refusal(output: Output, status: i32) -> String {
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(status), "{told}");
    if status == 2 {
        assert_eq!(told.trim_end().lines().count(), 1, "{told}");
        assert!(output.stdout.is_empty());
    }
    told
}

fn read(place: &Place, file: &str) -> Vec<u8> {
    fs::read(place.folder().join(file)).expect("a file")
}

fn write(place: &Place, file: &str, text: &str) {
    fs::write(place.folder().join(file), text).expect("a file");
}

/// So many rows, some of them odd.
fn goods(count: usize) -> String {
    let mut rows = String::from("stock,code,title,description,price,category,status\n");
    for n in 0..count {
        let odd = ["plain", "\"two\nlines, \"\"quoted\"\"\"", "=1+1", " é漢🏺 "][n % 4];
        let (price, status) = (n as f64 / 100.0, n % 7 != 0);
        rows += &format!(
            "{n},C-{n:05},Vase {n},{odd},{price},group {},{status}\n",
            n % 4
        );
    }
    rows
}

/// What goes out, comes in elsewhere and goes out again is the same to the byte.
fn goes_round(place: &Place) {
    write(place, "goods.csv", &goods(700));
    let told = said(on(place, &["import", "goods.csv"]));
    assert!(
        told.contains("700 created, 0 updated, 0 unchanged, 0 refused"),
        "{told}"
    );
    let twin = place.another();
    for file in ["out.csv", "out.ndjson"] {
        assert!(said(on(place, &["export", file])).contains("700 products"));
        write(
            &twin,
            file,
            &String::from_utf8(read(place, file)).expect("UTF-8"),
        );
    }
    said(on(&twin, &["import", "out.csv"]));
    let told = said(on(&twin, &["import", "out.ndjson"]));
    assert!(
        told.contains("0 created, 0 updated, 700 unchanged"),
        "{told}"
    );
    for file in ["out.csv", "out.ndjson"] {
        let again = format!("again-{file}");
        said(on(&twin, &["export", &again]));
        assert_eq!(read(&twin, &again), read(place, file), "{file}");
    }
}

#[test]
fn products_of_sqlite_go_round() {
    goes_round(&Place::sqlite());
}

#[test]
fn products_of_mongodb_go_round() {
    goes_round(&Place::mongo());
}

#[test]
fn good_rows_go_in_and_bad_ones_are_told() {
    let place = Place::sqlite();
    write(
        &place,
        "a.csv",
        "code,title,price,stock\nA,Vase,1,1\nB,\u{1b}[2J,x,1\n,Cup,1,1\n",
    );
    let output = on(&place, &["import", "a.csv"]);
    let counts = "1 created, 0 updated, 0 unchanged, 2 refused";
    assert!(String::from_utf8_lossy(&output.stdout).contains(counts));
    let told = refusal(output, 1);
    for line in [
        "line 3: title must not have control characters",
        "line 3: price must be a number",
        "line 4: code is required",
        "vitrina: 2 rows were refused",
    ] {
        assert!(told.lines().any(|said| said == line), "{line}: {told}");
    }
    write(&place, "b.ndjson", "{\"code\":\"C\",\"\\u001b[2J\":1}\n");
    let told = refusal(on(&place, &["import", "b.ndjson"]), 1);
    assert!(
        told.contains("\\u{1b}[2J") && !told.contains('\u{1b}'),
        "{told}"
    );
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let place = Place::sqlite();
    write(&place, "a.csv", &goods(30));
    let told = said(on(&place, &["import", "--dry-run", "a.csv"]));
    assert!(
        told.contains("Dry run") && told.contains("30 created"),
        "{told}"
    );
    let there = fs::read_dir(place.folder()).expect("a folder");
    let there: Vec<_> = there
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(there, ["a.csv"]);
    let told = said(on(&place, &["import", "a.csv"]));
    assert!(told.contains("30 created"), "{told}");
    let told = said(on(&place, &["export", "--dry-run", "out.csv"]));
    assert!(told.contains("30 products"), "{told}");
    assert!(!place.folder().join("out.csv").exists());
}

#[test]
fn what_cannot_be_is_one_line_that_names_it() {
    let place = Place::sqlite();
    write(&place, "a.csv", &goods(1));
    write(&place, "a.txt", "code\n");
    write(&place, "taken.csv", "mine");
    said(on(&place, &["import", "a.csv"]));
    for (arguments, words) in [
        (&["import"][..], &["FILE"][..]),
        (&["import", "a.txt"], &["FILE", ".csv", ".ndjson"]),
        (&["import", "nowhere.csv"], &["FILE", "nowhere.csv"]),
        (&["import", "."], &["FILE"]),
        (&["import", "a.csv", "--rush"], &["--rush"]),
        (&["export", "a.txt"], &["FILE", ".csv"]),
        (
            &["export", "taken.csv"],
            &["FILE", "taken.csv", "--overwrite"],
        ),
        (&["export", "nowhere/a.csv"], &["FILE", "nowhere/a.csv"]),
    ] {
        let told = refusal(on(&place, arguments), 2);
        for word in words {
            assert!(told.contains(word), "{arguments:?}: {told}");
        }
    }
    assert_eq!(read(&place, "taken.csv"), b"mine");
    said(on(&place, &["export", "--overwrite", "taken.csv"]));
    assert!(read(&place, "taken.csv").starts_with(b"code,title"));
    let bad = ["export", "b.csv", "--store", "sqlite:nowhere.db"];
    let told = refusal(output_of(vitrina(place.folder(), &bad)), 2);
    assert!(
        told.contains("--store") && told.contains("nowhere.db"),
        "{told}"
    );
    assert!(!place.folder().join("nowhere.db").exists());
    // A file without a header is known only when it is read.
    write(&place, "b.csv", "title\nVase\n");
    let told = refusal(on(&place, &["import", "b.csv"]), 1);
    assert!(
        told.contains("line 1") && told.contains("\"code\""),
        "{told}"
    );
}

#[test]
fn beside_a_server_products_go_out_and_come_in_by_the_server() {
    let place = Place::sqlite();
    let program = Program::start(&place, &[]);
    run(async {
        TestApp::at(program.address()).vase("V-1").await;
    });
    write(&place, "a.csv", &goods(1));
    let told = refusal(on(&place, &["import", "a.csv"]), 2);
    for word in ["--store", "in use", "POST /api/import"] {
        assert!(told.contains(word), "{told}");
    }
    let told = said(on(&place, &["export", "out.csv"]));
    assert!(told.contains("1 products"), "{told}");
    assert!(String::from_utf8_lossy(&read(&place, "out.csv")).contains("V-1"));
}

/// How many products a file has, as another program sees it; none while there is no table.
fn count(file: &Path) -> u64 {
    let opened = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let counted = opened.and_then(|conn| {
        conn.query_row("SELECT count(*) FROM products", [], |row| {
            row.get::<_, i64>(0)
        })
    });
    counted.unwrap_or_default().unsigned_abs()
}

#[test]
fn an_interrupted_import_says_how_far_it_came_and_that_is_there() {
    const ROWS: usize = 50_000;
    let place = Place::sqlite();
    write(&place, "a.csv", &goods(ROWS));
    let store = place.store();
    let mut command = vitrina(place.folder(), &["import", "a.csv", "--store", &store]);
    let mut child = command.stderr(Stdio::piped()).spawn().expect("a process");
    let file = place.folder().join("shop.db");
    // Somebody has the first rows before their end.
    while count(&file) < 500 {
        std::thread::yield_now();
    }
    kill(child.id(), "INT");
    let stderr = child.stderr.take().expect("a pipe");
    let told: Vec<_> = BufReader::new(stderr)
        .lines()
        .map_while(Result::ok)
        .collect();
    let status = child.wait().expect("an end");
    assert_eq!(status.code(), Some(1), "{told:?}");
    let stored = count(&file);
    assert!((500..ROWS as u64).contains(&stored), "{stored}");
    let last = told.last().expect("a line");
    for words in ["interrupted", &format!("{stored} created"), "stays"] {
        assert!(last.contains(words), "{last}");
    }
    assert_eq!(stored % 500, 0, "whole commits");
    let rest = goods(ROWS);
    let some: Vec<_> = rest.lines().take(2_000).collect();
    write(&place, "b.csv", &some.join("\n"));
    run(async {
        let again = on(&place, &["import", "b.csv"]);
        assert!(again.status.success() || again.status.code() == Some(1));
    });
}

#[test]
fn images_and_the_environment_are_those_of_a_server() {
    let place = Place::sqlite();
    let name = {
        let program = Program::start(&place, &[]);
        let mut name = String::new();
        run(async {
            let app = TestApp::at(program.address());
            name = app.pictured_vase("V-1").await.1;
            app.put("/api/products/x", &json!({})).await.expect(404);
        });
        name
    };
    let rows =
        format!("code,title,price,stock,thumbnails\nV-2,Vase,1,1,{name}\nV-3,Vase,1,1,no.png\n");
    write(&place, "a.csv", &rows);
    let mut command = vitrina(place.folder(), &["import", "a.csv"]);
    command.env("VITRINA_STORE", place.store());
    command.env("VITRINA_UPLOADS", place.uploads());
    let told = refusal(output_of(command), 1);
    assert!(
        told.contains("line 3: thumbnails[0] is no uploaded image"),
        "{told}"
    );
}
