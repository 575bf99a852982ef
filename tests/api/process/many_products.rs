//! Export and import of many products: identical bytes, in memory that does not grow with their
//! number; and how long lists of them take. `VITRINA_IMPORT_ROWS=100000` is the long run.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::app::{TestApp, runtime};
use crate::command::without_settings;
use crate::figure::figure;
use crate::program::Program;
use crate::test_store::TestStore;

/// Products of an ordinary run.
const ROWS: usize = 2_000;
/// How much more memory ten times as many products may take, in kilobytes.
const MAX_GROWTH: u64 = 16 << 10;
/// Requests of each kind for the p99.
const REQUESTS: usize = 200;

/// Runs a program, then prints its peak memory in kilobytes on the last line of stderr.
const MEASURE: &str = "import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(ended.returncode)";

/// Time and peak memory of a command.
struct CommandCost {
    time: Duration,
    kilobytes: u64,
}

/// Runs a sub-command on a store, which must succeed.
fn cost_of(store: &TestStore, arguments: &[&str]) -> CommandCost {
    let started = Instant::now();
    let output = measured(store, arguments);
    let time = started.elapsed();
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(output.status.success(), "{stderr}");
    let kilobytes = stderr.lines().last().and_then(|line| line.parse().ok());
    CommandCost {
        time,
        kilobytes: kilobytes.expect("a number of kilobytes"),
    }
}

fn measured(store: &TestStore, arguments: &[&str]) -> Output {
    let mut command: Command = without_settings("python3");
    command
        .current_dir(store.folder())
        .args(["-c", MEASURE, env!("CARGO_BIN_EXE_vitrina")])
        .args(arguments)
        .args(["--store", &store.url()])
        .arg("--uploads")
        .arg(store.uploads())
        .stdin(Stdio::null());
    command.output().expect("python3")
}

fn write_products(file: &Path, count: usize) {
    let mut rows = String::from("code,title,description,price,stock,category\n");
    for n in 0..count {
        let (material, group) = (["linen", "oak", "clay"][n % 3], n % 40);
        rows += &format!(
            "C-{n:06},Piece {n} of {material},\"Made of {material}, by hand, number {n}.\nIt is one of {count}.\",{}.{:02},{},group {group}\n",
            n % 900,
            n % 100,
            n % 50
        );
    }
    std::fs::write(file, rows).expect("a file");
}

fn round_trip(store: &TestStore, name: &str) {
    let rows =
        std::env::var("VITRINA_IMPORT_ROWS").map_or(ROWS, |rows| rows.parse().expect("a number"));
    let few = store.another();
    write_products(&few.folder().join("few.csv"), rows / 10);
    let of_few = cost_of(&few, &["import", "few.csv"]);
    write_products(&store.folder().join("products.csv"), rows);
    let imported = cost_of(store, &["import", "products.csv"]);
    let exported = cost_of(store, &["export", "out.ndjson"]);
    let other = store.another();
    let out = store.folder().join("out.ndjson");
    let again = cost_of(&other, &["import", out.to_str().expect("a path")]);
    cost_of(&other, &["export", "again.ndjson"]);
    let read = |file: &Path| std::fs::read(file).expect("a file");
    assert!(
        read(&out) == read(&other.folder().join("again.ndjson")),
        "the second export differs"
    );
    for cost in [&imported, &exported, &again] {
        assert!(
            cost.kilobytes <= of_few.kilobytes + MAX_GROWTH,
            "{} kB, {} kB for a tenth",
            cost.kilobytes,
            of_few.kilobytes
        );
    }
    figure(
        "L8",
        format_args!(
            "{name}, {rows} products: imported in {:.1?} with {} kB at most ({} kB for {}), exported in {:.1?} with {} kB, \
             imported elsewhere in {:.1?}, exported again: identical",
            imported.time,
            imported.kilobytes,
            of_few.kilobytes,
            rows / 10,
            exported.time,
            exported.kilobytes,
            again.time,
        ),
    );
    measure_lists(store, name, rows);
}

/// Reports how long lists take.
fn measure_lists(store: &TestStore, name: &str, rows: usize) {
    let program = Program::start(store, &[]);
    let app = TestApp::at(program.address());
    let last_page = rows / 10;
    runtime().block_on(async {
        let mut figures = Vec::new();
        for (list, path) in [
            ("page 1", "/api/products".to_owned()),
            ("the last page", format!("/api/products?page={last_page}")),
            (
                "by price",
                format!("/api/products?sort=asc&page={}", last_page / 2),
            ),
            (
                "by title",
                format!("/api/products?sort=title:asc&page={}", last_page / 2),
            ),
            ("a category", "/api/products?category=group%207".to_owned()),
            ("q of many", "/api/products?q=linen".to_owned()),
            (
                "q of one",
                format!("/api/products?q=number%20{}.", rows - 1),
            ),
        ] {
            let mut times = Vec::new();
            for _ in 0..REQUESTS {
                let started = Instant::now();
                app.get(&path).await.expect(200);
                times.push(started.elapsed());
            }
            times.sort();
            figures.push(format!("{list} {:.1?}", times[REQUESTS * 99 / 100]));
        }
        figure(
            "L8",
            format_args!(
                "{name}, {rows} products, p99 of a list: {}",
                figures.join(", ")
            ),
        );
    });
}

#[test]
fn many_products_round_trip_on_sqlite_in_little_memory() {
    round_trip(&TestStore::sqlite(), "SQLite");
}

#[test]
fn many_products_round_trip_on_mongodb_in_little_memory() {
    if let Some(store) = TestStore::mongo() {
        round_trip(&store, "MongoDB");
    }
}
