//! The data file of SQLite: opened by one process at a time, and only if it is a data file.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use vitrina::domain::hold::HoldLength;
use vitrina::store::open::{StoreUrl, open};
use vitrina::store::{OpenError, SharedStore};

use crate::fixtures::*;
use crate::test_store::{TestStore, run};

/// Runs a test on SQLite.
fn in_sqlite(test: impl AsyncFnOnce(&TestStore)) {
    let test_store = TestStore::sqlite();
    run(test(&test_store));
}

async fn open_path(path: &Path) -> Result<SharedStore, OpenError> {
    open(&StoreUrl::Sqlite(path.to_owned()), HoldLength::OFF).await
}

/// Asserts that opening is refused with one line that names the file, and leaves the file
/// unchanged.
async fn assert_refused_unchanged(path: &Path) {
    let before = fs::read(path).expect("a file");
    let refused = open_path(path).await.err().expect("a refusal").to_string();
    assert!(
        refused.contains("shop.db") && !refused.contains('\n'),
        "{refused}"
    );
    assert_eq!(fs::read(path).expect("a file"), before);
}

#[test]
fn a_file_is_opened_once_at_a_time() {
    in_sqlite(async |test_store| {
        let store = test_store.open().await;
        let file = test_store.file();
        let directory = file.parent().expect("a directory");
        let link = directory.join("link.db");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        for path in [file.clone(), directory.join(".").join("shop.db"), link] {
            let refused = open_path(&path).await.err().expect("a refusal").to_string();
            assert!(!refused.contains('\n'), "{refused}");
        }
        // The first store still works, and unlocks the file when it is closed.
        create_vase(&store, "A").await;
        store.close().await;
        let again = test_store.open().await;
        create_vase(&again, "B").await;
        again.close().await;
    });
}

#[test]
fn a_file_of_a_newer_program_is_refused_unchanged() {
    in_sqlite(async |test_store| {
        let store = test_store.open().await;
        create_vase(&store, "A").await;
        store.close().await;
        let conn = Connection::open(test_store.file()).expect("a database");
        conn.pragma_update(None, "user_version", 1_000_000)
            .expect("a version");
        conn.close().expect("closed");
        assert_refused_unchanged(&test_store.file()).await;
    });
}

#[test]
fn a_database_of_another_program_is_refused_unchanged() {
    in_sqlite(async |test_store| {
        let conn = Connection::open(test_store.file()).expect("a database");
        conn.execute_batch("CREATE TABLE products (name TEXT); INSERT INTO products VALUES ('x')")
            .expect("a table");
        conn.close().expect("closed");
        assert_refused_unchanged(&test_store.file()).await;
    });
}

#[test]
fn a_file_that_is_not_a_database_is_refused_unchanged() {
    in_sqlite(async |test_store| {
        for garbage in [
            &b"not a database"[..],
            &[0xff; 8192],
            b"SQLite format 3\0 but not quite",
        ] {
            fs::write(test_store.file(), garbage).expect("a file");
            assert_refused_unchanged(&test_store.file()).await;
        }
    });
}

#[test]
fn a_directory_is_refused() {
    in_sqlite(async |test_store| {
        fs::create_dir(test_store.file()).expect("a directory");
        let refused = open_path(&test_store.file())
            .await
            .err()
            .expect("a refusal");
        assert!(refused.to_string().contains("shop.db"), "{refused}");
    });
}

#[test]
fn a_path_below_a_file_is_refused() {
    in_sqlite(async |test_store| {
        fs::write(test_store.file(), "a file").expect("a file");
        let refused = open_path(&test_store.file().join("shop.db")).await;
        assert!(refused.is_err());
        assert_eq!(fs::read(test_store.file()).expect("a file"), b"a file");
    });
}

#[test]
fn missing_directories_are_created() {
    in_sqlite(async |test_store| {
        let path = test_store
            .file()
            .with_file_name("new")
            .join("directories")
            .join("shop.db");
        let store = open_path(&path).await.expect("an open store");
        create_vase(&store, "A").await;
        store.close().await;
        assert!(path.is_file());
    });
}
