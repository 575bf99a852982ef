//! `--demo` fills an empty catalogue, once.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::app::{TestApp, run};
use crate::fixtures::thumbnails;
use crate::program::Program;
use crate::test_store::TestStore;

fn all_of(program: &Program) -> Vec<Value> {
    let mut products = Vec::new();
    run(async { products = TestApp::at(program.address()).all_products().await });
    products
}

fn fills_once(store: &TestStore) {
    let program = Program::start(store, &["--demo"]);
    let log = program.startup_lines.join("\n");
    let products = all_of(&program);
    assert!(products.len() >= 24, "{}", products.len());
    assert!(
        log.contains(&format!("{} products", products.len())),
        "{log}"
    );
    let categories: BTreeSet<_> = products.iter().map(|p| p["category"].as_str()).collect();
    assert!(categories.len() >= 5, "{categories:?}");
    let stock = |product: &Value| product["stock"].as_i64().expect("a number");
    assert_eq!(
        products
            .iter()
            .filter(|product| stock(product) == 0)
            .count(),
        1
    );
    assert!(
        products
            .iter()
            .any(|product| (1..=3).contains(&stock(product)))
    );
    run(async {
        let app = TestApp::at(program.address());
        for product in &products {
            let name = thumbnails(product).pop().expect("an image");
            let served = app.get(&format!("/uploads/{name}")).await.expect(200);
            image::load_from_memory(&served.bytes).expect("an image");
        }
    });
    drop(program);

    let again = Program::start(store, &["--demo"]);
    assert_eq!(all_of(&again), products);
    assert_eq!(store.uploaded_files().len(), products.len());
}

#[test]
fn the_demo_fills_an_empty_file_once() {
    fills_once(&TestStore::sqlite());
}

#[test]
fn the_demo_fills_an_empty_database_once() {
    if let Some(store) = TestStore::mongo() {
        fills_once(&store);
    }
}

#[test]
fn the_demo_does_not_touch_a_catalogue() {
    let store = TestStore::sqlite();
    let program = Program::start(&store, &[]);
    run(async {
        TestApp::at(program.address()).vase("V-1").await;
    });
    drop(program);
    let again = Program::start(&store, &["--demo"]);
    assert_eq!(all_of(&again).len(), 1);
}

#[test]
fn the_demo_is_in_the_sites_language() {
    let titles = |language: &str| -> Vec<Value> {
        let store = TestStore::sqlite();
        let program = Program::start(&store, &["--demo", "--lang", language]);
        all_of(&program)
            .iter()
            .map(|product| product["title"].clone())
            .collect()
    };
    let (english, spanish) = (titles("en"), titles("es"));
    assert_eq!(english.len(), spanish.len());
    let same = english
        .iter()
        .zip(&spanish)
        .filter(|(one, two)| one == two)
        .count();
    assert!(same * 4 < english.len(), "{same} titles are the same");
}
