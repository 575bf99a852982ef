//! `backup` and `restore`: a whole shop in one file.

use std::fs;
use std::process::Stdio;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::files::{failure, run_command, success};
use crate::app::{TestApp, run};
use crate::fixtures::*;
use crate::program::{Program, kill, output_of, vitrina};
use crate::resume::since;
use crate::test_store::TestStore;

#[test]
fn an_interrupted_backup_leaves_nothing() {
    let store = TestStore::sqlite();
    let mut rows = String::from("code,title,price,stock,thumbnails\n");
    fs::create_dir_all(store.uploads()).expect("a folder");
    // Enough of them to interrupt the backup in between.
    for n in 0..3_000 {
        fs::write(store.uploads().join(format!("{n}.png")), b"an image").expect("a file");
        rows += &format!("C-{n},Vase,1,1,{n}.png\n");
    }
    fs::write(store.folder().join("a.csv"), rows).expect("a file");
    success(run_command(&store, &["import", "a.csv"]));
    let files = || -> Vec<_> {
        let entries = fs::read_dir(store.folder()).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        // SQLite leaves these files after a read.
        let others = names.filter(|name| !name.to_string_lossy().starts_with("shop.db-"));
        let mut others: Vec<_> = others.collect();
        others.sort();
        others
    };
    let before = files();
    let (url, uploads) = (store.url(), store.uploads());
    let uploads = uploads.to_str().expect("a path");
    let arguments = ["backup", "b.db", "--store", &url, "--uploads", uploads];
    let mut command = vitrina(store.folder(), &arguments);
    let child = command.stderr(Stdio::piped()).spawn().expect("a process");
    while files() == before {
        std::thread::yield_now();
    }
    kill(child.id(), "INT");
    let output = failure(child.wait_with_output().expect("an end"), 1);
    assert!(
        output.contains("interrupted; no file was written"),
        "{output}"
    );
    assert_eq!(files(), before);
}

#[test]
fn a_backup_during_writes_is_consistent() {
    let store = Arc::new(TestStore::sqlite());
    let program = Program::start(&store, &[]);
    run(async {
        let app = TestApp::at(program.address());
        app.vase_with_image("V-0").await;
        for n in 1..20 {
            app.vase(&format!("V-{n}")).await;
        }
        // Writes continue meanwhile.
        let writing = async {
            for n in 20..60 {
                app.vase(&format!("V-{n}")).await;
            }
        };
        let source = store.clone();
        let backing =
            tokio::task::spawn_blocking(move || run_command(&source, &["backup", "b.db"]));
        let (output, ()) = tokio::join!(backing, writing);
        let output = success(output.expect("an output"));
        assert!(output.contains("1 images"), "{output}");
    });

    // The backup opens as an ordinary SQLite database and archive (sqlar).
    let file = store.folder().join("b.db");
    let conn = Connection::open(&file).expect("a database");
    let names = |sql: &str| -> Vec<String> {
        let mut rows = conn.prepare(sql).expect("a table");
        let names = rows.query_map([], |row| row.get(0)).expect("rows");
        names.map(|name| name.expect("a name")).collect()
    };
    let images = names("SELECT name FROM sqlar WHERE length(data) = sz AND sz > 0");
    assert_eq!(
        images,
        store
            .uploaded_files()
            .iter()
            .map(|name| format!("uploads/{name}"))
            .collect::<Vec<_>>()
    );
    let codes = names("SELECT code FROM products ORDER BY id");
    assert!(codes.len() >= 20, "{codes:?}");
    // A consistent state: the products are a prefix of those written.
    for (n, code) in codes.iter().enumerate() {
        assert_eq!(*code, format!("V-{n}"));
    }
}

#[test]
fn a_restored_shop_does_not_know_later_cursors() {
    let store = TestStore::sqlite();
    let (mut before, mut name, mut earlier) = (Vec::new(), String::new(), Value::Null);
    let mut program = Program::start(&store, &[]);
    run(async {
        let app = TestApp::at(program.address());
        let mut socket = app.products_socket_after_snapshot().await;
        name = app.vase_with_image("V-1").await.1;
        app.message("kept").await;
        earlier = socket.expect("update_products").await["cursor"].clone();
        before = app.all_products().await;
    });
    success(run_command(&store, &["backup", "b.db"]));
    let mut later = Value::Null;
    run(async {
        let app = TestApp::at(program.address());
        let mut socket = app.products_socket_after_snapshot().await;
        app.delete(&path(&before[0])).await.done();
        app.vase("LATER").await;
        socket.expect("update_products").await;
        later = socket.expect("update_products").await["cursor"].clone();
    });
    assert_eq!(store.uploaded_files(), Vec::<String>::new());
    let output = failure(run_command(&store, &["restore", "b.db"]), 2);
    for word in ["--store", "in use", "stop the server"] {
        assert!(output.contains(word), "{output}");
    }
    // After the restore the shop makes as many changes as were lost, but different ones.
    program.signal("KILL");
    program.wait();
    let output = success(run_command(&store, &["restore", "b.db"]));
    assert!(
        output.contains("1 images") && output.contains("before-restore"),
        "{output}"
    );
    assert_eq!(store.uploaded_files(), [name.clone()]);

    let program = Program::start(&store, &[]);
    run(async {
        let app = TestApp::at(program.address());
        assert_eq!(app.all_products().await, before);
        app.get(&format!("/uploads/{name}")).await.expect(200);
        app.put(&path(&before[0]), &json!({ "stock": 1 }))
            .await
            .expect(202);
        app.put(&path(&before[0]), &json!({ "stock": 2 }))
            .await
            .expect(202);
        let (_, welcome) = app.products_socket(&since(&later)).await;
        assert_eq!(welcome["resumed"], false, "a cursor from after the backup");
        let (_, welcome) = app.products_socket(&since(&earlier)).await;
        assert_eq!(welcome["resumed"], true, "a cursor from before the backup");
    });
    drop(program);

    // The data from before the restore can be restored too.
    let moved_aside = fs::read_dir(store.folder()).expect("a folder").flatten();
    let moved_aside = moved_aside.map(|entry| entry.path());
    let moved_aside =
        moved_aside.filter(|path| path.display().to_string().contains("before-restore"));
    let moved_aside: Vec<_> = moved_aside.collect();
    assert_eq!(moved_aside.len(), 1, "{moved_aside:?}");
    success(run_command(
        &store,
        &["restore", moved_aside[0].to_str().expect("a path")],
    ));
    let program = Program::start(&store, &[]);
    run(async {
        let products = TestApp::at(program.address()).all_products().await;
        assert_eq!(products[0]["code"], "LATER");
        assert_eq!(products.len(), 1);
    });
}

