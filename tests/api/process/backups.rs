//! `backup` and `restore`: a whole shop in one file, and back.

use std::fs;
use std::process::Stdio;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::files::{on, refusal, said};
use crate::app::{TestApp, run};
use crate::goods::*;
use crate::place::Place;
use crate::program::{Program, kill, output_of, vitrina};
use crate::resume::since;

#[test]
fn an_interrupted_backup_leaves_nothing() {
    let place = Place::sqlite();
    let mut rows = String::from("code,title,price,stock,thumbnails\n");
    fs::create_dir_all(place.uploads()).expect("a folder");
    // Enough of them for a signal in their midst.
    for n in 0..3_000 {
        fs::write(place.uploads().join(format!("{n}.png")), b"a picture").expect("a file");
        rows += &format!("C-{n},Vase,1,1,{n}.png\n");
    }
    fs::write(place.folder().join("a.csv"), rows).expect("a file");
    said(on(&place, &["import", "a.csv"]));
    let files = || -> Vec<_> {
        let entries = fs::read_dir(place.folder()).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        // Who reads a data file that nobody writes leaves these.
        let others = names.filter(|name| !name.to_string_lossy().starts_with("shop.db-"));
        let mut others: Vec<_> = others.collect();
        others.sort();
        others
    };
    let before = files();
    let (store, uploads) = (place.store(), place.uploads());
    let uploads = uploads.to_str().expect("a path");
    let arguments = ["backup", "b.db", "--store", &store, "--uploads", uploads];
    let mut command = vitrina(place.folder(), &arguments);
    let child = command.stderr(Stdio::piped()).spawn().expect("a process");
    while files() == before {
        std::thread::yield_now();
    }
    kill(child.id(), "INT");
    let told = refusal(child.wait_with_output().expect("an end"), 1);
    assert!(told.contains("interrupted; no file was written"), "{told}");
    assert_eq!(files(), before);
}

#[test]
fn a_backup_beside_a_running_server_holds_all_that_was_acknowledged() {
    let place = Arc::new(Place::sqlite());
    let program = Program::start(&place, &[]);
    run(async {
        let app = TestApp::at(program.address());
        app.pictured_vase("V-0").await;
        for n in 1..20 {
            app.vase(&format!("V-{n}")).await;
        }
        // Writers go on meanwhile.
        let writing = async {
            for n in 20..60 {
                app.vase(&format!("V-{n}")).await;
            }
        };
        let source = place.clone();
        let backing = tokio::task::spawn_blocking(move || on(&source, &["backup", "b.db"]));
        let (output, ()) = tokio::join!(backing, writing);
        let told = said(output.expect("an output"));
        assert!(told.contains("1 images"), "{told}");
    });

    // It opens as any other database, and its images as any other archive.
    let file = place.folder().join("b.db");
    let conn = Connection::open(&file).expect("a database");
    let names = |sql: &str| -> Vec<String> {
        let mut rows = conn.prepare(sql).expect("a table");
        let names = rows.query_map([], |row| row.get(0)).expect("rows");
        names.map(|name| name.expect("a name")).collect()
    };
    let images = names("SELECT name FROM sqlar WHERE length(data) = sz AND sz > 0");
    assert_eq!(
        images,
        place
            .uploaded_files()
            .iter()
            .map(|name| format!("uploads/{name}"))
            .collect::<Vec<_>>()
    );
    let codes = names("SELECT code FROM products ORDER BY id");
    assert!(codes.len() >= 20, "{codes:?}");
    // In one state: what is there is a beginning of what was written.
    for (n, code) in codes.iter().enumerate() {
        assert_eq!(*code, format!("V-{n}"));
    }
}

