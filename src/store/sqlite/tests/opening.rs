//! Opening: the file, its lock and its schema.

use std::fs;

use super::{TestFile, is_unavailable, new_product};
use crate::domain::hold::HoldLength;
use crate::store::sqlite::SqliteStore;
use crate::store::typed_commands::TypedCommands;
use crate::store::{ProductStore, StoreLifecycle};

#[tokio::test]
async fn missing_directories_are_created() {
    let file = TestFile::new();
    let path = file.directory.path().join("a/b/shop.db");
    let store = SqliteStore::open(&path, HoldLength::OFF).unwrap();
    store.ping().await.unwrap();
    assert!(path.is_file());
}

#[tokio::test]
async fn a_file_has_one_store_at_a_time() {
    let file = TestFile::new();
    let store = file.open();
    let error = file.open_error();
    assert!(error.contains("in use by another process"), "{error}");
    assert!(!error.contains('\n'), "{error}");

    store.close().await;
    file.open().ping().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_an_open_file_is_refused() {
    let file = TestFile::new();
    let _store = file.open();
    let link = file.directory.path().join("link.db");
    std::os::unix::fs::symlink(file.path(), &link).unwrap();
    let error = SqliteStore::open(&link, HoldLength::OFF)
        .unwrap_err()
        .to_string();
    assert!(error.contains("in use by another process"), "{error}");
}

#[tokio::test]
async fn a_dropped_store_leaves_a_complete_unlocked_file() {
    let file = TestFile::new();
    let store = file.open();
    let product = store.create_product(new_product("A")).await.unwrap();
    drop(store);
    assert_eq!(file.open().product(product.id).await.unwrap(), product);
}

#[tokio::test]
async fn a_closed_store_is_unavailable_and_leaves_one_file() {
    let file = TestFile::new();
    let store = file.open();
    let product = store.create_product(new_product("A")).await.unwrap();
    store.close().await;
    store.close().await;

    assert!(is_unavailable(
        &store.product(product.id).await.unwrap_err()
    ));
    assert!(is_unavailable(
        &store.create_product(new_product("B")).await.unwrap_err()
    ));
    assert!(is_unavailable(&store.ping().await.unwrap_err()));
    assert!(!file.directory.path().join("shop.db-wal").exists());
}

#[test]
fn an_unusable_directory_is_reported() {
    let file = TestFile::new();
    fs::write(file.path(), "").unwrap();
    let path = file.path().join("shop.db");
    let error = SqliteStore::open(&path, HoldLength::OFF)
        .unwrap_err()
        .to_string();
    assert!(error.contains("cannot create the directory"), "{error}");

    let error = SqliteStore::open(file.directory.path(), HoldLength::OFF).unwrap_err();
    assert!(error.to_string().contains("is a directory"), "{error}");
}

#[test]
fn a_file_that_is_not_a_database_is_unchanged() {
    for text in ["not a database", &"not a database ".repeat(1_000)] {
        let file = TestFile::new();
        fs::write(file.path(), text).unwrap();
        let error = file.open_error();
        assert!(error.contains("not a SQLite database"), "{error}");
        assert_eq!(fs::read_to_string(file.path()).unwrap(), text);
    }
}

#[tokio::test]
async fn a_damaged_file_is_an_error_not_a_panic() {
    let file = TestFile::new();
    file.open().close().await;
    let mut bytes = fs::read(file.path()).unwrap();
    bytes[100..].fill(0xff);
    fs::write(file.path(), bytes).unwrap();
    let error = file.open_error();
    assert!(error.contains("malformed"), "{error}");
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_unchanged() {
    let file = TestFile::new();
    file.open().close().await;
    file.other_connection()
        .pragma_update(None, "user_version", 1000)
        .unwrap();
    let before = fs::read(file.path()).unwrap();

    let error = file.open_error();
    assert!(error.contains("schema version 1000"), "{error}");
    assert_eq!(fs::read(file.path()).unwrap(), before);
}

#[test]
fn a_file_of_another_program_is_unchanged() {
    let file = TestFile::new();
    file.other_connection()
        .execute_batch("CREATE TABLE notes (text TEXT)")
        .unwrap();
    let before = fs::read(file.path()).unwrap();

    let error = file.open_error();
    assert!(error.contains("another program"), "{error}");
    assert_eq!(fs::read(file.path()).unwrap(), before);
}

#[tokio::test]
async fn a_cached_statement_is_planned_once() {
    let file = TestFile::new();
    let store = file.open();
    let planned_again = |conn: &rusqlite::Connection| {
        let mut times = 0;
        for before in [5, 6, 7] {
            let mut statement = conn.prepare_cached(
                "SELECT seq FROM messages WHERE seq < ? ORDER BY seq DESC LIMIT ?",
            )?;
            assert!(!statement.exists([before, 9])?);
            times = statement.get_status(rusqlite::StatementStatus::RePrepare);
        }
        Ok(times)
    };
    assert_eq!(store.points.read_inline(planned_again).await.unwrap(), 0);
}
