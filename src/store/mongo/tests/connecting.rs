//! Connection strings that cannot be used.

use std::net::TcpListener;

use super::{open, run, with_database};
use crate::domain::hold::HoldLength;
use crate::store::StoreLifecycle;
use crate::store::mongo::MongoStore;

async fn refusal(url: &str) -> String {
    let store = MongoStore::connect(url, HoldLength::OFF).await;
    let line = store.expect_err("no store").to_string();
    assert!(!line.contains('\n') && !line.contains("secret"), "{line}");
    line
}

#[test]
fn an_invalid_string_is_reported_without_its_password() {
    run(async {
        for url in [
            "mongodb://ana:secret@/",
            "mongodb://ana:sec@ret:secret@127.0.0.1/shop",
            "mongodb://ana:secret@127.0.0.1:123456/shop",
            "mongodb://127.0.0.1/shop?nonsense=1",
            "mongodb://",
        ] {
            let line = refusal(url).await;
            assert!(line.contains("invalid connection string"), "{url}: {line}");
        }
    });
}

#[test]
fn a_missing_server_is_reported_without_the_password() {
    // The port was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = port.expect("a port").port();
    run(async {
        let line = refusal(&format!("mongodb://ana:secret@127.0.0.1:{port}/shop")).await;
        assert!(line.contains(&format!("127.0.0.1:{port}")), "{line}");
    });
}

#[test]
fn a_wrong_password_and_another_replica_set_are_reported() {
    with_database(async |url, _| {
        let wrong = url.replacen("mongodb://", "mongodb://ana:secret@", 1);
        let line = refusal(&wrong).await;
        assert!(line.contains("refuses the user name"), "{line}");

        let host = url.split('?').next().unwrap_or_default();
        let line = refusal(&format!("{host}?replicaSet=another")).await;
        assert!(line.contains("not of another"), "{line}");
    });
}

#[test]
fn concerns_in_the_string_are_overridden() {
    with_database(async |url, _| {
        let host = url.split('?').next().unwrap_or_default();
        let options = "w=1&readPreference=secondary&directConnection=true";
        let store = open(&format!("{host}?{options}")).await;
        store.ping().await.expect("a reply");
        store.close().await;
    });
}