#[test]
fn a_damaged_backup_changes_nothing() {
    let store = TestStore::sqlite();
    let folder = store.folder();
    fs::write(folder.join("a.csv"), "code,title,price,stock\nA,Vase,1,1\n").expect("a file");
    success(run_command(&store, &["import", "a.csv"]));
    success(run_command(&store, &["backup", "good.db"]));
    let good = fs::read(folder.join("good.db")).expect("a file");
    fs::write(folder.join("short.db"), &good[..good.len() / 2]).expect("a file");
    fs::write(
        folder.join("text.db"),
        "no database at all, but long enough to be one",
    )
    .expect("a file");
    let mut rotten = good.clone();
    let middle = rotten.len() / 2;
    rotten[middle..middle + 8_192].fill(0xaa);
    fs::write(folder.join("rotten.db"), rotten).expect("a file");
    Connection::open(folder.join("other.db"))
        .and_then(|conn| conn.execute_batch("CREATE TABLE notes (x)"))
        .expect("a database");
    fs::write(folder.join("newer.db"), &good).expect("a file");
    Connection::open(folder.join("newer.db"))
        .and_then(|conn| conn.pragma_update(None, "user_version", 1_000))
        .expect("a database");

    let data = fs::read(folder.join("shop.db")).expect("a file");
    for (file, words) in [
        ("short.db", "truncated"),
        ("text.db", "not a SQLite database"),
        ("rotten.db", "damaged"),
        ("other.db", "another program"),
        ("newer.db", "newer Vitrina"),
        ("nowhere.db", "no file"),
        ("shop.db", "the data file itself"),
    ] {
        let output = failure(run_command(&store, &["restore", file]), 2);
        assert!(
            output.contains(words) && output.contains("FILE"),
            "{file}: {output}"
        );
        assert_eq!(
            fs::read(folder.join("shop.db")).expect("a file"),
            data,
            "{file}"
        );
    }
    let output = failure(run_command(&store, &["backup", "good.db"]), 2);
    assert!(output.contains("--overwrite"), "{output}");
    assert_eq!(fs::read(folder.join("good.db")).expect("a file"), good);
    success(run_command(&store, &["backup", "good.db", "--overwrite"]));
    let entries: Vec<_> = fs::read_dir(folder).expect("a folder").flatten().collect();
    let drafts = entries.iter().filter(|entry| {
        let name = entry.file_name().display().to_string();
        name.contains(".part") || name.contains(".restored")
    });
    assert_eq!(drafts.count(), 0, "{entries:?}");
}

#[test]
fn missing_images_are_reported_and_a_missing_folder_is_refused() {
    let store = TestStore::sqlite();
    let program = Program::start(&store, &[]);
    let mut name = String::new();
    run(async {
        name = TestApp::at(program.address())
            .vase_with_image("V-1")
            .await
            .1;
    });
    drop(program);
    let url = store.url();
    let elsewhere = ["backup", "b.db", "--store", &url, "--uploads", "elsewhere"];
    let output = failure(output_of(vitrina(store.folder(), &elsewhere)), 2);
    assert!(
        output.contains("--uploads") && output.contains("elsewhere"),
        "{output}"
    );
    assert!(!store.folder().join("b.db").exists());
    fs::remove_file(store.uploads().join(&name)).expect("a file less");
    let output = run_command(&store, &["backup", "b.db"]);
    assert!(output.status.success());
    let output = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.contains("1 images that products name are missing"),
        "{output}"
    );
}

#[test]
fn backup_of_a_mongodb_store_names_its_own_tools() {
    let store = TestStore::sqlite();
    for command in ["backup", "restore"] {
        let arguments = [
            command,
            "b.db",
            "--store",
            "mongodb://ana:secret-word@db.example/shop",
        ];
        let output = failure(output_of(vitrina(store.folder(), &arguments)), 2);
        for word in ["--store", "mongodump", "mongorestore"] {
            assert!(output.contains(word), "{output}");
        }
        assert!(!output.contains("secret-word"), "{output}");
    }
}
