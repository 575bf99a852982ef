//! What was acknowledged, or told to anybody, outlives whatever kills the shop or its store.

use std::collections::BTreeSet;

use super::mongod::ReplicaSet;
use super::writers::Ledger;
use crate::app::{TestApp, run};
use crate::place::Place;
use crate::program::Program;
use crate::resume::since;

/// Writes that must be acknowledged before the axe falls.
const WRITES: usize = 1_000;

/// The shop is killed among its writes; a new one has all of them.
fn outlives_a_kill_of_the_shop(place: &Place) {
    let ledger = Ledger::default();
    let mut told = Vec::new();
    let mut program = Program::start(place, &[]);
    run(async {
        let app = TestApp::at(program.address());
        let (products, _) = app.products_socket("?snapshot=false").await;
        let axe = async {
            ledger.acknowledged(WRITES).await;
            program.signal("KILL");
        };
        ((), (), told) = tokio::join!(ledger.write(&app), axe, products.all_until_end());
    });
    assert!(!program.ended().success());
    assert!(ledger.count() >= WRITES);

    let again = Program::start(place, &[]);
    run(async {
        let app = TestApp::at(again.address());
        ledger.assert_stored(&app).await;
        // Nothing was told that was not stored.
        let stored: BTreeSet<_> = app
            .all_products()
            .await
            .iter()
            .map(|p| p["_id"].to_string())
            .collect();
        let updates: Vec<_> = told
            .iter()
            .filter(|frame| frame["event"] == "update_products")
            .collect();
        assert!(
            updates.len() > WRITES / 4,
            "{} updates were told",
            updates.len()
        );
        for update in updates {
            assert!(
                stored.contains(&update["data"]["id"].to_string()),
                "{update}"
            );
        }
        // And it goes on.
        app.vase("after").await;
        app.message("after").await;
    });
}

#[test]
fn sqlite_outlives_a_kill_of_the_shop() {
    outlives_a_kill_of_the_shop(&Place::sqlite());
}

#[test]
fn mongodb_outlives_a_kill_of_the_shop() {
    outlives_a_kill_of_the_shop(&Place::mongo());
}

/// A page that was away while the shop was killed is told what it missed, of before the kill and of
/// after it.
fn a_kill_is_no_hole(place: &Place) {
    let mut program = Program::start(place, &[]);
    let mut missed = Vec::new();
    let mut seen = None;
    run(async {
        let app = TestApp::at(program.address());
        let mut witness = app.products_socket_after_snapshot().await;
        for number in 0..20 {
            app.vase(&format!("V-{number}")).await;
            missed.push(witness.expect("update_products").await);
        }
        seen = Some(missed.remove(0));
        program.signal("KILL");
        witness.all_until_end().await;
    });
    assert!(!program.ended().success());

    let again = Program::start(place, &[]);
    run(async {
        let app = TestApp::at(again.address());
        let next = app.vase("after").await;
        let since = since(&seen.expect("a frame")["cursor"]);
        let (mut reader, welcome) = app.products_socket(&since).await;
        assert_eq!(welcome["resumed"], true);
        for frame in &missed {
            let told = reader.expect("update_products").await;
            assert_eq!(told["cursor"], frame["cursor"]);
            assert_eq!(told["product"], frame["product"]);
        }
        assert_eq!(reader.expect("update_products").await["product"], next);
    });
}

#[test]
fn with_sqlite_a_kill_is_no_hole() {
    a_kill_is_no_hole(&Place::sqlite());
}

#[test]
fn with_mongodb_a_kill_is_no_hole() {
    a_kill_is_no_hole(&Place::mongo());
}

#[test]
fn mongodb_outlives_a_kill_of_its_own() {
    let database = ReplicaSet::start();
    let place = Place::sqlite();
    let uploads = place.uploads().display().to_string();
    let url = database.url();
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--store",
        &url,
        "--uploads",
        &uploads,
    ];
    let program = Program::run(crate::program::vitrina(place.folder(), &arguments));
    let ledger = Ledger::default();
    run(async {
        let app = TestApp::at(program.address());
        let script = async {
            ledger.acknowledged(WRITES).await;
            database.kill();
            ledger.refused(20).await;
            // Gone is told as such, soon, with a time to come back.
            let reply = app.get("/readyz").await;
            assert!(!reply.header("retry-after").is_empty());
            reply.problem(503, "unavailable");
            app.get("/healthz").await.done();
            database.restart();
            let before = ledger.count();
            ledger.acknowledged(before + 50).await;
            ledger.close();
        };
        tokio::join!(ledger.write(&app), script);
        ledger.assert_stored(&app).await;

        // The stream comes back by itself, and with it the readiness.
        while app.get("/readyz").await.status != 200 {}
        let mut socket = app.live_products_socket().await;
        let product = app.vase("after").await;
        assert_eq!(socket.expect("update_products").await["product"], product);
    });
}
