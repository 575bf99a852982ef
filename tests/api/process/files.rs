//! `import` and `export`: products between stores and files.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Output, Stdio};

use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use crate::app::{TestApp, run};
use crate::program::{Program, kill, output_of, vitrina};
use crate::test_store::TestStore;

/// Runs a sub-command on a store, in its folder.
pub(super) fn run_command(store: &TestStore, arguments: &[&str]) -> Output {
    let (url, uploads) = (store.url(), store.uploads());
    let uploads = uploads.to_str().expect("a path");
    let flags = ["--store", &url, "--uploads", uploads];
    output_of(vitrina(store.folder(), &[arguments, &flags].concat()))
}

/// The stdout of a command that must succeed without warnings.
pub(super) fn success(output: Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(stderr, "");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The stderr of a command that must fail with this status.
pub(super) fn failure(output: Output, status: i32) -> String {
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(status), "{stderr}");
    if status == 2 {
        assert_eq!(stderr.trim_end().lines().count(), 1, "{stderr}");
        assert!(output.stdout.is_empty());
    }
    stderr
}

fn read(store: &TestStore, file: &str) -> Vec<u8> {
    fs::read(store.folder().join(file)).expect("a file")
}

fn write(store: &TestStore, file: &str, text: &str) {
    fs::write(store.folder().join(file), text).expect("a file");
}

/// CSV rows of products, some with unusual values.
fn csv_rows(count: usize) -> String {
    let mut rows = String::from("stock,code,title,description,price,category,status\n");
    for n in 0..count {
        let unusual = ["plain", "\"two\nlines, \"\"quoted\"\"\"", "=1+1", " é漢🏺 "][n % 4];
        let (price, status) = (n as f64 / 100.0, n % 7 != 0);
        rows += &format!(
            "{n},C-{n:05},Vase {n},{unusual},{price},group {},{status}\n",
            n % 4
        );
    }
    rows
}

/// Products that are exported, imported elsewhere and exported again are the same, byte for byte.
fn round_trip(store: &TestStore) {
    write(store, "products.csv", &csv_rows(700));
    let output = success(run_command(store, &["import", "products.csv"]));
    assert!(
        output.contains("700 created, 0 updated, 0 unchanged, 0 refused"),
        "{output}"
    );
    let other = store.another();
    for file in ["out.csv", "out.ndjson"] {
        assert!(success(run_command(store, &["export", file])).contains("700 products"));
        write(
            &other,
            file,
            &String::from_utf8(read(store, file)).expect("UTF-8"),
        );
    }
    success(run_command(&other, &["import", "out.csv"]));
    let output = success(run_command(&other, &["import", "out.ndjson"]));
    assert!(
        output.contains("0 created, 0 updated, 700 unchanged"),
        "{output}"
    );
    for file in ["out.csv", "out.ndjson"] {
        let again = format!("again-{file}");
        success(run_command(&other, &["export", &again]));
        assert_eq!(read(&other, &again), read(store, file), "{file}");
    }
}

#[test]
fn products_round_trip_on_sqlite() {
    round_trip(&TestStore::sqlite());
}

#[test]
fn products_round_trip_on_mongodb() {
    if let Some(store) = TestStore::mongo() {
        round_trip(&store);
    }
}

#[test]
fn good_rows_are_imported_and_bad_ones_reported() {
    let store = TestStore::sqlite();
    write(
        &store,
        "a.csv",
        "code,title,price,stock\nA,Vase,1,1\nB,\u{1b}[2J,x,1\n,Cup,1,1\n",
    );
    let output = run_command(&store, &["import", "a.csv"]);
    let counts = "1 created, 0 updated, 0 unchanged, 2 refused";
    assert!(String::from_utf8_lossy(&output.stdout).contains(counts));
    let output = failure(output, 1);
    for line in [
        "line 3: title must not contain control characters",
        "line 3: price must be a number",
        "line 4: code is required",
        "vitrina: 2 rows were refused",
    ] {
        assert!(
            output.lines().any(|printed| printed == line),
            "{line}: {output}"
        );
    }
    write(&store, "b.ndjson", "{\"code\":\"C\",\"\\u001b[2J\":1}\n");
    let output = failure(run_command(&store, &["import", "b.ndjson"]), 1);
    assert!(
        output.contains("\\u{1b}[2J") && !output.contains('\u{1b}'),
        "{output}"
    );
}

#[test]
fn a_dry_run_reports_the_same_and_writes_nothing() {
    let store = TestStore::sqlite();
    write(&store, "a.csv", &csv_rows(30));
    let output = success(run_command(&store, &["import", "--dry-run", "a.csv"]));
    assert!(
        output.contains("Dry run") && output.contains("30 created"),
        "{output}"
    );
    let there = fs::read_dir(store.folder()).expect("a folder");
    let there: Vec<_> = there
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(there, ["a.csv"]);
    let output = success(run_command(&store, &["import", "a.csv"]));
    assert!(output.contains("30 created"), "{output}");
    let output = success(run_command(&store, &["export", "--dry-run", "out.csv"]));
    assert!(output.contains("30 products"), "{output}");
    assert!(!store.folder().join("out.csv").exists());
}