#[test]
fn a_restored_shop_is_as_it_was_and_the_life_in_between_is_unknown() {
    let place = Place::sqlite();
    let (mut before, mut name, mut known) = (Vec::new(), String::new(), Value::Null);
    let mut program = Program::start(&place, &[]);
    run(async {
        let app = TestApp::at(program.address());
        let mut socket = app.products_socket_after_snapshot().await;
        name = app.pictured_vase("V-1").await.1;
        app.message("kept").await;
        known = socket.expect("update_products").await["cursor"].clone();
        before = app.all_products().await;
    });
    said(on(&place, &["backup", "b.db"]));
    let mut lost = Value::Null;
    run(async {
        let app = TestApp::at(program.address());
        let mut socket = app.products_socket_after_snapshot().await;
        app.delete(&path(&before[0])).await.done();
        app.vase("LATER").await;
        socket.expect("update_products").await;
        lost = socket.expect("update_products").await["cursor"].clone();
    });
    assert_eq!(place.uploaded_files(), Vec::<String>::new());
    let told = refusal(on(&place, &["restore", "b.db"]), 2);
    for word in ["--store", "in use", "stop the shop"] {
        assert!(told.contains(word), "{told}");
    }
    // The next life goes as far as the lost one did, with other changes.
    program.signal("KILL");
    program.ended();
    let told = said(on(&place, &["restore", "b.db"]));
    assert!(
        told.contains("1 images") && told.contains("before-restore"),
        "{told}"
    );
    assert_eq!(place.uploaded_files(), [name.clone()]);

    let program = Program::start(&place, &[]);
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
        let (_, welcome) = app.products_socket(&since(&lost)).await;
        assert_eq!(welcome["resumed"], false, "the lost life");
        let (_, welcome) = app.products_socket(&since(&known)).await;
        assert_eq!(welcome["resumed"], true, "what both lives have");
    });
    drop(program);

    // The way back.
    let kept = fs::read_dir(place.folder()).expect("a folder").flatten();
    let kept = kept.map(|entry| entry.path());
    let kept = kept.filter(|path| path.display().to_string().contains("before-restore"));
    let kept: Vec<_> = kept.collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    said(on(&place, &["restore", kept[0].to_str().expect("a path")]));
    let program = Program::start(&place, &[]);
    run(async {
        let products = TestApp::at(program.address()).all_products().await;
        assert_eq!(products[0]["code"], "LATER");
        assert_eq!(products.len(), 1);
    });
}

#[test]
fn what_is_no_whole_backup_changes_nothing() {
    let place = Place::sqlite();
    let folder = place.folder();
    fs::write(folder.join("a.csv"), "code,title,price,stock\nA,Vase,1,1\n").expect("a file");
    said(on(&place, &["import", "a.csv"]));
    said(on(&place, &["backup", "good.db"]));
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
        ("short.db", "cut short"),
        ("text.db", "no SQLite database"),
        ("rotten.db", "damaged"),
        ("other.db", "another program"),
        ("newer.db", "newer Vitrina"),
        ("nowhere.db", "no file"),
        ("shop.db", "the data file itself"),
    ] {
        let told = refusal(on(&place, &["restore", file]), 2);
        assert!(
            told.contains(words) && told.contains("FILE"),
            "{file}: {told}"
        );
        assert_eq!(
            fs::read(folder.join("shop.db")).expect("a file"),
            data,
            "{file}"
        );
    }
    let told = refusal(on(&place, &["backup", "good.db"]), 2);
    assert!(told.contains("--overwrite"), "{told}");
    assert_eq!(fs::read(folder.join("good.db")).expect("a file"), good);
    said(on(&place, &["backup", "good.db", "--overwrite"]));
    let left: Vec<_> = fs::read_dir(folder).expect("a folder").flatten().collect();
    let drafts = left.iter().filter(|entry| {
        let name = entry.file_name().display().to_string();
        name.contains(".part") || name.contains(".restored")
    });
    assert_eq!(drafts.count(), 0, "{left:?}");
}

#[test]
fn missing_images_are_told_and_a_missing_folder_is_refused() {
    let place = Place::sqlite();
    let program = Program::start(&place, &[]);
    let mut name = String::new();
    run(async {
        name = TestApp::at(program.address()).pictured_vase("V-1").await.1;
    });
    drop(program);
    let store = place.store();
    let elsewhere = [
        "backup",
        "b.db",
        "--store",
        &store,
        "--uploads",
        "elsewhere",
    ];
    let told = refusal(output_of(vitrina(place.folder(), &elsewhere)), 2);
    assert!(
        told.contains("--uploads") && told.contains("elsewhere"),
        "{told}"
    );
    assert!(!place.folder().join("b.db").exists());
    fs::remove_file(place.uploads().join(&name)).expect("a file less");
    let output = on(&place, &["backup", "b.db"]);
    assert!(output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("1 images more"), "{told}");
}

#[test]
fn a_mongodb_store_is_told_its_own_tools() {
    let place = Place::sqlite();
    for command in ["backup", "restore"] {
        let arguments = [
            command,
            "b.db",
            "--store",
            "mongodb://ana:secret-word@db.example/shop",
        ];
        let told = refusal(output_of(vitrina(place.folder(), &arguments)), 2);
        for word in ["--store", "mongodump", "mongorestore"] {
            assert!(told.contains(word), "{told}");
        }
        assert!(!told.contains("secret-word"), "{told}");
    }
}
