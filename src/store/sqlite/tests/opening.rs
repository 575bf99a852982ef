//! The file, the lock, the schema.

use std::fs;

use super::{Home, is_unavailable, new_product};
use crate::domain::hold::HoldLength;
use crate::store::sqlite::SqliteStore;
use crate::store::{ProductStore, StoreLifecycle};

#[tokio::test]
async fn missing_folders_are_made() {
    let home = Home::new();
    let path = home.folder.path().join("a/b/shop.db");
    let store = SqliteStore::open(&path, HoldLength::OFF).unwrap();
    store.ping().await.unwrap();
    assert!(path.is_file());
}

#[tokio::test]
async fn a_file_has_one_store_at_a_time() {
    let home = Home::new();
    let store = home.open();
    let refusal = home.refusal();
    assert!(refusal.contains("in use by another process"), "{refusal}");
    assert!(!refusal.contains('\n'), "{refusal}");

    store.close().await;
    home.open().ping().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn another_name_of_the_file_is_the_same_file() {
    let home = Home::new();
    let _store = home.open();
    let link = home.folder.path().join("link.db");
    std::os::unix::fs::symlink(home.path(), &link).unwrap();
    let refusal = SqliteStore::open(&link, HoldLength::OFF)
        .unwrap_err()
        .to_string();
    assert!(refusal.contains("in use by another process"), "{refusal}");
}

#[tokio::test]
async fn a_store_that_is_dropped_leaves_a_free_file_with_everything_in_it() {
    let home = Home::new();
    let store = home.open();
    let product = store.create_product(new_product("A")).await.unwrap();
    drop(store);
    assert_eq!(home.open().product(product.id).await.unwrap(), product);
}

#[tokio::test]
async fn a_closed_store_refuses_and_leaves_one_file() {
    let home = Home::new();
    let store = home.open();
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
    assert!(!home.folder.path().join("shop.db-wal").exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let home = Home::new();
    fs::write(home.path(), "").unwrap();
    let path = home.path().join("shop.db");
    let refusal = SqliteStore::open(&path, HoldLength::OFF)
        .unwrap_err()
        .to_string();
    assert!(refusal.contains("cannot make the folder"), "{refusal}");

    let refusal = SqliteStore::open(home.folder.path(), HoldLength::OFF).unwrap_err();
    assert!(refusal.to_string().contains("is a folder"), "{refusal}");
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    for text in ["no database", &"no database ".repeat(1_000)] {
        let home = Home::new();
        fs::write(home.path(), text).unwrap();
        let refusal = home.refusal();
        assert!(refusal.contains("no SQLite database"), "{refusal}");
        assert_eq!(fs::read_to_string(home.path()).unwrap(), text);
    }
}

#[tokio::test]
async fn a_damaged_file_is_an_error_not_a_panic() {
    let home = Home::new();
    home.open().close().await;
    let mut bytes = fs::read(home.path()).unwrap();
    bytes[100..].fill(0xff);
    fs::write(home.path(), bytes).unwrap();
    let refusal = home.refusal();
    assert!(refusal.contains("malformed"), "{refusal}");
}

#[tokio::test]
async fn a_file_of_a_newer_program_stays_as_it_is() {
    let home = Home::new();
    home.open().close().await;
    home.stranger()
        .pragma_update(None, "user_version", 1000)
        .unwrap();
    let before = fs::read(home.path()).unwrap();

    let refusal = home.refusal();
    assert!(refusal.contains("schema version 1000"), "{refusal}");
    assert_eq!(fs::read(home.path()).unwrap(), before);
}

#[test]
fn a_file_of_another_program_stays_as_it_is() {
    let home = Home::new();
    home.stranger()
        .execute_batch("CREATE TABLE notes (text TEXT)")
        .unwrap();
    let before = fs::read(home.path()).unwrap();

    let refusal = home.refusal();
    assert!(refusal.contains("another program"), "{refusal}");
    assert_eq!(fs::read(home.path()).unwrap(), before);
}

#[tokio::test]
async fn a_cached_statement_is_planned_once() {
    let home = Home::new();
    let store = home.open();
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
    assert_eq!(store.points.at_once(planned_again).await.unwrap(), 0);
}
