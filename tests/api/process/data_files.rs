//! Unusable data is refused with one line and status 2, and not a byte of it changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::app::{TestApp, run};
use crate::figure::figure;
use crate::program::{Program, arguments_of, output_of, vitrina};
use crate::test_store::TestStore;

/// Every file below a folder, except lock files.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_none_or(|extension| extension != "lock")
            && !path.ends_with(".lock")
        {
            let bytes = std::fs::read(&path).expect("a file");
            found.insert(path, bytes);
        }
    }
    found
}

fn assert_refused(store: &TestStore, case: &str, words: &[&str]) {
    let changed = files_changed_by_refused_start(store, case, words);
    assert!(changed.is_empty(), "{case}: changed {changed:?}");
}

/// Asserts that the program refuses to start; returns the files that changed.
fn files_changed_by_refused_start(store: &TestStore, case: &str, words: &[&str]) -> Vec<PathBuf> {
    let before = files(store.folder());
    let arguments = arguments_of(store);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let output = output_of(vitrina(store.folder(), &arguments));
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{case}: {stderr}");
    assert_eq!(stderr.trim_end().lines().count(), 1, "{case}: {stderr}");
    for word in words {
        assert!(stderr.contains(word), "{case}: no {word} in {stderr}");
    }
    // SQLite may add files for readers.
    let after = files(store.folder());
    let changed = before
        .into_iter()
        .filter(|(path, bytes)| after.get(path) != Some(bytes));
    changed.map(|(path, _)| path).collect()
}

/// A store with the data of a shop that was stopped properly.
fn filled_store() -> TestStore {
    let store = TestStore::sqlite();
    let mut program = Program::start(&store, &[]);
    run(async {
        let app = TestApp::at(program.address());
        for number in 0..50 {
            app.vase(&format!("V-{number}")).await;
        }
        app.vase_with_image("V-50").await;
    });
    program.signal("TERM");
    assert!(program.wait().success());
    store
}

#[test]
fn foreign_and_broken_data_is_refused_untouched() {
    let file = |store: &TestStore| store.folder().join("shop.db");
    let change = |store: &TestStore, sql: &str| {
        let other = Connection::open(file(store)).expect("a database");
        other.execute_batch(sql).expect("a change");
    };
    let cut = |store: &TestStore, length: u64| {
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(file(store))
            .expect("a file");
        file.set_len(length).expect("a shorter file");
    };
    let store = filled_store();
    change(&store, "PRAGMA user_version = 1000");
    assert_refused(&store, "newer", &["--store", "newer Vitrina"]);

    let whole = std::fs::metadata(file(&store)).expect("a file").len();
    for length in [
        50,
        100,
        4_096,
        whole / 2 / 4_096 * 4_096,
        whole - 4_096,
        whole - 1_000,
    ] {
        let store = filled_store();
        cut(&store, length);
        assert_refused(
            &store,
            &format!("cut to {length} of {whole} bytes"),
            &["--store", "shop.db"],
        );
    }

    let store = TestStore::sqlite();
    change(
        &store,
        "CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')",
    );
    assert_refused(&store, "foreign", &["--store", "another program"]);

    let store = TestStore::sqlite();
    std::fs::write(file(&store), "name,price\nVase,12\n".repeat(500)).expect("a file");
    assert_refused(&store, "no database", &["--store", "not a SQLite database"]);
    figure(
        "F11",
        "newer, cut to 6 lengths, of another program, not a database: each one line and status 2, all files unchanged",
    );
}

#[test]
fn a_second_program_does_not_touch_the_data() {
    let store = TestStore::sqlite();
    let first = Program::start(&store, &[]);
    run(async {
        let app = TestApp::at(first.address());
        let (_, image) = app.vase_with_image("V-1").await;
        let mut changed =
            files_changed_by_refused_start(&store, "second program", &["--", "in use"]);
        // The first program may write to SQLite's shared memory at any time.
        changed.retain(|path| !path.to_str().expect("a UTF-8 path").ends_with("-shm"));
        assert!(changed.is_empty(), "{changed:?}");
        app.get(&format!("/uploads/{image}")).await.expect(200);
        app.vase("V-2").await;
        app.get("/readyz").await.done();
    });
    figure(
        "F11",
        "a second program on the same data: one line and status 2, all data unchanged, the first continues",
    );
}