#[test]
fn impossible_commands_fail_with_one_line() {
    let store = TestStore::sqlite();
    write(&store, "a.csv", &csv_rows(1));
    write(&store, "a.txt", "code\n");
    write(&store, "taken.csv", "mine");
    success(run_command(&store, &["import", "a.csv"]));
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
        let output = failure(run_command(&store, arguments), 2);
        for word in words {
            assert!(output.contains(word), "{arguments:?}: {output}");
        }
    }
    assert_eq!(read(&store, "taken.csv"), b"mine");
    success(run_command(&store, &["export", "--overwrite", "taken.csv"]));
    assert!(read(&store, "taken.csv").starts_with(b"code,title"));
    let bad = ["export", "b.csv", "--store", "sqlite:nowhere.db"];
    let output = failure(output_of(vitrina(store.folder(), &bad)), 2);
    assert!(
        output.contains("--store") && output.contains("nowhere.db"),
        "{output}"
    );
    assert!(!store.folder().join("nowhere.db").exists());
    // A file without a header is noticed only when it is read.
    write(&store, "b.csv", "title\nVase\n");
    let output = failure(run_command(&store, &["import", "b.csv"]), 1);
    assert!(
        output.contains("line 1") && output.contains("\"code\""),
        "{output}"
    );
}

#[test]
fn only_export_works_beside_a_running_server() {
    let store = TestStore::sqlite();
    let program = Program::start(&store, &[]);
    run(async {
        TestApp::at(program.address()).vase("V-1").await;
    });
    write(&store, "a.csv", &csv_rows(1));
    let output = failure(run_command(&store, &["import", "a.csv"]), 2);
    for word in ["--store", "in use", "POST /api/import"] {
        assert!(output.contains(word), "{output}");
    }
    let output = success(run_command(&store, &["export", "out.csv"]));
    assert!(output.contains("1 products"), "{output}");
    assert!(String::from_utf8_lossy(&read(&store, "out.csv")).contains("V-1"));
}

/// The number of products in a data file, read as another program; 0 while there is no table.
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
fn an_interrupted_import_keeps_the_rows_it_reports() {
    const ROWS: usize = 50_000;
    let store = TestStore::sqlite();
    write(&store, "a.csv", &csv_rows(ROWS));
    let url = store.url();
    let mut command = vitrina(store.folder(), &["import", "a.csv", "--store", &url]);
    let mut child = command.stderr(Stdio::piped()).spawn().expect("a process");
    let file = store.folder().join("shop.db");
    // The first rows are stored before the import ends.
    while count(&file) < 500 {
        std::thread::yield_now();
    }
    kill(child.id(), "INT");
    let stderr = child.stderr.take().expect("a pipe");
    let output: Vec<_> = BufReader::new(stderr)
        .lines()
        .map_while(Result::ok)
        .collect();
    let status = child.wait().expect("an end");
    assert_eq!(status.code(), Some(1), "{output:?}");
    let stored = count(&file);
    assert!((500..ROWS as u64).contains(&stored), "{stored}");
    let last = output.last().expect("a line");
    for words in [
        "interrupted",
        &format!("{stored} created"),
        "These rows are stored",
    ] {
        assert!(last.contains(words), "{last}");
    }
    assert_eq!(stored % 500, 0, "whole batches");
    let rest = csv_rows(ROWS);
    let some: Vec<_> = rest.lines().take(2_000).collect();
    write(&store, "b.csv", &some.join("\n"));
    run(async {
        let again = run_command(&store, &["import", "b.csv"]);
        assert!(again.status.success() || again.status.code() == Some(1));
    });
}

#[test]
fn import_uses_the_servers_images_and_environment() {
    let store = TestStore::sqlite();
    let name = {
        let program = Program::start(&store, &[]);
        let mut name = String::new();
        run(async {
            let app = TestApp::at(program.address());
            name = app.vase_with_image("V-1").await.1;
            app.put("/api/products/x", &json!({})).await.expect(404);
        });
        name
    };
    let rows =
        format!("code,title,price,stock,thumbnails\nV-2,Vase,1,1,{name}\nV-3,Vase,1,1,no.png\n");
    write(&store, "a.csv", &rows);
    let mut command = vitrina(store.folder(), &["import", "a.csv"]);
    command.env("VITRINA_STORE", store.url());
    command.env("VITRINA_UPLOADS", store.uploads());
    let output = failure(output_of(command), 1);
    assert!(
        output.contains("line 3: thumbnails[0] does not name an uploaded image"),
        "{output}"
    );
}
