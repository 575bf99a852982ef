//! A start that cannot be is one line that names the setting, and exit status 2.

use std::net::TcpListener;
use std::path::Path;

use tempfile::tempdir;

use super::mongod::Standalone;
use crate::place::Place;
use crate::program::{Program, output_of, vitrina};

/// The start fails with one line, which has these words.
fn assert_fails(folder: &Path, arguments: &[&str], words: &[&str]) -> String {
    let output = output_of(vitrina(folder, arguments));
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
    assert_eq!(told.trim_end().lines().count(), 1, "{arguments:?}: {told}");
    for word in words {
        assert!(told.contains(word), "{arguments:?}: no {word} in {told}");
    }
    assert!(output.stdout.is_empty(), "{arguments:?}");
    told
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
        (&["--store", "postgres://db/shop"], &["--store", "sqlite:"]),
        (&["--store", "sqlite:"], &["--store"]),
        (&["--uploads", ""], &["--uploads"]),
        (&["serve", "--listen", "x"], &["--listen"]),
    ] {
        assert_fails(folder.path(), arguments, words);
    }
    let left = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 0, "nothing was made");
}

#[test]
fn what_is_open_to_the_network_is_refused() {
    let folder = tempdir().expect("a folder");
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let words = ["--listen", "loopback", "admin token"];
        assert_fails(folder.path(), &["--listen", address], &words);
    }
}

#[test]
fn images_in_gridfs_are_refused_until_they_are_there() {
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
    std::fs::write(folder.path().join("file"), "no folder").expect("a file");
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
    let kept = std::fs::read_to_string(folder.path().join("file"));
    assert_eq!(kept.expect("the file"), "no folder");
}

#[test]
fn an_unreachable_mongodb_is_named_without_its_password() {
    let folder = tempdir().expect("a folder");
    // A port that was free a moment ago, and nobody listens on.
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
        let told = assert_fails(folder.path(), &arguments, &words);
        assert!(!told.contains("secret-word"), "{told}");
    }
}

#[test]
fn a_standalone_mongodb_is_told_how_to_become_a_replica_set() {
    let folder = tempdir().expect("a folder");
    let standalone = Standalone::start();
    let url = format!("mongodb://{}", standalone.address());
    let arguments = ["--listen", "127.0.0.1:0", "--store", &url];
    let words = ["--store", "standalone", "--replSet", "rs.initiate()"];
    assert_fails(folder.path(), &arguments, &words);
}

#[test]
fn a_second_program_on_one_file_is_refused() {
    let place = Place::sqlite();
    let first = Program::start(&place, &[]);
    let store = place.store();
    let arguments = ["--listen", "127.0.0.1:0", "--store", &store];
    assert_fails(place.folder(), &arguments, &["--store", "shop.db"]);
    // The first is none the worse for it.
    crate::app::run(async {
        let app = crate::app::TestApp::at(first.address());
        app.vase("V-1").await;
    });
    // When it is gone, however it went, the file is free.
    drop(first);
    Program::start(&place, &[]);
}
