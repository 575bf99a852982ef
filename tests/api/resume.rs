//! A socket that reconnects gets the frames it missed, or a new snapshot.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::*;
use crate::test_store::TestStore;

/// The query that resumes after a cursor.
pub(crate) fn since(cursor: &Value) -> String {
    let cursor = cursor.as_str().expect("a cursor");
    let pair = serde_urlencoded::to_string([("since", cursor)]);
    format!("?{}", pair.expect("a query"))
}

pub(crate) async fn missed_frames_come_in_order_and_once(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let mut other = app.products_socket_after_snapshot().await;
    let (mut client, _) = app.products_socket("").await;
    client.expect("products").await;
    let product = app.vase("V-1").await;
    let seen = client.expect("update_products").await;
    client.close().await;

    for stock in 0..20 {
        app.put(&path(&product), &json!({ "stock": stock }))
            .await
            .expect(202);
    }
    app.delete(&path(&product)).await.done();

    let mut missed = Vec::new();
    assert_eq!(other.expect("update_products").await, seen);
    for _ in 0..21 {
        missed.push(other.expect("update_products").await);
    }
    let (mut client, welcome) = app.products_socket(&since(&seen["cursor"])).await;
    assert_eq!(
        welcome,
        json!({ "cursor": seen["cursor"], "resumed": true })
    );
    for frame in &missed {
        assert_eq!(client.expect("update_products").await, *frame);
    }
    // Then live frames follow.
    let next = app.vase("V-2").await;
    assert_eq!(client.expect("update_products").await["product"], next);
}

pub(crate) async fn every_cursor_resumes_after_itself(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let (mut socket, welcome) = app.products_socket("?snapshot=false").await;
    let mut cursors = vec![welcome["cursor"].clone()];
    for number in 0..5 {
        app.vase(&format!("V-{number}")).await;
        cursors.push(socket.expect("update_products").await["cursor"].clone());
    }
    for (index, cursor) in cursors.iter().enumerate() {
        let (mut socket, welcome) = app.products_socket(&since(cursor)).await;
        assert_eq!(welcome["resumed"], true, "{cursor}");
        for missed in &cursors[index + 1..] {
            assert_eq!(socket.expect("update_products").await["cursor"], *missed);
        }
    }
}

pub(crate) async fn an_unknown_cursor_starts_with_a_snapshot(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let product = app.vase("V-1").await;
    let (mut socket, welcome) = app.products_socket("?snapshot=false").await;
    app.vase("V-2").await;
    let known = socket.expect("update_products").await["cursor"].clone();
    let known = known.as_str().expect("a cursor");
    for cursor in [
        "".to_owned(),
        "x".to_owned(),
        "0".to_owned(),
        "-1".to_owned(),
        "99999999999999999999".to_owned(),
        format!("{known}0"),
        format!("0{known}"),
        known[..known.len() - 1].to_owned(),
        known.to_uppercase() + "!",
        "' OR 1=1 --".to_owned(),
        "{\"$gt\":\"\"}".to_owned(),
        "a".repeat(5_000),
        "\u{0}".to_owned(),
    ] {
        let (mut socket, again) = app.products_socket(&since(&json!(cursor))).await;
        assert_eq!(again["resumed"], false, "{cursor}");
        assert_ne!(again["cursor"], welcome["cursor"]);
        let (products, _) = socket.snapshot().await;
        assert_eq!(products.len(), 2);
        assert_eq!(products[0], product);
    }
}

pub(crate) async fn a_cursor_of_another_shop_is_unknown(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let other_store = TestStore::sqlite();
    let other = TestApp::start(&other_store, &[]);
    for shop in [&app, &other] {
        shop.vase("V-1").await;
        shop.vase("V-2").await;
    }
    let (mut socket, _) = other.products_socket("?snapshot=false").await;
    other.vase("V-3").await;
    let cursor = socket.expect("update_products").await["cursor"].clone();
    let (_, welcome) = app.products_socket(&since(&cursor)).await;
    assert_eq!(welcome["resumed"], false);
}

pub(crate) async fn a_resumed_socket_never_gets_a_snapshot(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let (_, welcome) = app.products_socket("?snapshot=false").await;
    app.put(&path(&one), &json!({ "stock": 1 }))
        .await
        .expect(202);
    app.put(&path(&two), &json!({ "stock": 2 }))
        .await
        .expect(202);
    let from = since(&welcome["cursor"]);
    for (query, expected) in [
        (format!("{from}&snapshot=true"), vec![&one, &two]),
        (format!("{from}&snapshot=false"), vec![&one, &two]),
        (format!("{from}&ids={}", id(&two)), vec![&two]),
    ] {
        // The stream may have been behind the store at the welcome.
        let (mut socket, welcome) = app.products_socket(&query).await;
        assert_eq!(welcome["resumed"], true, "{query}");
        for product in expected {
            let fits = |update: &Value| update["action"] == "updated";
            let update = socket.expect_where("update_products", fits).await;
            assert_eq!(update["id"], product["_id"], "{query}");
        }
    }
}

