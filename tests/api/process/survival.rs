//! Writes that were acknowledged or sent to a socket survive a kill of the shop or of its store.

use std::collections::BTreeSet;

use vitrina_test_support::test_mongo;

use super::mongod::ReplicaSet;
use super::writers::Ledger;
use crate::app::{TestApp, run};
use crate::program::Program;
use crate::resume::since;
use crate::test_store::TestStore;

/// Writes that must be acknowledged before the kill.
const WRITES: usize = 1_000;

/// The shop is killed during writes; the next one has all acknowledged ones.
fn writes_survive_a_kill_of_the_shop(store: &TestStore) {
    let ledger = Ledger::default();
    let mut received = Vec::new();
    let mut program = Program::start(store, &[]);
    run(async {
        let app = TestApp::at(program.address());
        let (products, _) = app.products_socket("?snapshot=false").await;
        let kill = async {
            ledger.acknowledged(WRITES).await;
            program.signal("KILL");
        };
        ((), (), received) = tokio::join!(ledger.write(&app), kill, products.all_until_end());
    });
    assert!(!program.wait().success());
    assert!(ledger.count() >= WRITES);

    let restarted = Program::start(store, &[]);
    run(async {
        let app = TestApp::at(restarted.address());
        ledger.assert_stored(&app).await;
        // Every change that was sent is stored.
        let stored: BTreeSet<_> = app
            .all_products()
            .await
            .iter()
            .map(|p| p["_id"].to_string())
            .collect();
        let updates: Vec<_> = received
            .iter()
            .filter(|frame| frame["event"] == "update_products")
            .collect();
        assert!(
            updates.len() > WRITES / 4,
            "only {} updates were sent",
            updates.len()
        );
        for update in updates {
            assert!(
                stored.contains(&update["data"]["id"].to_string()),
                "{update}"
            );
        }
        // The shop takes new writes.
        app.vase("after").await;
        app.message("after").await;
    });
}

#[test]
fn writes_on_sqlite_survive_a_kill_of_the_shop() {
    writes_survive_a_kill_of_the_shop(&TestStore::sqlite());
}

#[test]
fn writes_on_mongodb_survive_a_kill_of_the_shop() {
    if let Some(store) = TestStore::mongo() {
        writes_survive_a_kill_of_the_shop(&store);
    }
}

/// A page that reconnects after a kill gets the changes it missed, from before and after the kill.
fn a_kill_leaves_no_gap(store: &TestStore) {
    let mut program = Program::start(store, &[]);
    let mut missed = Vec::new();
    let mut seen = None;
    run(async {
        let app = TestApp::at(program.address());
        let mut client = app.products_socket_after_snapshot().await;
        for number in 0..20 {
            app.vase(&format!("V-{number}")).await;
            missed.push(client.expect("update_products").await);
        }
        seen = Some(missed.remove(0));
        program.signal("KILL");
        client.all_until_end().await;
    });
    assert!(!program.wait().success());

    let restarted = Program::start(store, &[]);
    run(async {
        let app = TestApp::at(restarted.address());
        let next = app.vase("after").await;
        let since = since(&seen.expect("a frame")["cursor"]);
        let (mut client, welcome) = app.products_socket(&since).await;
        assert_eq!(welcome["resumed"], true);
        for frame in &missed {
            let received = client.expect("update_products").await;
            assert_eq!(received["cursor"], frame["cursor"]);
            assert_eq!(received["product"], frame["product"]);
        }
        assert_eq!(client.expect("update_products").await["product"], next);
    });
}

#[test]
fn a_kill_on_sqlite_leaves_no_gap() {
    a_kill_leaves_no_gap(&TestStore::sqlite());
}

#[test]
fn a_kill_on_mongodb_leaves_no_gap() {
    if let Some(store) = TestStore::mongo() {
        a_kill_leaves_no_gap(&store);
    }
}

#[test]
fn writes_survive_a_kill_of_mongodb() {
    if test_mongo::server().is_none() {
        return;
    }
    let database = ReplicaSet::start();
    let store = TestStore::sqlite();
    let uploads = store.uploads().display().to_string();
    let url = database.url();
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--store",
        &url,
        "--uploads",
        &uploads,
    ];
    let program = Program::run(crate::program::vitrina(store.folder(), &arguments));
    let ledger = Ledger::default();
    run(async {
        let app = TestApp::at(program.address());
        let script = async {
            ledger.acknowledged(WRITES).await;
            database.kill();
            ledger.refused(20).await;
            // The outage is reported soon, with `Retry-After`.
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

        // The change stream recovers by itself, and readiness with it.
        while app.get("/readyz").await.status != 200 {}
        let mut socket = app.live_products_socket().await;
        let product = app.vase("after").await;
        assert_eq!(socket.expect("update_products").await["product"], product);
    });
}
