//! The demo fills an empty catalogue, once.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::app::{TestApp, run};
use crate::goods::thumbnails;
use crate::place::Place;
use crate::program::Program;

fn all_of(program: &Program) -> Vec<Value> {
    let mut products = Vec::new();
    run(async { products = TestApp::at(program.address()).all_products().await });
    products
}

fn fills_once(place: &Place) {
    let program = Program::start(place, &["--demo"]);
    let said = program.greeting.join("\n");
    let goods = all_of(&program);
    assert!(goods.len() >= 24, "{}", goods.len());
    assert!(
        said.contains(&format!("{} products", goods.len())),
        "{said}"
    );
    let categories: BTreeSet<_> = goods.iter().map(|p| p["category"].as_str()).collect();
    assert!(categories.len() >= 5, "{categories:?}");
    let stock = |product: &Value| product["stock"].as_i64().expect("a number");
    assert_eq!(
        goods.iter().filter(|product| stock(product) == 0).count(),
        1
    );
    assert!(
        goods
            .iter()
            .any(|product| (1..=3).contains(&stock(product)))
    );
    run(async {
        let app = TestApp::at(program.address());
        for product in &goods {
            let name = thumbnails(product).pop().expect("a picture");
            let served = app.get(&format!("/uploads/{name}")).await.expect(200);
            image::load_from_memory(&served.bytes).expect("an image");
        }
    });
    drop(program);

    let again = Program::start(place, &["--demo"]);
    assert_eq!(all_of(&again), goods);
    assert_eq!(place.uploaded_files().len(), goods.len());
}

#[test]
fn the_demo_fills_an_empty_file_once() {
    fills_once(&Place::sqlite());
}

#[test]
fn the_demo_fills_an_empty_database_once() {
    fills_once(&Place::mongo());
}

#[test]
fn the_demo_leaves_a_catalogue_alone() {
    let place = Place::sqlite();
    let program = Program::start(&place, &[]);
    run(async {
        TestApp::at(program.address()).vase("V-1").await;
    });
    drop(program);
    let again = Program::start(&place, &["--demo"]);
    assert_eq!(all_of(&again).len(), 1);
}

#[test]
fn the_demo_speaks_the_sites_language() {
    let titles = |language: &str| -> Vec<Value> {
        let place = Place::sqlite();
        let program = Program::start(&place, &["--demo", "--lang", language]);
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
