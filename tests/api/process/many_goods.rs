//! Many products move out and in: the same to the byte, in memory that does not grow with them; and what a list of so many
//! costs. `VITRINA_IMPORT_ROWS=100000` is the long form.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::app::{TestApp, runtime};
use crate::command::without_settings;
use crate::figure::figure;
use crate::place::Place;
use crate::program::Program;

/// Products, unless the environment says how many.
const ROWS: usize = 2_000;
/// What a command may hold more of ten times as many products, in kilobytes.
const GROWTH: u64 = 16 << 10;
/// Requests of each kind of which the 99th of 100 is told.
const REQUESTS: usize = 200;

/// Runs a program and says on the last line of its errors how many kilobytes it held at most.
const MEASURE: &str = "import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(ended.returncode)";

/// What a command took.
struct Cost {
    time: Duration,
    kilobytes: u64,
}

/// Runs a sub-command on the data of a place, which must do all that it is asked.
fn cost_of(place: &Place, arguments: &[&str]) -> Cost {
    let begun = Instant::now();
    let output = measured(place, arguments);
    let time = begun.elapsed();
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(output.status.success(), "{told}");
    let kilobytes = told.lines().last().and_then(|line| line.parse().ok());
    Cost {
        time,
        kilobytes: kilobytes.expect("a number of kilobytes"),
    }
}

fn measured(place: &Place, arguments: &[&str]) -> Output {
    let mut command: Command = without_settings("python3");
    command
        .current_dir(place.folder())
        .args(["-c", MEASURE, env!("CARGO_BIN_EXE_vitrina")])
        .args(arguments)
        .args(["--store", &place.store()])
        .arg("--uploads")
        .arg(place.uploads())
        .stdin(Stdio::null());
    command.output().expect("python3")
}

fn write_goods(file: &Path, count: usize) {
    let mut rows = String::from("code,title,description,price,stock,category\n");
    for n in 0..count {
        let (word, group) = (["linen", "oak", "clay"][n % 3], n % 40);
        rows += &format!(
            "C-{n:06},Piece {n} of {word},\"Made of {word}, by hand, number {n}.\nIt is one of {count}.\",{}.{:02},{},group {group}\n",
            n % 900,
            n % 100,
            n % 50
        );
    }
    std::fs::write(file, rows).expect("a file");
}

fn go_round(place: &Place, store: &str) {
    let rows =
        std::env::var("VITRINA_IMPORT_ROWS").map_or(ROWS, |rows| rows.parse().expect("a number"));
    let few = place.another();
    write_goods(&few.folder().join("few.csv"), rows / 10);
    let of_few = cost_of(&few, &["import", "few.csv"]);
    write_goods(&place.folder().join("goods.csv"), rows);
    let imported = cost_of(place, &["import", "goods.csv"]);
    let exported = cost_of(place, &["export", "out.ndjson"]);
    let twin = place.another();
    let out = place.folder().join("out.ndjson");
    let again = cost_of(&twin, &["import", out.to_str().expect("a path")]);
    cost_of(&twin, &["export", "again.ndjson"]);
    let read = |file: &Path| std::fs::read(file).expect("a file");
    assert!(
        read(&out) == read(&twin.folder().join("again.ndjson")),
        "what came back differs"
    );
    for cost in [&imported, &exported, &again] {
        assert!(
            cost.kilobytes <= of_few.kilobytes + GROWTH,
            "{} kB, {} kB of a tenth",
            cost.kilobytes,
            of_few.kilobytes
        );
    }
    figure(
        "L8",
        format_args!(
            "{store}, {rows} products: imported in {:.1?} with {} kB at most ({} kB of {}), exported in {:.1?} with {} kB, \
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
    lists(place, store, rows);
}

/// What lists of so many cost.
fn lists(place: &Place, store: &str, rows: usize) {
    let program = Program::start(place, &[]);
    let app = TestApp::at(program.address());
    let deep = rows / 10;
    runtime().block_on(async {
        let mut told = Vec::new();
        for (name, path) in [
            ("page 1", "/api/products".to_owned()),
            ("the last page", format!("/api/products?page={deep}")),
            (
                "by price",
                format!("/api/products?sort=asc&page={}", deep / 2),
            ),
            (
                "by title",
                format!("/api/products?sort=title:asc&page={}", deep / 2),
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
                let begun = Instant::now();
                app.get(&path).await.expect(200);
                times.push(begun.elapsed());
            }
            times.sort();
            told.push(format!("{name} {:.1?}", times[REQUESTS * 99 / 100]));
        }
        figure(
            "L8",
            format_args!(
                "{store}, {rows} products, p99 of a list: {}",
                told.join(", ")
            ),
        );
    });
}

#[test]
fn many_products_of_sqlite_go_round_in_little_memory() {
    go_round(&Place::sqlite(), "SQLite");
}

#[test]
fn many_products_of_mongodb_go_round_in_little_memory() {
    go_round(&Place::mongo(), "MongoDB");
}
