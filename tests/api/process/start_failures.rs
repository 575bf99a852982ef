//! A failed start prints one line that names the setting, and exits with status 2.

use std::net::TcpListener;
use std::path::Path;

use tempfile::tempdir;
use vitrina_test_support::test_mongo;

use super::mongod::Standalone;
use crate::program::{Program, output_of, vitrina};
use crate::test_store::TestStore;

/// Asserts that the start fails with one line that contains these words, and returns it.
fn assert_fails(folder: &Path, arguments: &[&str], words: &[&str]) -> String {
    let output = output_of(vitrina(folder, arguments));
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
    assert_eq!(
        stderr.trim_end().lines().count(),
        1,
        "{arguments:?}: {stderr}"
    );
    for word in words {
        assert!(
            stderr.contains(word),
            "{arguments:?}: no {word} in {stderr}"
        );
    }
    assert!(output.stdout.is_empty(), "{arguments:?}");
    stderr
}

#[test]
fn a_bad_flag_is_named() {
    let folder = tempdir().expect("a folder");
    for (arguments, words) in [
        (&["--colour", "red"][..], &["--colour"][..]),
        (&["sell"], &["sell"]),
        (&["--listen"], &["--listen"]),
        (&["--listen", "nowhere"], &["--listen", "127.0.0.1:8080"]),
        (&["--listen", "127.0.0.1:99999"], &["--listen"]),
        (&["--workers", "0"], &["--workers"]),
        (&["--workers", "many"], &["--workers"]),
        (&["--lang", "fr"], &["--lang", "es"]),
        (&["--log-format", "xml"], &["--log-format", "json"]),
        (&["--sink", "drain"], &["--sink"]),
        (&["--demo=perhaps"], &["--demo"]),
        (&["--dev=perhaps"], &["--dev"]),
        (&["--dev", "--listen", "0.0.0.0:0"], &["--dev", "loopback"]),
        (&["--store", "postgres://db/shop"], &["--store", "sqlite:"]),
        (&["--store", "sqlite:"], &["--store"]),
        (&["--uploads", ""], &["--uploads"]),
        (&["serve", "--listen", "x"], &["--listen"]),
    ] {
        assert_fails(folder.path(), arguments, words);
    }
    let left = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 0, "files were created");
}

#[test]
fn a_public_address_without_a_token_is_refused() {
    let folder = tempdir().expect("a folder");
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let words = ["--listen", "loopback", "admin token"];
        assert_fails(folder.path(), &["--listen", address], &words);
    }
}

#[test]
fn images_in_gridfs_are_refused() {
    let folder = tempdir().expect("a folder");
    let words = ["--uploads", "GridFS"];
    assert_fails(folder.path(), &["--uploads", "gridfs:"], &words);
}

#[test]
fn a_taken_port_is_named() {
    let folder = tempdir().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    assert_fails(
        folder.path(),
        &["--listen", &address],
        &["--listen", &address],
    );
}

#[test]
fn an_unusable_folder_is_named() {
    let folder = tempdir().expect("a folder");
    std::fs::write(folder.path().join("file"), "not a folder").expect("a file");
    std::fs::create_dir(folder.path().join("taken.db")).expect("a folder");
    let listen = ["--listen", "127.0.0.1:0"];
    for (flag, value) in [
        ("--uploads", "file"),
        ("--uploads", "file/uploads"),
        ("--uploads", "/proc/uploads"),
        ("--store", "sqlite:file/shop.db"),
        ("--store", "sqlite:taken.db"),
        ("--store", "sqlite:/proc/shop.db"),
        ("--store", "sqlite:file"),
    ] {
        let arguments = [&listen[..], &[flag, value]].concat();
        assert_fails(folder.path(), &arguments, &[flag]);
    }
    let content = std::fs::read_to_string(folder.path().join("file"));
    assert_eq!(content.expect("the file"), "not a folder");
}

#[test]
fn an_unreachable_mongodb_is_named_without_its_password() {
    let folder = tempdir().expect("a folder");
    // A port that was free a moment ago, so nothing listens on it.
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address");
    drop(free);
    for url in [
        format!("mongodb://{address}"),
        format!("mongodb://{address}/shop?replicaSet=rs0"),
        format!("mongodb://ana:secret-word@{address}/shop"),
    ] {
        let arguments = ["--listen", "127.0.0.1:0", "--store", &url];
        let words = ["--store", &address.to_string()];
        let stderr = assert_fails(folder.path(), &arguments, &words);
        assert!(!stderr.contains("secret-word"), "{stderr}");
    }
}

#[test]
fn a_standalone_mongodb_is_refused_with_advice() {
    if test_mongo::server().is_none() {
        return;
    }
    let folder = tempdir().expect("a folder");
    let standalone = Standalone::start();
    let url = format!("mongodb://{}", standalone.address());
    let arguments = ["--listen", "127.0.0.1:0", "--store", &url];
    let words = ["--store", "standalone", "--replSet", "rs.initiate()"];
    assert_fails(folder.path(), &arguments, &words);
}

#[test]
fn a_second_program_on_one_file_is_refused() {
    let store = TestStore::sqlite();
    let first = Program::start(&store, &[]);
    let url = store.url();
    let arguments = ["--listen", "127.0.0.1:0", "--store", &url];
    assert_fails(store.folder(), &arguments, &["--store", "shop.db"]);
    // The first program still works.
    crate::app::run(async {
        let app = crate::app::TestApp::at(first.address());
        app.vase("V-1").await;
    });
    // Once it has ended, even by a kill, the file is free.
    drop(first);
    Program::start(&store, &[]);
}