pub(crate) async fn a_restart_leaves_no_gap(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let mut products = app.products_socket_after_snapshot().await;
    let product = app.vase("V-1").await;
    let seen = products.expect("update_products").await;
    let mut chat = app.chat_as("ana@example.com").await;
    app.message("one").await;
    let message = chat.expect("chat-message").await;
    // Missed: stored before the stop, and not yet received here.
    app.put(&path(&product), &json!({ "stock": 3 }))
        .await
        .expect(202);
    app.message("two").await;
    let missed = products.expect("update_products").await;
    drop((products, chat, app));

    let app = TestApp::start(store, &[]);
    let (mut products, welcome) = app.products_socket(&since(&seen["cursor"])).await;
    assert_eq!(welcome["resumed"], true);
    let update = products.expect("update_products").await;
    assert_eq!(
        (&update["cursor"], &update["version"]),
        (&missed["cursor"], &missed["version"])
    );
    let (mut chat, welcome) = app.chat_socket(&since(&message["cursor"])).await;
    assert_eq!(welcome["resumed"], true);
    chat.join("ana@example.com").await;
    chat.expect("users").await;
    assert_eq!(chat.expect("chat-message").await["message"], "two");

    let next = app.vase("V-2").await;
    assert_eq!(products.expect("update_products").await["product"], next);
}

pub(crate) async fn the_first_cursor_survives_restarts(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let (_, welcome) = app.products_socket("?snapshot=false").await;
    drop(app);
    for restart in 0..3 {
        let app = TestApp::start(store, &[]);
        let (mut socket, again) = app.products_socket(&since(&welcome["cursor"])).await;
        assert_eq!(again["resumed"], true, "restart {restart}");
        app.vase(&restart.to_string()).await;
        for number in 0..=restart {
            let update = socket.expect("update_products").await;
            assert_eq!(update["product"]["code"], number.to_string());
        }
    }
}

pub(crate) async fn a_cursor_of_another_shop_stays_unknown_after_a_restart(store: &TestStore) {
    let other_store = store.another();
    let other = TestApp::start(&other_store, &[]);
    let (mut socket, welcome) = other.products_socket("?snapshot=false").await;
    other.vase("V-1").await;
    let update = socket.expect("update_products").await;
    drop(other);
    drop(TestApp::start(store, &[]));
    let app = TestApp::start(store, &[]);
    app.vase("V-1").await;
    for cursor in [&welcome["cursor"], &update["cursor"]] {
        let (_, welcome) = app.products_socket(&since(cursor)).await;
        assert_eq!(welcome["resumed"], false);
    }
}

pub(crate) async fn missed_chat_frames_follow_the_join(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let mut other = app.chat_as("ana@example.com").await;
    app.message("one").await;
    let seen = other.expect("chat-message").await;
    let two = app.message("two").await;
    app.message("three").await;
    // Messages, then a deletion and another message.
    let before = [
        ("chat-message", other.expect("chat-message").await),
        ("chat-message", other.expect("chat-message").await),
    ];
    app.delete(&format!("/api/messages/{}", id(&two)))
        .await
        .done();
    app.message("four").await;
    let after = [
        ("chat-deleted", other.expect("chat-deleted").await),
        ("chat-message", other.expect("chat-message").await),
    ];
    let missed = before.into_iter().chain(after);

    let (mut socket, welcome) = app.chat_socket(&since(&seen["cursor"])).await;
    assert_eq!(
        welcome,
        json!({ "cursor": seen["cursor"], "resumed": true })
    );
    socket.join("bo@example.com").await;
    socket.expect("users").await;
    for (event, frame) in missed {
        assert_eq!(socket.expect(event).await, frame);
    }
    app.message("five").await;
    assert_eq!(socket.expect("chat-message").await["message"], "five");
}

pub(crate) async fn an_unknown_chat_cursor_gets_the_history(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let one = app.message("one").await;
    let (mut socket, welcome) = app.chat_socket("?since=nowhere").await;
    assert_eq!(welcome["resumed"], false);
    socket.join("ana@example.com").await;
    socket.expect("users").await;
    let history = socket.expect("chat-messages").await;
    assert_eq!(history["hasMore"], false);
    // A stream that is behind the store sends it next.
    if history["messages"] == json!([]) {
        assert_eq!(socket.expect("chat-message").await["_id"], one["_id"]);
    } else {
        assert_eq!(history["messages"], json!([one]));
    }
}
