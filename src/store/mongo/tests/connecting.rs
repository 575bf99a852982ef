//! Connection strings that lead nowhere.

use std::net::TcpListener;

use super::{open, run, with_database};
use crate::domain::hold::HoldLength;
use crate::store::StoreLifecycle;
use crate::store::mongo::MongoStore;

async fn refusal(url: &str) -> String {
    let error = MongoStore::connect(url, HoldLength::OFF)
        .await
        .expect_err("no store");
    let line = error.to_string();
    assert!(!line.contains('\n') && !line.contains("secret"), "{line}");
    line
}

#[test]
fn a_string_that_cannot_be_read_is_told_without_its_password() {
    run(async {
        for url in [
            "mongodb://ana:secret@/",
            "mongodb://ana:sec@ret:secret@127.0.0.1/shop",
            "mongodb://ana:secret@127.0.0.1:123456/shop",
            "mongodb://127.0.0.1/shop?nonsense=1",
            "mongodb://",
        ] {
            let line = refusal(url).await;
            assert!(line.contains("cannot be read"), "{url}: {line}");
        }
    });
}

#[test]
fn a_server_that_is_not_there_is_told_without_the_password() {
    // The port is free: it was given out just now, and given back.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = port.expect("a port").port();
    run(async {
        let line = refusal(&format!("mongodb://ana:secret@127.0.0.1:{port}/shop")).await;
        assert!(line.contains(&format!("127.0.0.1:{port}")), "{line}");
    });
}

#[test]
fn a_wrong_password_and_another_set_are_told() {
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
fn what_the_string_says_of_concerns_does_not_matter() {
    with_database(async |url, _| {
        let host = url.split('?').next().unwrap_or_default();
        let store = open(&format!(
            "{host}?w=1&readPreference=secondary&directConnection=true"
        ))
        .await;
        store.ping().await.expect("an answer");
        store.close().await;
    });
}
