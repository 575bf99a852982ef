//! Data that is not to be used: refused with a line and status 2, and every byte as it was.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::app::{TestApp, run};
use crate::figure::figure;
use crate::place::Place;
use crate::program::{Program, arguments_of, output_of, vitrina};

/// Every file below a folder but those that say who uses them.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_none_or(|ending| ending != "lock") && !path.ends_with(".lock")
        {
            let bytes = std::fs::read(&path).expect("a file");
            found.insert(path, bytes);
        }
    }
    found
}

fn assert_refused(place: &Place, what: &str, words: &[&str]) {
    let touched = refused(place, what, words);
    assert!(touched.is_empty(), "{what}: touched {touched:?}");
}

/// The program is refused; gives the files that are not as they were.
fn refused(place: &Place, what: &str, words: &[&str]) -> Vec<PathBuf> {
    let before = files(place.folder());
    let arguments = arguments_of(place);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let output = output_of(vitrina(place.folder(), &arguments));
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{what}: {told}");
    assert_eq!(told.trim_end().lines().count(), 1, "{what}: {told}");
    for word in words {
        assert!(told.contains(word), "{what}: no {word} in {told}");
    }
    // SQLite's own marks of a reader may come beside them.
    let after = files(place.folder());
    let touched = before
        .into_iter()
        .filter(|(path, bytes)| after.get(path) != Some(bytes));
    touched.map(|(path, _)| path).collect()
}

/// A place with the data of a shop that has ended in order.
fn used() -> Place {
    let place = Place::sqlite();
    let mut program = Program::start(&place, &[]);
    run(async {
        let app = TestApp::at(program.address());
        for number in 0..50 {
            app.vase(&format!("V-{number}")).await;
        }
        app.pictured_vase("V-50").await;
    });
    program.signal("TERM");
    assert!(program.ended().success());
    place
}

#[test]
fn data_of_others_and_data_that_is_broken_is_refused_untouched() {
    let file = |place: &Place| place.folder().join("shop.db");
    let alter = |place: &Place, sql: &str| {
        let other = Connection::open(file(place)).expect("a database");
        other.execute_batch(sql).expect("a change");
    };
    let cut = |place: &Place, length: u64| {
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(file(place))
            .expect("a file");
        file.set_len(length).expect("a shorter file");
    };
    let place = used();
    alter(&place, "PRAGMA user_version = 1000");
    assert_refused(&place, "newer", &["--store", "newer Vitrina"]);

    let whole = std::fs::metadata(file(&place)).expect("a file").len();
    for length in [
        50,
        100,
        4_096,
        whole / 2 / 4_096 * 4_096,
        whole - 4_096,
        whole - 1_000,
    ] {
        let place = used();
        cut(&place, length);
        assert_refused(
            &place,
            &format!("cut to {length} of {whole} bytes"),
            &["--store", "shop.db"],
        );
    }

    let place = Place::sqlite();
    alter(
        &place,
        "CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')",
    );
    assert_refused(&place, "foreign", &["--store", "another program"]);

    let place = Place::sqlite();
    std::fs::write(file(&place), "name,price\nVase,12\n".repeat(500)).expect("a file");
    assert_refused(&place, "no database", &["--store", "no SQLite database"]);
    figure(
        "F11",
        "newer, cut to 6 lengths, of another program, no database: each one line and status 2, all files byte for byte as they were",
    );
}

#[test]
fn a_second_program_on_the_same_data_leaves_it_alone() {
    let place = Place::sqlite();
    let first = Program::start(&place, &[]);
    run(async {
        let app = TestApp::at(first.address());
        let (_, picture) = app.pictured_vase("V-1").await;
        let mut touched = refused(&place, "both", &["--", "in use"]);
        // The readers of the first leave marks in SQLite's shared memory at any time.
        touched.retain(|path| !path.to_str().expect("a plain name").ends_with("-shm"));
        assert!(touched.is_empty(), "{touched:?}");
        app.get(&format!("/uploads/{picture}")).await.expect(200);
        app.vase("V-2").await;
        app.get("/readyz").await.done();
    });
    figure(
        "F11",
        "a second program on the same data: one line and status 2, all data as it was, the first goes on",
    );
}
