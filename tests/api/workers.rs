//! Several web workers behave as one shop.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, VecDeque};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::path;
use crate::resume::since;
use crate::test_store::TestStore;

const SEVERAL: [&str; 2] = ["--workers", "3"];

pub(crate) async fn all_product_sockets_get_the_same_order(store: &TestStore) {
    let app = TestApp::start(store, &SEVERAL);
    let mut sockets = Vec::new();
    for _ in 0..6 {
        sockets.push(app.products_socket_after_snapshot().await);
    }
    let codes: Vec<_> = (0..20).map(|n| format!("V-{n}")).collect();
    futures_util::future::join_all(codes.iter().map(|code| app.vase(code))).await;
    let mut received = Vec::new();
    for socket in &mut sockets {
        let mut frames = Vec::new();
        for _ in &codes {
            frames.push(socket.expect("update_products").await);
        }
        received.push(frames);
    }
    for frames in &received {
        assert_eq!(frames, &received[0]);
    }
    let mut cursors: Vec<_> = received[0]
        .iter()
        .map(|frame| frame["cursor"].to_string())
        .collect();
    cursors.sort();
    cursors.dedup();
    assert_eq!(cursors.len(), 20);
}

pub(crate) async fn viewers_are_counted(store: &TestStore) {
    let app = TestApp::start(store, &SEVERAL);
    let (mut first, _) = app.products_socket("?snapshot=false").await;
    first
        .expect_where("viewers", |viewers| viewers["count"] == 1)
        .await;
    let (mut second, _) = app.products_socket("?snapshot=false").await;
    let (third, _) = app.products_socket("?snapshot=false").await;
    // A chat socket does not count as a viewer.
    let (_chat, _) = app.chat_socket("").await;
    first
        .expect_where("viewers", |viewers| viewers["count"] == 3)
        .await;
    second
        .expect_where("viewers", |viewers| viewers["count"] == 3)
        .await;
    third.close().await;
    let viewers = first
        .expect_where("viewers", |viewers| viewers["count"] == 2)
        .await;
    assert_eq!(viewers, json!({ "count": 2 }));
}

pub(crate) async fn all_chat_sockets_get_the_same_order(store: &TestStore) {
    let app = TestApp::start(store, &SEVERAL);
    let mut sockets = Vec::new();
    for number in 0..5 {
        sockets.push(app.chat_as(&format!("u{number}@example.com")).await);
    }
    for round in 0..4 {
        for (number, socket) in sockets.iter_mut().enumerate() {
            socket
                .send_chat(&format!("{round}-{number}"), &format!("n-{round}"))
                .await;
        }
    }
    let mut received = Vec::new();
    for socket in &mut sockets {
        let mut frames = Vec::new();
        for _ in 0..20 {
            frames.push(socket.expect("chat-message").await);
        }
        received.push(frames);
    }
    assert!(received.iter().all(|frames| *frames == received[0]));
    assert!(received[0].is_sorted_by_key(|message| message["seq"].as_i64()));
}

pub(crate) async fn people_on_all_workers_see_each_other(store: &TestStore) {
    let app = TestApp::start(store, &SEVERAL);
    let mut first = app.chat_as("u0@example.com").await;
    let mut others = Vec::new();
    for number in 1..6 {
        let user = format!("u{number}@example.com");
        others.push(app.chat_as(&user).await);
        let joined = first
            .expect_where("user", |joined| joined["user"] == user)
            .await;
        assert_eq!(joined["online"], number + 1);
    }
    first.send_chat("hello", "n-1").await;
    let message = first.expect("chat-message").await;
    for other in &mut others {
        assert_eq!(other.expect("chat-message").await, message);
    }
}

pub(crate) async fn a_cursor_from_one_worker_is_known_to_all(store: &TestStore) {
    let app = TestApp::start(store, &SEVERAL);
    let product = app.vase("V-1").await;
    let writing = async {
        for stock in 0.. {
            let change = json!({ "stock": stock % 100 });
            app.put(&path(&product), &change).await.expect(202);
        }
    };
    let reading = async {
        for number in 0..300 {
            let shown = app.get("/api/products?limit=1").await.expect(200).json();
            let (_, welcome) = app.products_socket(&since(&shown["cursor"])).await;
            assert_eq!(welcome["resumed"], true, "cursor {number}");
        }
    };
    tokio::select! {
        () = writing => unreachable!("writing never ends"),
        () = reading => {}
    }
}

pub(crate) async fn a_list_shows_every_write_acknowledged_before_it(store: &TestStore) {
    let app = TestApp::start(store, &SEVERAL);
    let (app, codes) = (&app, ["A", "B", "C", "D", "E", "F", "G", "H"]);
    join_all(codes.map(async |code| {
        let product = app.vase(code).await;
        for stock in 0..20 {
            app.put(&path(&product), &json!({ "stock": stock }))
                .await
                .expect(202);
            let list = app.get(&format!("/api/products?query=code:{code}")).await;
            let shown = list.expect(200).json();
            assert_eq!(shown["payload"][0]["stock"], stock, "{code}");
            assert!(shown["stale"].is_null());
        }
        app.delete(&path(&product)).await.done();
        let list = app.get(&format!("/api/products?query=code:{code}")).await;
        assert_eq!(list.expect(200).json()["payload"], json!([]));
    }))
    .await;
}

pub(crate) async fn a_list_is_the_fold_of_the_stream_at_its_cursor(store: &TestStore) {
    let app = TestApp::start(store, &SEVERAL);
    let (mut socket, welcome) = app.products_socket("").await;
    socket.snapshot().await;
    let is_over = Cell::new(false);
    let writing = async {
        let mut products = VecDeque::new();
        for number in 0..60 {
            products.push_back(app.vase(&format!("V-{number}")).await);
            let change = json!({ "stock": number });
            let oldest = path(&products[0]);
            app.put(&oldest, &change).await.expect(202);
            if products.len() > 5 {
                app.delete(&oldest).await.done();
                products.pop_front();
            }
        }
        is_over.set(true);
    };
    let reading = async {
        let mut lists = Vec::new();
        while !is_over.get() {
            let list = app.get("/api/products?limit=100").await.expect(200).json();
            lists.push((list["cursor"].to_string(), list["payload"].clone()));
        }
        lists
    };
    let ((), lists) = tokio::join!(writing, reading);
    let last = app.vase("LAST").await;

    // The state at each cursor, as a client makes it of the frames.
    let mut state: BTreeMap<String, Value> = BTreeMap::new();
    let mut states = HashMap::from([(welcome["cursor"].to_string(), json!([]))]);
    loop {
        let mut update = socket.expect("update_products").await;
        let id = update["id"].as_str().expect("an id").to_owned();
        match update["product"].take() {
            Value::Null => drop(state.remove(&id)),
            product => drop(state.insert(id.clone(), product)),
        }
        let products: Vec<_> = state.values().cloned().collect();
        states.insert(update["cursor"].to_string(), json!(products));
        if last["_id"] == *id {
            break;
        }
    }
    assert!(lists.len() > 20, "{} lists", lists.len());
    for (cursor, shown) in lists {
        assert_eq!(states.get(&cursor), Some(&shown), "{cursor}");
    }
}
