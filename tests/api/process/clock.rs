//! The system's clock is set an hour back and an hour ahead under a running shop (libfaketime).

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::app::{TestApp, run};
use crate::figure::figure;
use crate::goods::{id, path, vase};
use crate::place::Place;
use crate::program::{Program, arguments_of, vitrina};
use crate::reply::Reply;

/// Where Debian's package `libfaketime` puts its library.
fn library() -> PathBuf {
    let found = std::fs::read_dir("/usr/lib").expect("a folder").flatten();
    let path = |entry: std::fs::DirEntry| entry.path().join("faketime/libfaketime.so.1");
    let library = found.map(path).find(|path| path.is_file());
    library.expect("the Debian package libfaketime: scripts/debian-packages libfaketime")
}

/// A program whose clock is set by a file; durations go by the system's own.
fn with_clock(place: &Place, file: &Path) -> Program {
    let arguments = arguments_of(place);
    let arguments: Vec<_> = arguments
        .iter()
        .map(String::as_str)
        .chain(["--hold", "7200"])
        .collect();
    let mut command = vitrina(place.folder(), &arguments);
    command
        .env("LD_PRELOAD", library())
        .env("FAKETIME_TIMESTAMP_FILE", file)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("FAKETIME_DONT_RESET", "1");
    Program::run(command)
}

/// Says something under a key; whether the answer was given again, and the message.
async fn say(app: &TestApp, key: &str) -> (bool, Value) {
    let body = json!({ "user": "ana@example.com", "message": key });
    let asked = app
        .request("POST", "/api/messages")
        .header("Idempotency-Key", key);
    let reply = Reply::to(asked.json(&body)).await.expect(201);
    (
        reply.header("idempotent-replayed") == "true",
        reply.payload(),
    )
}

#[test]
fn steps_of_the_clock_end_nothing_and_keep_the_order() {
    let place = Place::sqlite();
    let file = place.folder().join("clock");
    let set = |offset: &str| std::fs::write(&file, offset).expect("a file");
    set("+0");
    let program = with_clock(&place, &file);
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
        let mut chat = app.chatter("bo@example.com").await;
        let (mut seq, mut version, mut ids) = (0, 1, vec![id(&product).to_owned()]);
        let mut moments = Vec::new();
        for (number, offset) in ["+0", "-3600", "+0", "+3600", "-3600", "+3600"]
            .iter()
            .enumerate()
        {
            set(offset);
            // Keys of all times before are known.
            for before in 0..number {
                assert!(
                    say(&app, &format!("k-{before}")).await.0,
                    "{offset}: {before}"
                );
            }
            let (replayed, message) = say(&app, &format!("k-{number}")).await;
            assert!(!replayed);
            moments.push(message["datetime"].as_str().expect("a moment").to_owned());
            let next = message["seq"].as_i64().expect("a number");
            assert!(next > seq, "{offset}: {next} behind {seq}");
            seq = next;
            // The chat is told in that order, on a socket that no step has closed.
            assert_eq!(chat.expect("chat-message").await["seq"], seq);

            let made = app.goods(&vase(&format!("V-{}", number + 1))).await;
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
            assert_eq!(held["available"], 8, "{offset}: a hold of two hours ended");
            app.get("/readyz").await.done();
        }
        // The clock was another one indeed.
        assert!(
            moments[1] < moments[0] && moments[3] > moments[2],
            "{moments:?}"
        );
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count, "an id was given twice");
        let history = app.get("/api/messages").await.expect(200).json();
        let seqs = history["payload"].as_array().expect("a list").iter();
        assert!(seqs.is_sorted_by_key(|message| message["seq"].as_i64()));
        figure(
            "F12",
            "6 steps of up to 2 h, back and ahead: order and ids go on, no socket closed, no key, cart or hold of two hours ended",
        );
    });
}
