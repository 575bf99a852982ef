//! The system clock steps an hour back and ahead under a running shop (libfaketime).

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use vitrina_test_support::not_run::report_not_run;

use crate::app::{TestApp, run};
use crate::figure::figure;
use crate::fixtures::{id, path, vase};
use crate::program::{Program, arguments_of, vitrina};
use crate::reply::Reply;
use crate::test_store::TestStore;

/// The library of Debian's package `libfaketime`, if it is installed.
fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten();
    let path = |entry: std::fs::DirEntry| entry.path().join("faketime/libfaketime.so.1");
    folders.map(path).find(|path| path.is_file())
}

/// A program whose wall clock is set by a file; its monotonic clock is the real one.
fn with_clock(store: &TestStore, library: &Path, file: &Path) -> Program {
    let arguments = arguments_of(store);
    let arguments: Vec<_> = arguments
        .iter()
        .map(String::as_str)
        .chain(["--hold", "7200"])
        .collect();
    let mut command = vitrina(store.folder(), &arguments);
    command
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", file)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("FAKETIME_DONT_RESET", "1");
    Program::run(command)
}

/// Posts a message under a key; returns whether the response was replayed, and the message.
async fn post_message(app: &TestApp, key: &str) -> (bool, Value) {
    let body = json!({ "user": "ana@example.com", "message": key });
    let request = app
        .request("POST", "/api/messages")
        .header("Idempotency-Key", key);
    let reply = Reply::to(request.json(&body)).await.expect(201);
    (
        reply.header("idempotent-replayed") == "true",
        reply.payload(),
    )
}

#[test]
fn clock_steps_expire_nothing_and_keep_the_order() {
    let Some(library) = library() else {
        return report_not_run("no libfaketime; use scripts/debian-packages libfaketime");
    };
    let store = TestStore::sqlite();
    let file = store.folder().join("clock");
    let set = |offset: &str| std::fs::write(&file, offset).expect("a file");
    set("+0");
    let program = with_clock(&store, &library, &file);
    run(async {
        let app = TestApp::at(program.address());
        let product = app.vase("V-0").await;
        let line = json!({ "products": [{ "product": id(&product), "quantity": 2 }] });
        let cart = app.post("/api/carts", &line).await.expect(201).payload();
        let empty = app
            .post("/api/carts", &json!({}))
            .await
            .expect(201)
            .payload();
        let mut page = app.live_products_socket().await;
        let mut chat = app.chat_as("bo@example.com").await;
        let (mut seq, mut version, mut ids) = (0, 1, vec![id(&product).to_owned()]);
        let mut times = Vec::new();
        for (number, offset) in ["+0", "-3600", "+0", "+3600", "-3600", "+3600"]
            .iter()
            .enumerate()
        {
            set(offset);
            // All earlier keys are still known.
            for before in 0..number {
                assert!(
                    post_message(&app, &format!("k-{before}")).await.0,
                    "{offset}: {before}"
                );
            }
            let (replayed, message) = post_message(&app, &format!("k-{number}")).await;
            assert!(!replayed);
            times.push(message["datetime"].as_str().expect("a time").to_owned());
            let next = message["seq"].as_i64().expect("a number");
            assert!(next > seq, "{offset}: {next} after {seq}");
            seq = next;
            // The chat gets messages in that order, on a socket that stayed open.
            assert_eq!(chat.expect("chat-message").await["seq"], seq);

            let made = app
                .create_product(&vase(&format!("V-{}", number + 1)))
                .await;
            assert_eq!(page.expect("update_products").await["id"], made["_id"]);
            ids.push(id(&made).to_owned());
            let change = json!({ "title": format!("Vase {number}") });
            let changed = app
                .put(&path(&product), &change)
                .await
                .expect(202)
                .payload();
            version += 1;
            assert_eq!(changed["version"], version);
            assert_eq!(page.expect("update_products").await["version"], version);

            for cart in [&cart, &empty] {
                app.get(&format!("/api/carts/{}", id(cart)))
                    .await
                    .expect(200);
            }
            let held = app.product(&product).await;
            assert_eq!(
                held["available"], 8,
                "{offset}: a hold of two hours expired"
            );
            app.get("/readyz").await.done();
        }
        // The clock of the program did change.
        assert!(times[1] < times[0] && times[3] > times[2], "{times:?}");
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count, "an id was used twice");
        let history = app.get("/api/messages").await.expect(200).json();
        let seqs = history["payload"].as_array().expect("a list").iter();
        assert!(seqs.is_sorted_by_key(|message| message["seq"].as_i64()));
        figure(
            "F12",
            "6 steps of up to 2 h, back and ahead: order and ids continue, no socket closed, no key, cart or hold of two hours expired",
        );
    });
}
