//! The file of SQLite: one process at a time, and never a stranger's.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use vitrina::domain::hold::HoldLength;
use vitrina::store::SharedStore;
use vitrina::store::open::{OpenError, StoreUrl, open};

use crate::fixtures::*;
use crate::place::{Place, run};

/// Runs a test on a place in SQLite.
fn in_sqlite(test: impl AsyncFnOnce(&Place)) {
    let place = Place::sqlite();
    run(test(&place));
}

async fn open_path(path: &Path) -> Result<SharedStore, OpenError> {
    open(&StoreUrl::Sqlite(path.to_owned()), HoldLength::OFF).await
}

/// Opening is refused with one line that names the file, which stays as it is.
async fn assert_refused_and_untouched(path: &Path) {
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
    in_sqlite(async |place| {
        let store = place.open().await;
        let file = place.file();
        let folder = file.parent().expect("a folder");
        let link = folder.join("link.db");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        for path in [file.clone(), folder.join(".").join("shop.db"), link] {
            let refused = open_path(&path).await.err().expect("a refusal").to_string();
            assert!(!refused.contains('\n'), "{refused}");
        }
        // The first is none the worse for it, and lets go when it closes.
        stored(&store, "A").await;
        store.close().await;
        let again = place.open().await;
        stored(&again, "B").await;
        again.close().await;
    });
}

#[test]
fn a_file_of_a_newer_program_is_refused_and_untouched() {
    in_sqlite(async |place| {
        let store = place.open().await;
        stored(&store, "A").await;
        store.close().await;
        let conn = Connection::open(place.file()).expect("a database");
        conn.pragma_update(None, "user_version", 1_000_000)
            .expect("a version");
        conn.close().expect("closed");
        assert_refused_and_untouched(&place.file()).await;
    });
}

#[test]
fn a_database_of_another_program_is_refused_and_untouched() {
    in_sqlite(async |place| {
        let conn = Connection::open(place.file()).expect("a database");
        conn.execute_batch("CREATE TABLE products (name TEXT); INSERT INTO products VALUES ('x')")
            .expect("a table");
        conn.close().expect("closed");
        assert_refused_and_untouched(&place.file()).await;
    });
}

#[test]
fn a_file_that_is_no_database_is_refused_and_untouched() {
    in_sqlite(async |place| {
        for garbage in [
            &b"not a database"[..],
            &[0xff; 8192],
            b"SQLite format 3\0 but not quite",
        ] {
            fs::write(place.file(), garbage).expect("a file");
            assert_refused_and_untouched(&place.file()).await;
        }
    });
}

#[test]
fn a_folder_is_no_file() {
    in_sqlite(async |place| {
        fs::create_dir(place.file()).expect("a folder");
        let refused = open_path(&place.file()).await.err().expect("a refusal");
        assert!(refused.to_string().contains("shop.db"), "{refused}");
    });
}

#[test]
fn a_file_is_no_folder() {
    in_sqlite(async |place| {
        fs::write(place.file(), "a file").expect("a file");
        let refused = open_path(&place.file().join("shop.db")).await;
        assert!(refused.is_err());
        assert_eq!(fs::read(place.file()).expect("a file"), b"a file");
    });
}

#[test]
fn the_folders_of_a_new_file_are_made() {
    in_sqlite(async |place| {
        let path = place
            .file()
            .with_file_name("new")
            .join("folders")
            .join("shop.db");
        let store = open_path(&path).await.expect("an open store");
        stored(&store, "A").await;
        store.close().await;
        assert!(path.is_file());
    });
}
